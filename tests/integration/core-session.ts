/** The session core over real HTTP and real sockets, with what it stores in memory. */
import { WebSocket } from 'ws'
import type { Result } from '../../src/contract/model.ts'
import { createSession, type FileStore, type HttpClient, type Session } from '../../src/core/index.ts'
import { memorySecrets } from '../../src/core/memory.ts'
import { clock } from '../../src/main/adapters/clock.ts'
import { createHttpClient } from '../../src/main/adapters/http.ts'
import { random } from '../../src/main/adapters/random.ts'
import { createSocketClient, type WebSocketClass } from '../../src/main/adapters/sockets.ts'
import { MAYA, PASSWORD } from './server-client.ts'

export const realHttp = createHttpClient({ fetch, userAgent: 'Lectern test' })

/** Maya is signed in. */
export async function openSession(serverUrl: string, http: HttpClient = realHttp): Promise<Session> {
  const session = createSession(
    {
      clock,
      random,
      http,
      sockets: createSocketClient(WebSocket as unknown as WebSocketClass),
      secrets: memorySecrets(),
      files: memoryFiles(),
      sealedFiles: memoryFiles(),
      power: { subscribe: () => () => {}, idleSeconds: () => null, holdAwake: () => () => {} },
      network: { subscribe: () => () => {} },
      journal: { record: () => {} },
    },
    { serverUrl, idleTimeout: null, device: { name: 'Test', platform: 'Node' } },
  )
  await session.start()
  valueOf(await session.signIn({ email: MAYA, password: PASSWORD, memoryOnly: false }))
  return session
}

function memoryFiles(): FileStore {
  const entries = new Map<string, string>()
  const done = Promise.resolve({ ok: true as const, value: undefined })
  return {
    read: (name) => Promise.resolve({ ok: true, value: entries.get(name) ?? null }),
    write: (name, text) => (entries.set(name, text), done),
    remove: (name) => (entries.delete(name), done),
  }
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`)
  return result.value
}
