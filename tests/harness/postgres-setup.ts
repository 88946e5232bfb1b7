/** Vitest's global set-up of the project `integration-postgres`: one PostgreSQL for all its files. */
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Its superuser's address; absent where the tests run on PGlite. */
    postgres: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres()
  project.provide('postgres', postgres.administrator)
  return () => postgres.dispose()
}
