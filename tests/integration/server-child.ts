/** The built server as a child process, for what only a process can show: kill -9, locks, signals. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const entry = resolve(import.meta.dirname, '../../out/server/index.js')

export interface ServerChild {
  readonly child: ChildProcess
  /** Its one line on standard output. */
  readonly said: Promise<{ event: string; url: string; bootId: string; code: string; message: string }>
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  kill(): Promise<void>
}

/** What Electron's utilityProcess gives its child, over Node's own channel between parent and child. */
const parentPort = `data:text/javascript,${encodeURIComponent(`
  process.parentPort = {
    postMessage: (message) => process.send(message),
    on: (event, listener) => process.on('message', (data) => listener({ data })),
  }`)}`

/** @param options.asUtility as the app starts it: with a `process.parentPort` */
export function startServerChild(
  environment: Record<string, string>,
  { asUtility = false } = {},
): ServerChild {
  const child = spawn(process.execPath, [...(asUtility ? ['--import', parentPort] : []), entry], {
    env: { PATH: process.env['PATH'], LECTERN_PORT: '0', LECTERN_LOG: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', ...(asUtility ? (['ipc'] as const) : [])],
  })
  if (!child.stdout) throw new Error('the server has no standard output')
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const said = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => JSON.parse(String(line))),
    ended.then((how) => Promise.reject(new Error(`the server ended (${how}) and said nothing`))),
  ])
  // A process that is killed before it speaks is no failure of the test that kills it.
  said.catch(() => undefined)
  return {
    child,
    said,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A folder of its own that is gone afterwards. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'lectern-server-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
