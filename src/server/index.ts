/** The server as a process of its own: on a machine in a rack, or beside the app as its demo. */
import { demoPerson } from './demo/demo-school.ts'
import { createServer, type RunningServer } from './server.ts'
import { readSettings } from './settings.ts'
import { StartFailure } from './start-failure.ts'

/** The part of Electron's parentPort that is used; there when the app started this process. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** A stop takes no longer than this, whatever hangs. */
const STOP_MS = 8000

const parentPort = (process as { parentPort?: ParentPort }).parentPort

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

let server: RunningServer | null = null
let stopping = false

function stop(): void {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(1), STOP_MS).unref()
  void Promise.resolve(server?.close()).then(
    () => process.exit(0),
    () => process.exit(1),
  )
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
parentPort?.on('message', ({ data }) => {
  if (typeof data === 'object' && data !== null && 'type' in data && data.type === 'stop') stop()
})

try {
  const settings = readSettings(process.env)
  server = await createServer(settings)
  const { url, bootId } = server
  say({ event: 'listening', url, bootId })
  parentPort?.postMessage({ type: 'listening', url, demo: settings.seed === 'demo' ? demoPerson : null })
} catch (error) {
  const code = error instanceof StartFailure ? error.code : 'internal'
  const message = error instanceof StartFailure ? error.message : 'The server could not start.'
  if (!(error instanceof StartFailure) || error.cause) process.stderr.write(`${String(causeOf(error))}\n`)
  say({ event: 'failed', code, message })
  parentPort?.postMessage({ type: 'failed', message })
  process.exitCode = 1
  // The port to the app would keep a failed process alive; what was said needs a moment to leave.
  setTimeout(() => process.exit(1), 100)
}

function causeOf(error: unknown): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? (cause.stack ?? cause.message) : cause
}
