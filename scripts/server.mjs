/**
 * `npm run server`: the reference server by itself. On PGlite in .demo/server, with the demo school; or with
 * DATABASE_URL on that PostgreSQL, and then with the demo school only if LECTERN_SEED=demo asks for it. Everything can
 * be set by variables (docs/deployment.md); what is set wins over the defaults here.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { root, runInForeground } from './command.mjs'
import { runScript, step } from './report.mjs'
import { buildApp, installDependencies, requireNode } from './workspace.mjs'

await runScript(async () => {
  requireNode()
  await step('Dependencies', installDependencies)
  await step('Build', buildApp)
  const env = process.env
  // A database that somebody brings is theirs: no school of ours goes into it unasked.
  const seed = env['LECTERN_SEED'] || (env['DATABASE_URL'] ? 'none' : 'demo')
  const password = env['LECTERN_DEMO_PASSWORD'] || randomBytes(9).toString('base64url')
  if (seed === 'demo' && !env['LECTERN_DEMO_PASSWORD']) {
    console.log(`Until it stops, everybody of the demo school signs in with the password ${password}`)
  }
  return runInForeground([process.execPath, join(root, 'out/server/index.js')], {
    LECTERN_DATA_DIR: env['LECTERN_DATA_DIR'] || join(root, '.demo/server'),
    LECTERN_LOG: env['LECTERN_LOG'] || 'info',
    LECTERN_SEED: seed,
    ...(seed === 'demo' ? { LECTERN_DEMO_PASSWORD: password } : {}),
  })
})
