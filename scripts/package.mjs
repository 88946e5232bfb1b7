/**
 * `npm run package`: installers for this platform, into dist/. Arguments after `--` go to electron-builder, such
 * as `--dir` for the unpacked app alone.
 */
import { packaged, runInForeground } from './command.mjs'
import { electronFiles } from './electron.mjs'
import { runScript, step } from './report.mjs'
import { buildApp, installDependencies, requireNode } from './workspace.mjs'

await runScript(async () => {
  requireNode()
  await step('Dependencies', installDependencies)
  await step('Build', buildApp)
  const { folder } = await step('Electron', electronFiles)
  if (folder === null) return 1
  const args = process.argv.slice(2)
  return runInForeground(
    packaged('electron-builder', [`--config.electronDist=${folder}`, '--publish=never', ...args]),
  )
})
