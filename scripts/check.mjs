/** `npm run check`: everything that can be said about the code without running it. One line per check. */
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { packaged, run } from './command.mjs'
import { runScript, step } from './report.mjs'
import { installDependencies, requireNode } from './workspace.mjs'

const cache = 'node_modules/.cache'
const types = (/** @type {string} */ project) => packaged('@typescript/native', ['-p', project], 'tsc')

/** @type {() => Record<string, import('./command.mjs').Command>} */
const checks = () => ({
  format: packaged('prettier', ['--check', '.', '--cache']),
  lint: packaged('eslint', [
    '.',
    '--max-warnings=0',
    '--cache',
    '--cache-strategy=content',
    `--cache-location=${cache}/eslint/`,
  ]),
  types: types('.'),
  'types: core': types('src/core'),
  'types: renderer': types('src/renderer'),
  'types: host': types('tools/electron-host'),
  'types: host page': types('tools/electron-host/src/page'),
  unused: packaged('knip', ['--no-progress', '--cache']),
  cycles: packaged('knip', ['--no-progress', '--cycles']),
  packaging: [process.execPath, 'scripts/check-packaging.mjs'],
})

/**
 * @typedef {object} Checked
 * @property {string} name
 * @property {boolean} ok
 * @property {string} output
 * @property {number} seconds
 */

/**
 * Runs every check, as many at a time as there are cores.
 *
 * @param {(checked: Checked) => void} [done] called after each
 * @returns {Promise<Checked[]>}
 */
export async function runChecks(done = () => {}) {
  const waiting = Object.entries(checks())
  /** @type {Checked[]} */
  const finished = []
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, command] = next
      const started = performance.now()
      const { code, output } = await run(command)
      const checked = { name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 }
      finished.push(checked)
      done(checked)
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker))
  return finished
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runScript(async () => {
    requireNode()
    await step('Dependencies', installDependencies)
    const checked = await runChecks(({ name, ok, output, seconds }) => {
      console.log(`${ok ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1)} s`)
      if (!ok) console.log(output.trimEnd())
    })
    return checked.every(({ ok }) => ok) ? 0 : 1
  })
}
