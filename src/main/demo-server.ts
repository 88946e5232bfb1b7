import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { ServerUrl } from '../contract/settings.ts'
import type { FileStore } from '../core/ports.ts'
import type { HelperProcess } from './adapters/helper-process.ts'

const HOST = '127.0.0.1'
const PORT_FILE = 'demo-server.json'
const Remembered = z.object({ port: z.int().min(1024).max(65535) })

/** A server that was killed with the app may hold the port for a moment. */
const PORT_PATIENCE_MS = 5000
const PORT_LOOK_MS = 100
const LISTENING_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 5000
const RESTART_AFTER_MS = [500, 1000, 2000, 5000, 15_000, 30_000]
/** A server that ran this long had no trouble starting. */
const SOUND_AFTER_MS = 60_000

const DemoPerson = z.object({ displayName: z.string(), email: z.email() })
type DemoPerson = z.infer<typeof DemoPerson>

const FromServer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), url: ServerUrl, demo: DemoPerson }),
  z.object({ type: z.literal('failed'), message: z.string() }),
])

type Environment = Readonly<Record<string, string | undefined>>

export interface DemoServerOptions {
  /** @param environment all of it: nothing is inherited */
  readonly start: (environment: Environment) => HelperProcess
  /** Of this computer. */
  readonly environment: Environment
  readonly folder: string
  readonly files: FileStore
  /** Life of access tokens in seconds; null for the server's own. */
  readonly accessTtl: number | null
  readonly report: (event: string) => void
}

export interface DemoServer {
  readonly url: string
  /** The port of the last start was taken, so a session remembered from it cannot go on. */
  readonly moved: boolean
  /** Of every account of the demo; new at each start. Never leaves main. */
  readonly password: string
  /** Who is signed in with one click; a failure when the server did not come up within 60 s. */
  ready(): Promise<Result<DemoPerson>>
  stop(): Promise<void>
}

/**
 * The reference server with invented data, in a process of its own, started again whenever it dies. It keeps its
 * port from start to start, because a remembered session names the origin of its server.
 */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const { start, environment, folder, files, accessTtl, report } = options
  const { port, moved } = await choosePort(files, report)
  const url = `http://${HOST}:${port}`
  const password = randomBytes(36).toString('base64url')
  const env = {
    ...withoutServerSettings(environment),
    LECTERN_HOST: HOST,
    LECTERN_DATA_DIR: folder,
    LECTERN_PORT: String(port),
    LECTERN_SEED: 'demo',
    LECTERN_DEMO_PASSWORD: password,
    ...(accessTtl === null ? {} : { LECTERN_ACCESS_TTL: String(accessTtl) }),
  }

  let server: HelperProcess | null = null
  let stopping = false
  let crashes = 0
  let restart: NodeJS.Timeout | undefined
  let exited = () => {}

  let cameUp: (person: DemoPerson) => void = () => {}
  const up = new Promise<DemoPerson>((resolve) => {
    cameUp = resolve
  })

  function run(): void {
    const startedAt = performance.now()
    const started = start(env)
    server = started
    report(`demo server starting on port ${port}`)
    started.on('message', (message) => {
      const said = FromServer.safeParse(message)
      if (!said.success) return
      if (said.data.type === 'failed') {
        report(`demo server did not start: ${said.data.message}`)
        return
      }
      report(`demo server listening after ${Math.round(performance.now() - startedAt)} ms`)
      cameUp(said.data.demo)
    })
    started.on('exit', (code) => {
      server = null
      exited()
      if (stopping) return
      if (performance.now() - startedAt > SOUND_AFTER_MS) crashes = 0
      const wait = RESTART_AFTER_MS[Math.min(crashes, RESTART_AFTER_MS.length - 1)]
      crashes += 1
      report(`demo server ended with code ${code}; starting it again in ${wait} ms`)
      restart = setTimeout(run, wait)
    })
  }
  run()

  return {
    url,
    moved,
    password,
    ready: () => within(up, LISTENING_DEADLINE_MS),
    async stop() {
      stopping = true
      clearTimeout(restart)
      const last = server
      if (!last) return
      const gone = new Promise<void>((resolve) => {
        exited = resolve
      })
      const deadline = setTimeout(() => last.kill(), STOP_DEADLINE_MS)
      last.postMessage({ type: 'stop' })
      await gone
      clearTimeout(deadline)
    },
  }
}

/** Somebody who also runs a server here must not find the demo's people in its database, its files or its bucket. */
const withoutServerSettings = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(DATABASE_URL|LECTERN_.*)$/i.test(name)),
  )

async function within(up: Promise<DemoPerson>, ms: number): Promise<Result<DemoPerson>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Result<never>>((resolve) => {
    timer = setTimeout(() => {
      resolve(
        fail('server-unavailable', 'The demo did not start within a minute. Lectern keeps trying.', {
          retryable: true,
        }),
      )
    }, ms)
  })
  return Promise.race([up.then(succeed), late]).finally(() => clearTimeout(timer))
}

/** The port of the last start, as soon as it is free; after 5 s another one, which is remembered from then on. */
async function choosePort(
  files: FileStore,
  report: (event: string) => void,
): Promise<{ port: number; moved: boolean }> {
  const remembered = await rememberedPort(files)
  if (remembered !== null) {
    const giveUp = performance.now() + PORT_PATIENCE_MS
    do {
      if ((await listenOnce(remembered)) !== null) return { port: remembered, moved: false }
      await new Promise((resolve) => setTimeout(resolve, PORT_LOOK_MS))
    } while (performance.now() < giveUp)
    report(`port ${remembered} of the demo server is taken by another program`)
  }
  const port = await listenOnce(0)
  if (port === null) throw new Error('this computer gives out no port')
  const saved = await files.write(PORT_FILE, JSON.stringify({ port }))
  if (!saved.ok) report('the port of the demo server could not be remembered')
  return { port, moved: remembered !== null }
}

async function rememberedPort(files: FileStore): Promise<number | null> {
  const stored = await files.read(PORT_FILE)
  if (!stored.ok || stored.value === null) return null
  return parseJson(Remembered, stored.value)?.port ?? null
}

/** @returns the port that was free a moment ago (any, for 0), or null when it is taken */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(null))
    probe.listen({ port, host: HOST, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : null))
    })
  })
}
