/**
 * `npm test`: every stage in order, one line each, and at the end how many checks and tests passed and failed.
 * `node scripts/test.mjs unit|integration|e2e [arguments]` runs one stage, shows its output, and passes the
 * arguments on to Vitest or Playwright.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChecks } from './check.mjs'
import { find, packaged, root, run } from './command.mjs'
import { installFromDebian, needs } from './debian.mjs'
import { findRuntime } from './electron.mjs'
import { runScript, step, Trouble } from './report.mjs'
import { countPlaywright, countVitest } from './test-count.mjs'
import { buildApp, hasDisplay, installDependencies, requireNode } from './workspace.mjs'

/** @typedef {import('./report.mjs').Progress} Progress */
/** @typedef {import('./command.mjs').Command} Command */
/** @typedef {import('./test-count.mjs').Count} Count */
/** @typedef {Count & { output: string }} Result `output`: what explains a failure and was not shown yet */

const STAGE_MS = 20 * 60_000

/** @param {Result[]} results @returns {Result} */
const sum = (results) => ({
  passed: results.reduce((total, { passed }) => total + passed, 0),
  failed: results.reduce((total, { failed }) => total + failed, 0),
  output: results.map(({ output }) => output).join('\n'),
})

/**
 * Runs a test runner and counts by the report it writes.
 *
 * @param {(report: string) => { command: Command, env?: NodeJS.ProcessEnv }} runner given where to write it
 * @param {(text: string) => Count} count
 * @param {{ progress: Progress, show: boolean }} options
 * @returns {Promise<Result>}
 */
async function runTests(runner, count, { progress, show }) {
  const folder = mkdtempSync(join(tmpdir(), 'lectern-test-'))
  const report = join(folder, 'report.json')
  try {
    const { command, env = {} } = runner(report)
    const ended = await run(command, { env, show, deadlineMs: STAGE_MS, onLine: progress.say })
    /** @type {Count} */
    let counted
    try {
      counted = count(readFileSync(report, 'utf8'))
    } catch {
      counted = { passed: 0, failed: 0 }
    }
    // A runner that crashed, ran too long or found nothing to run must not look like one that had nothing to say.
    const unexplained = (ended.code !== 0 && counted.failed === 0) || counted.passed + counted.failed === 0
    const late = ended.late ? `\nEnded after ${STAGE_MS / 60_000} minutes.` : ''
    const output = (show ? '' : ended.output) + late
    return { ...counted, failed: counted.failed + (unexplained ? 1 : 0), output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string[]} projects @param {string[]} args */
const vitest = (projects, args) => (/** @type {string} */ report) =>
  packaged('vitest', [
    'run',
    ...projects.map((project) => `--project=${project}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ])

/**
 * On Linux, with a keychain of its own: nothing of the person's is read or written.
 *
 * @param {Command} command
 * @returns {Command}
 */
const withKeyring = (command) =>
  process.platform === 'linux' ? ['sh', join(root, 'tests/harness/with-keyring.sh'), ...command] : command

/**
 * @param {import('./electron.mjs').Runtime} runtime
 * @param {string[]} args
 */
const playwright = (runtime, args) => (/** @type {string} */ report) => {
  const command = packaged('@playwright/test', ['test', '--reporter=list,json', ...args], 'playwright')
  const env = { ...runtime.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  if (runtime.kind === 'host') return { command, env: { ...env, ELECTRON_HOST_HEADLESS: '1' } }
  const virtualDisplay = hasDisplay() ? null : find('xvfb-run')
  return {
    command: virtualDisplay ? /** @type {Command} */ ([virtualDisplay, '-a', ...command]) : command,
    env,
  }
}

/** @param {Progress} progress */
async function installKeyring(progress) {
  if (process.platform !== 'linux') return
  const keyring = await installFromDebian([needs.bus, needs.keyring, needs.secretService], progress)
  if (!keyring.ok) throw new Trouble(`These tests use a real keychain of their own: ${keyring.text}`)
}

/** @param {Progress} progress */
async function installServices(progress) {
  const postgres = await installFromDebian([needs.postgres, needs.balancer], progress)
  if (!postgres.ok)
    throw new Trouble(
      `The server's tests also run on a real PostgreSQL, and behind a real balancer: ${postgres.text}`,
    )
}

/** @param {import('./electron.mjs').Runtime} runtime @param {Progress} progress */
async function installDisplay(runtime, progress) {
  if (runtime.kind === 'host' || hasDisplay()) return
  const display = await installFromDebian([needs.virtualDisplay], progress)
  if (!display.ok) throw new Trouble(`Electron needs a display, if only a virtual one: ${display.text}`)
}

/** @typedef {{ args: string[], show: boolean }} StageOptions */

/** @satisfies {Record<string, (progress: Progress, options: StageOptions) => Promise<Result>>} */
const stages = {
  async lint() {
    const checked = await runChecks()
    const failed = checked.filter(({ ok }) => !ok)
    return {
      passed: checked.length - failed.length,
      failed: failed.length,
      output: failed.map(({ name, output }) => `── ${name}\n${output}`).join('\n'),
    }
  },

  unit(progress, { args, show }) {
    return runTests((report) => ({ command: vitest(['unit'], args)(report) }), countVitest, {
      progress,
      show,
    })
  },

  async integration(progress, { args, show }) {
    await installKeyring(progress)
    await installServices(progress)
    await buildApp(progress)
    const lane = (/** @type {string[]} */ projects) =>
      runTests((report) => ({ command: withKeyring(vitest(projects, args)(report)) }), countVitest, {
        progress,
        show,
      })
    // They wait more than they work, so three lanes fit two cores. Whoever asks for some files wants to read the output.
    if (args.length > 0) return lane(['integration', 'server-pglite', 'server-postgres'])
    return sum(
      await Promise.all(['server-pglite', 'server-postgres', 'integration'].map((name) => lane([name]))),
    )
  },

  async e2e(progress, { args, show }) {
    await installKeyring(progress)
    await buildApp(progress)
    const { runtime, text } = await findRuntime(progress)
    if (runtime.kind === 'host') console.log(`Electron ${text}.`)
    await installDisplay(runtime, progress)
    const ofApp = await runTests(playwright(runtime, args), countPlaywright, { progress, show })
    // Arguments choose among the specs of the app; the host's own specs are not among them.
    if (runtime.kind === 'electron' || args.length > 0) return ofApp
    const ofHost = playwright(runtime, ['-c', 'tools/electron-host/playwright.config.ts'])
    return sum([ofApp, await runTests(ofHost, countPlaywright, { progress, show })])
  },
}

const titles = { lint: 'lint', unit: 'unit', integration: 'integration', e2e: 'end-to-end' }

/**
 * @param {keyof typeof stages} stage
 * @param {StageOptions} options
 * @returns {Promise<Count>}
 */
async function runStage(stage, options) {
  const work = async (/** @type {Progress} */ progress) => {
    /** @type {Result} */
    let result
    try {
      result = await stages[stage](progress, options)
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      result = { passed: 0, failed: 1, output: error.message }
    }
    const { passed, failed } = result
    return { ...result, ok: failed === 0, text: `${passed} passed, ${failed} failed` }
  }
  const result = await step(titles[stage], work, { live: !options.show })
  if (!result.ok && result.output.trim() !== '') console.log(`${result.output.trimEnd()}\n`)
  return result
}

await runScript(async () => {
  requireNode()
  const [only, ...args] = process.argv.slice(2)
  if (only !== undefined && !Object.hasOwn(stages, only)) {
    throw new Trouble(`There is no stage "${only}"; there are ${Object.keys(stages).join(', ')}.`)
  }
  const chosen = /** @type {(keyof typeof stages)[]} */ (only === undefined ? Object.keys(stages) : [only])
  await step('dependencies', installDependencies)
  const total = { passed: 0, failed: 0 }
  for (const stage of chosen) {
    const { passed, failed } = await runStage(stage, { args, show: only !== undefined })
    total.passed += passed
    total.failed += failed
  }
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
})
