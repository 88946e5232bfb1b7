/** Writes in a live room while its server is killed and started again, and prints the journal. `npm run example` */
import { WebSocket } from 'ws'
import { createSession, type SessionListeners } from '../out/core/index.js'
import { clock } from '../src/main/adapters/clock.ts'
import { createHttpClient } from '../src/main/adapters/http.ts'
import { random } from '../src/main/adapters/random.ts'
import { createSocketClient, type WebSocketClass } from '../src/main/adapters/sockets.ts'

const {
  LECTERN_SERVER: serverUrl = '',
  LECTERN_EMAIL: email = '',
  LECTERN_PASSWORD: password = '',
} = process.env
const session = createSession(
  {
    ...{ clock, random, secrets: inMemory(), files: inMemory(), sealedFiles: inMemory() },
    http: createHttpClient({ fetch, userAgent: 'Lectern example' }),
    sockets: createSocketClient(WebSocket as unknown as WebSocketClass),
    power: { subscribe: () => () => {}, idleSeconds: () => null, holdAwake: () => () => {} },
    network: { subscribe: () => () => {} },
    journal: { record: ({ event, detail }) => console.log(event, JSON.stringify(detail)) },
  },
  { serverUrl, idleTimeout: null, device: { name: 'Example', platform: 'Node' } },
)
const heard = (listen: (done: () => void) => Partial<SessionListeners>) =>
  new Promise<void>((done) => session.subscribe(listen(done)))

await session.start()
valueOf(await session.signIn({ email, password, memoryOnly: true }))
const { items } = valueOf(await session.call({ endpoint: 'listLiveSessions', query: { status: 'live' } }))
const sessionId = items[0]?.id ?? ''
valueOf(await session.openRoom(sessionId))

const text = `Written while the server was away, ${new Date().toISOString()}`
await heard((done) => ({ state: ({ state }) => state.kind === 'offline' && done() }))
valueOf(await session.postMessage(sessionId, text))
await heard((done) => ({
  roomPatch: ({ patch }) => patch.append.some((said) => said.text === text) && done(),
}))
valueOf(await session.signOut())
await session.dispose()

function valueOf<T>(result: { ok: true; value: T } | { ok: false; failure: { message: string } }): T {
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}

function inMemory() {
  const entries = new Map<string, string>()
  const done = Promise.resolve({ ok: true as const, value: undefined })
  return {
    read: (name: string) => Promise.resolve({ ok: true as const, value: entries.get(name) ?? null }),
    write: (name: string, text: string) => (entries.set(name, text), done),
    remove: (name: string) => (entries.delete(name), done),
  }
}
