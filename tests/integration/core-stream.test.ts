import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Result } from '../../src/contract/model.ts'
import { streamEndpoints, type AssistantEvent } from '../../src/contract/streams.ts'
import type { Session } from '../../src/core/index.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { startFaultyNetwork, type FaultyNetwork } from '../harness/faulty-network.ts'
import { openSession, valueOf } from './core-session.ts'
import { CHEMISTRY, demoServer, newKey, signIn, until, wholeReply, type TestServer } from './server-client.ts'

const ENVIRONMENT = { LECTERN_ACCESS_TTL: '2', LECTERN_ASSISTANT_PACE_MS: '80' }
/** Long enough to last over several tokens. */
const QUESTION = 'Summary of the chat, attendance, who is missing, and how much time is left?'

let server: TestServer
let network: FaultyNetwork
let session: Session

beforeEach(async () => {
  server = await demoServer(ENVIRONMENT)
  network = await startFaultyNetwork(server.url)
  session = await openSession(network.url)
})
afterEach(async () => {
  session.dispose()
  await network.close()
  await server.end()
})

/** Asks, and listens to the reply as a window would. */
async function listen() {
  const { items } = valueOf(
    await session.call({ endpoint: 'listLiveSessions', query: { search: CHEMISTRY } }),
  )
  const sessionId = items[0]!.id
  const { replyId } = valueOf(
    await session.call({
      endpoint: 'askAssistant',
      params: { sessionId },
      body: { text: QUESTION },
      idempotencyKey: newKey(),
    }),
  )
  const params = { sessionId, replyId }
  const heard: AssistantEvent[] = []
  const ends: Result<void>[] = []
  session.stream(
    { stream: 'assistantReply', params },
    { event: (event) => heard.push(event), ended: (result) => ends.push(result) },
  )
  const path = streamEndpoints.assistantReply.path
    .replace(':sessionId', sessionId)
    .replace(':replyId', replyId)
  return {
    params,
    heard,
    ends,
    connections: () => network.count('GET', path),
    async more(events = 5) {
      const enough = heard.length + events
      await until(() => heard.length >= enough || ends.length > 0, 'more of the reply')
      expect(ends).toEqual([])
    },
  }
}

async function expectWhole({ params, heard, ends }: Awaited<ReturnType<typeof listen>>, url: string) {
  await until(() => ends.length > 0, 'the end of the reply', 50_000)
  expect(ends).toEqual([{ ok: true, value: undefined }])
  const { access_token: token } = await signIn(url)
  const stored = await wholeReply(url, token, params)
  expect(heard).toEqual(stored.events.map(({ event }) => event))
}

const state = () => session.state().state.kind

test('a reply that outlasts its tokens arrives whole', async () => {
  const reply = await listen()
  await expectWhole(reply, server.url)
  expect(reply.connections()).toBeGreaterThan(3)
  expect(network.count('POST', '/auth/token')).toBeGreaterThan(3)
})

test('a reply goes on after cuts, a network that was away, one that fell silent, and a lost refresh', async () => {
  const reply = await listen()
  for (let round = 0; round < 3; round++) {
    await reply.more()
    network.cut()
  }

  await reply.more()
  await network.down('refused')
  await until(() => state() === 'offline', 'a session that knows it is offline')
  const before = reply.heard.length
  await network.up()
  await until(() => reply.heard.length > before, 'more of it after the network came back')

  await reply.more()
  const asked = network.requests.length
  await network.down('silent')
  await until(() => network.requests.length > asked, 'a request into the silence')
  await network.up()

  network.loseNextAnswer('POST', '/auth/token')
  await expectWhole(reply, server.url)
  expect(reply.connections()).toBeGreaterThan(5)
  const lost = network.requests.filter(
    ({ path, status, delivered }) => path === '/auth/token' && status === 200 && !delivered,
  )
  expect(lost.length).toBeGreaterThan(0)
})

test('a reply goes on after the server was restarted', async () => {
  const reply = await listen()
  await reply.more()
  const { port } = new URL(server.url)
  await server.close()
  const again = await createServer(
    readSettings({
      ...server.environment,
      LECTERN_PORT: port,
    }),
  )
  await expectWhole(reply, again.url)
  await again.close()
})

test('whoever signs out in the middle of a reply is told that it ends, and keeps what was heard', async () => {
  const reply = await listen()
  await reply.more()
  valueOf(await session.signOut())
  await until(() => reply.ends.length > 0, 'an end')
  expect(reply.ends).toMatchObject([{ ok: false }])
  expect(reply.heard.length).toBeGreaterThanOrEqual(5)
})
