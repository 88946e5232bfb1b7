/** The session core over real HTTP and real sockets, with what it stores in memory. */
import { WebSocket } from 'ws'
import type { Result } from '../../src/contract/model.ts'
import { createSession, type HttpClient, type Session } from '../../src/core/index.ts'
import { memoryStore } from '../../src/core/memory.ts'
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
      secrets: memoryStore(),
      files: memoryStore(),
      sealedFiles: memoryStore(),
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

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`)
  return result.value
}
