import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from './repository.ts'
import { SCHOOL, startServer } from './server-process.ts'

/**
 * Playwright's global set-up. Says what to type instead of letting every spec fail for the same reason, and makes the
 * demo school once for all of them: making it takes seconds, copying it a fraction of one.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(join(repository, 'out/main/index.js'))) {
    throw new Error(
      'The app is not built. Type `npm run build` first, or run the specs with `npm run test:e2e`.',
    )
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'lectern-school-'))
  const server = await startServer({ dataDir })
  await server.stop()
  process.env[SCHOOL] = dataDir
  return () => rm(dataDir, { recursive: true, force: true })
}
