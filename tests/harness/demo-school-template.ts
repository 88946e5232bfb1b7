/**
 * The demo school, made once for all the test files of a run: making it takes seconds, copying it a fraction of one.
 * Vitest's global set-up of the projects that start servers; one of them also has a PostgreSQL.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { createDatabase, startPostgres } from './postgres.ts'

/** Of everybody at the school. */
export const PASSWORD = 'northfield-demo-password'

/** Where a copy is taken from; never opened again. */
export interface Template {
  /** Of the server, with PGlite in it or without. */
  readonly dataDir: string
  /** The superuser's address of a PostgreSQL, and the name of the database in it; null where tests run on PGlite. */
  readonly postgres: { readonly administrator: string; readonly database: string } | null
}

declare module 'vitest' {
  interface ProvidedContext {
    template: Template
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lectern-template-'))
  const postgres = project.name === 'server-postgres' ? await startPostgres() : null
  const url = postgres && (await createDatabase(postgres.administrator))
  const server = await createServer(
    readSettings({
      LECTERN_PORT: '0',
      LECTERN_DATA_DIR: dataDir,
      LECTERN_SEED: 'demo',
      LECTERN_DEMO_PASSWORD: PASSWORD,
      LECTERN_LOG: 'silent',
      ...(url ? { DATABASE_URL: url } : {}),
    }),
  )
  await server.close()
  project.provide('template', {
    dataDir,
    postgres:
      postgres && url
        ? { administrator: postgres.administrator, database: new URL(url).pathname.slice(1) }
        : null,
  })
  return async () => {
    await postgres?.dispose()
    await rm(dataDir, { recursive: true, force: true })
  }
}
