/** Other programs: how they are found, run, watched and ended. */
import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const windows = process.platform === 'win32'

/** @typedef {[program: string, ...args: string[]]} Command */

/**
 * A program that an installed package brings, run by this very Node.
 *
 * @param {string} name of the package
 * @param {string[]} args
 * @param {string} [program] where the package has more than one
 * @returns {Command}
 */
export function packaged(name, args, program = name) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[program]), ...args]
}

/** @param {string} program @returns {string | null} its full path, if it is on the PATH */
export function find(program) {
  const endings = windows ? ['.exe', '.cmd', '.bat'] : ['']
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, program + ending)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not here; the next folder may have it.
      }
    }
  }
  return null
}

/** @param {import('node:child_process').ChildProcess} child */
function endWithDescendants(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (windows) spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' })
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself in this very moment.
  }
}

/**
 * @typedef {object} Options
 * @property {NodeJS.ProcessEnv} [env] on top of this process's own
 * @property {number} [deadlineMs] after which it is ended with everything it started
 * @property {boolean} [show] print its output as it comes, besides capturing it
 * @property {(line: string) => void} [onLine]
 */

/**
 * Runs a program in the repository's folder to its end and captures what it printed.
 *
 * @param {Command} command
 * @param {Options} [options]
 * @returns {Promise<{ code: number, output: string, late: boolean }>} `code` is 127 when it could not be
 *   started and 128 when a signal ended it; `late` says that the deadline did
 */
export function run([program, ...args], { env = {}, deadlineMs, show = false, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Only the head of a process group can be ended together with what it started.
      detached: !windows,
      // Windows starts .cmd files by its shell only.
      shell: windows && /\.(cmd|bat)$/i.test(program),
    })
    // It sits in a process group of its own, so the terminal's Ctrl+C reaches only this process.
    const onSignal = () => {
      endWithDescendants(child)
      setImmediate(() => process.exit(130))
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    let output = ''
    let late = false
    const deadline =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true
            endWithDescendants(child)
          }, deadlineMs)
    const take = (/** @type {string} */ text) => {
      output += text
      if (show) process.stdout.write(text)
      const line = text.trimEnd().split('\n').at(-1)?.trim()
      if (line) onLine?.(line)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take)
    const done = (/** @type {number} */ code) => {
      clearTimeout(deadline)
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      resolve({ code, output, late })
    }
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`
      done(127)
    })
    child.on('close', (code) => done(code ?? 128))
  })
}

/**
 * Runs a program that a person talks to directly: same terminal, same signals.
 *
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} [env] on top of this process's own
 * @returns {Promise<number>} its exit code
 */
export function runInForeground([program, ...args], env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'inherit',
      shell: windows && !program.endsWith('.exe'),
    })
    // The terminal sends Ctrl+C to both; this one waits until the other has ended properly.
    const onInterrupt = () => {}
    const onTerminate = () => child.kill('SIGTERM')
    process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate)
    const done = (/** @type {number} */ code) => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate)
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`)
      done(127)
    })
    child.on('close', (code) => done(code ?? 128))
  })
}
