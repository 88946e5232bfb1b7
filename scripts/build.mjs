/** `npm run build`: builds main, preload, renderer, the server and the session core into out/. */
import { runScript, step } from './report.mjs'
import { buildApp, installDependencies, requireNode } from './workspace.mjs'

await runScript(async () => {
  requireNode()
  await step('Dependencies', installDependencies)
  await step('Build', (progress) => buildApp(progress, { force: true }))
  return 0
})
