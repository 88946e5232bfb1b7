/**
 * `npm start`: from a fresh clone to the running app. Installs, builds, finds Electron, starts the demo workspace.
 * Arguments after `--` go to the app: `npm start -- --server https://lectern.example.edu`.
 */
import { resolve } from 'node:path'
import { find, root, runInForeground } from './command.mjs'
import { findRuntime } from './electron.mjs'
import { runScript, step, Trouble } from './report.mjs'
import { buildApp, hasDisplay, installDependencies, requireNode } from './workspace.mjs'

/**
 * @param {string[]} args as typed
 * @returns {string[]} what the app is started with: a file is meant from where the person typed, and without a
 *   server there is the demo
 */
function appArguments(args) {
  const typedIn = process.env['INIT_CWD'] ?? process.cwd()
  const placed = args.map((arg, i) => (args[i - 1] === '--screenshot' ? resolve(typedIn, arg) : arg))
  const names = (/** @type {string} */ flag) =>
    placed.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
  return names('--server') || names('--demo') ? placed : ['--demo', ...placed]
}

/**
 * @param {import('./electron.mjs').Runtime} runtime
 * @param {string[]} args
 * @returns {import('./command.mjs').Command}
 */
function appCommand({ kind, program }, args) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0
  /** @type {import('./command.mjs').Command} */
  const command = [program, ...(kind === 'electron' && asRoot ? ['--no-sandbox'] : []), root, ...args]
  if (kind === 'host' || hasDisplay()) return command
  const virtualDisplay = find('xvfb-run')
  if (virtualDisplay) return [virtualDisplay, '-a', ...command]
  throw new Trouble('Electron needs a display here, if only a virtual one: install xvfb, then try again.')
}

await runScript(async () => {
  requireNode()
  const args = process.argv.slice(2)
  const headless = args.includes('--headless')
  if (!headless && !hasDisplay()) {
    throw new Trouble(
      'This machine has no display to open a window on. To start Lectern without one and get a picture of it:\n' +
        '  npm start -- --headless --screenshot lectern.png',
    )
  }
  await step('Dependencies', installDependencies)
  await step('Build', buildApp)
  const { runtime } = await step('Electron', findRuntime)
  console.log(`Starting Lectern${args.includes('--server') ? '' : ' with the demo workspace'}.`)
  const command = appCommand(runtime, appArguments(args))
  return runInForeground(command, { ...runtime.env, ...(headless ? { ELECTRON_HOST_HEADLESS: '1' } : {}) })
})
