import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Reaper } from '../reaper.ts'
import { complete, completeClass } from '../unimplemented.ts'

type Stdio = 'inherit' | 'ignore' | 'pipe'

export interface ForkOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly execArgv?: readonly string[]
  readonly cwd?: string
  readonly stdio?: Stdio | readonly Stdio[]
  readonly serviceName?: string
}

const KNOWN = new Set(['env', 'execArgv', 'cwd', 'stdio', 'serviceName'])

function toStdio(stdio: ForkOptions['stdio'] = 'inherit'): readonly [Stdio, Stdio] {
  const list = typeof stdio === 'string' ? ['ignore', stdio, stdio] : stdio
  const [input, out, err] = list as readonly (Stdio | undefined)[]
  const isKnown = (value: unknown): value is Stdio =>
    value === 'inherit' || value === 'ignore' || value === 'pipe'
  if (input !== 'ignore') throw new Error('stdin value other than ignore is not supported.')
  if (!isKnown(out) || !isKnown(err)) throw new Error('configuration missing for stdin, stdout or stderr.')
  return [out, err]
}

class UtilityProcess extends EventEmitter {
  static {
    completeClass(UtilityProcess, 'UtilityProcess')
  }

  readonly #child: ChildProcess
  #hasEnded = false

  constructor(child: ChildProcess, reaper: Reaper) {
    super()
    this.#child = child
    const { pid } = child
    if (pid !== undefined) reaper.watchGroup(pid)
    child.on('spawn', () => this.emit('spawn'))
    child.on('message', (message) => this.emit('message', message))
    child.on('error', (error) => console.error(error))
    child.on('exit', (code, signal) => {
      if (pid !== undefined) reaper.forgetGroup(pid)
      this.#hasEnded = true
      this.emit('exit', code ?? (signal ? constants.signals[signal] : 1))
    })
  }

  get pid(): number | undefined {
    return this.#hasEnded ? undefined : this.#child.pid
  }
  get stdout(): Readable | null {
    return this.#child.stdout
  }
  get stderr(): Readable | null {
    return this.#child.stderr
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.length > 0) throw new Error('electron-host: message ports are not implemented.')
    if (!this.#hasEnded && this.#child.connected) this.#child.send(message as object, () => {})
  }

  /** @returns whether there was a process to end; `exit` follows. */
  kill(): boolean {
    return !this.#hasEnded && this.#child.kill('SIGTERM')
  }
}

export const createUtilityProcess = (reaper: Reaper, isReady: () => boolean) =>
  complete('utilityProcess', {
    fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
      if (!isReady()) throw new Error('utilityProcess cannot be created before app is ready.')
      if (!modulePath) throw new Error('Missing UtilityProcess entry script.')
      for (const name of Object.keys(options)) {
        if (!KNOWN.has(name))
          throw new Error(`electron-host: the option '${name}' of fork is not implemented.`)
      }
      const [out, err] = toStdio(options.stdio)
      const child = fork(modulePath, [...args], {
        // A group of its own, for the reaper.
        detached: true,
        serialization: 'advanced',
        execArgv: ['--require', join(__dirname, 'utility.cjs'), ...(options.execArgv ?? [])],
        stdio: ['ignore', out, err, 'ipc'],
        env: options.env ?? process.env,
        ...(options.cwd !== undefined && { cwd: options.cwd }),
      })
      return new UtilityProcess(child, reaper)
    },
  })
