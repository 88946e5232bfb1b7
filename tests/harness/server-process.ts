/** The built server as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repository } from './repository.ts'

export interface ServerOptions {
  /** Life of an access token in seconds; the server's own default is 15 min. */
  readonly accessTtl?: number
  /** Life of a sign-in in seconds. */
  readonly sessionTtl?: number
  /** A temporary folder with the demo school unless given; a given one is kept. */
  readonly dataDir?: string
  /** Any free one unless given. */
  readonly port?: number
  /** Of every account of the demo school. */
  readonly demoPassword?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface ServerProcess {
  readonly url: string
  readonly dataDir: string
  readonly demoPassword: string
  /** What all its runs printed. */
  output(): string
  /** Sends it, and waits for nothing. */
  signal(signal: NodeJS.Signals): void
  /** Of its last run; null while it runs, and when a signal ended it. */
  exitCode(): number | null
  /** As an administrator stops it. @throws Error when it has not ended within 15 s */
  stop(): Promise<void>
  kill9(): Promise<void>
  /** Starts it again on the same port and data; stops it before, if it runs. */
  restart(): Promise<void>
  /** Ends it if it still runs, and removes its temporary folder. */
  dispose(): Promise<void>
}

/** Names the folder of a demo school that may be copied, where somebody has made one. */
export const SCHOOL = 'LECTERN_TEST_SCHOOL'

const PASSWORD = 'a password for tests'
const LISTENING_MS = 60_000
const STOP_MS = 15_000

const entry = join(repository, 'out/server/index.js')

function listeningUrl(line: string): string | null {
  try {
    const said = JSON.parse(line) as { event?: unknown; url?: unknown }
    return said.event === 'listening' && typeof said.url === 'string' ? said.url : null
  } catch {
    return null
  }
}

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null
const end = (child: ChildProcess) =>
  ended(child) ? Promise.resolve() : new Promise<void>((resolve) => child.once('exit', () => resolve()))

/** Starts the server with the demo school and waits until it listens. @throws Error with its output if it does not */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const { accessTtl, sessionTtl, port = 0, demoPassword = PASSWORD, env = {} } = options
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'lectern-server-')))
  const school = process.env[SCHOOL]
  if (school !== undefined && options.dataDir === undefined && demoPassword === PASSWORD) {
    await cp(school, dataDir, { recursive: true })
  }
  let printed = ''

  async function run(onPort: string): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [entry], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        LECTERN_HOST: '127.0.0.1',
        LECTERN_PORT: onPort,
        LECTERN_DATA_DIR: dataDir,
        LECTERN_SEED: 'demo',
        LECTERN_DEMO_PASSWORD: demoPassword,
        ...(accessTtl === undefined ? {} : { LECTERN_ACCESS_TTL: String(accessTtl) }),
        ...(sessionTtl === undefined ? {} : { LECTERN_SESSION_TTL: String(sessionTtl) }),
        ...env,
      },
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    }
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`The server ${why}. It printed:\n${printed}`))
      const deadline = setTimeout(
        () => fail(`was not listening after ${LISTENING_MS / 1000} s`),
        LISTENING_MS,
      )
      createInterface(child.stdout).on('line', (line) => {
        const url = listeningUrl(line)
        if (url === null) return
        clearTimeout(deadline)
        resolve(url)
      })
      child.once('exit', (code) => {
        clearTimeout(deadline)
        fail(`ended with code ${code} before it listened`)
      })
      child.once('error', (error) => fail(`could not be started: ${error.message}`))
    })
    return { child, url }
  }

  let running = await run(String(port))
  const { url } = running

  const kill9 = async () => {
    running.child.kill('SIGKILL')
    await end(running.child)
  }
  const stop = async () => {
    const { child } = running
    let late = false
    const deadline = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, STOP_MS)
    child.kill('SIGTERM')
    await end(child)
    clearTimeout(deadline)
    if (late) throw new Error(`The server had not stopped after ${STOP_MS / 1000} s. It printed:\n${printed}`)
  }

  return {
    url,
    dataDir,
    demoPassword,
    output: () => printed,
    signal: (signal) => void running.child.kill(signal),
    exitCode: () => running.child.exitCode,
    stop,
    kill9,
    async restart() {
      if (!ended(running.child)) await stop()
      running = await run(new URL(url).port)
    },
    async dispose() {
      await kill9()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
