import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { BOOT_ID_HEADER } from '../../src/contract/endpoint.ts'
import { CLOSE, MAX_FRAME_BYTES, roomSocketPath } from '../../src/contract/frames.ts'
import { MOST_PLACES } from '../../src/server/http/places.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  ask,
  askAssistant,
  call,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  NOAH,
  openReply,
  openSocket,
  rotated,
  say,
  sessionTitled,
  signIn,
  until,
  type TestServer,
} from './server-client.ts'

let server: TestServer
let room: string

beforeAll(async () => {
  server = await demoServer({}, { helloTimeoutMs: 500 })
  room = (await sessionTitled(server.url, await freshToken(), CHEMISTRY)).id
})
afterAll(() => server.end())

const freshToken = async () => (await signIn(server.url)).access_token

describe('opening a room', () => {
  test('the welcome tells who is there, where the log stands and when the token ends', async () => {
    const token = await freshToken()
    await call(server.url, token, 'joinLiveSession', { params: { sessionId: room } })
    const socket = await enterSocket(server.url, room, token)
    const welcome = await socket.frame('welcome')
    expect(welcome).toMatchObject({ bootId: server.bootId, session: { id: room, participantCount: 1 } })
    expect(welcome.participants.map(({ displayName }) => displayName)).toEqual(['Maya Okafor'])
    expect(Date.parse(welcome.authExpiresAt)).toBeGreaterThan(Date.now())
    socket.close()
  })

  test('the handshake carries the marker of this boot, and the address is a WebSocket only', async () => {
    const ws = new WebSocket(server.url.replace(/^http/, 'ws') + roomSocketPath(room))
    const [response] = (await once(ws, 'upgrade')) as [{ headers: Record<string, string> }]
    expect(response.headers[BOOT_ID_HEADER]).toBe(server.bootId)
    ws.terminate()
    expectProblem(await ask(server.url, 'GET', roomSocketPath(room)), 426, 'upgrade-required')
  })

  test('is refused without a good token, without a room, and to whoever may not be in it', async () => {
    const hello = async (sessionId: string, accessToken: string) => {
      const socket = openSocket(server.url, sessionId)
      await once(socket.ws, 'open')
      socket.send({ type: 'hello', accessToken, afterSeq: null })
      return socket.closed
    }
    expect(await hello(room, 'not a token of this server')).toBe(CLOSE.unauthenticated)
    expect(await hello('6f9619ff-8b86-4d01-b42d-00cf4fc964ff', await freshToken())).toBe(CLOSE.notFound)
    expect(await hello('no-id-at-all', await freshToken())).toBe(CLOSE.notFound)
    const { access_token: learner } = await signIn(server.url, 'ben.carter@northfield.example')
    const { items } = await call(server.url, await freshToken(), 'listLiveSessions')
    const { items: seen } = await call(server.url, learner, 'listLiveSessions')
    const hidden = items.find(({ id }) => !seen.some((item) => item.id === id))!
    expect(await hello(hidden.id, learner)).toBe(CLOSE.forbidden)
  })

  test('whoever says nothing is not waited for', async () => {
    expect(await openSocket(server.url, room).closed).toBe(CLOSE.helloTimeout)
  })

  test('a frame that is not in the contract closes the socket', async () => {
    const sends = async (text: string | Buffer) => {
      const socket = openSocket(server.url, room)
      await once(socket.ws, 'open')
      socket.ws.send(text)
      return socket.closed
    }
    expect(await sends('{"type":"hello"')).toBe(CLOSE.badFrame)
    expect(await sends('{"type":"ping","id":1}')).toBe(CLOSE.badFrame)
    expect(await sends(Buffer.from('{"type":"ping","id":1}'))).toBe(CLOSE.badFrame)
    // RFC 6455 §7.4.1: message too big.
    expect(await sends('x'.repeat(MAX_FRAME_BYTES + 1))).toBe(1009)
    const twice = await enterSocket(server.url, room, await freshToken())
    twice.send({ type: 'hello', accessToken: await freshToken(), afterSeq: null })
    expect(await twice.closed).toBe(CLOSE.badFrame)
  })

  test('a ping is answered with its own number', async () => {
    const socket = await enterSocket(server.url, room, await freshToken())
    socket.send({ type: 'ping', id: 41 })
    expect(await socket.frame('pong')).toEqual({ type: 'pong', id: 41 })
    socket.close()
  })
})

describe('coming back to a room', () => {
  test('everything missed comes first and in order, then what happens, nothing twice', async () => {
    const { access_token: maya } = await signIn(server.url)
    const { access_token: noah } = await signIn(server.url, NOAH)
    const before = await enterSocket(server.url, room, maya)
    await say(server.url, noah, room, 'heard')
    await until(() => before.events.length === 1, 'the first event')
    const cursor = before.events[0]!.seq
    before.close()
    await before.closed

    for (let line = 0; line < 30; line++) await say(server.url, noah, room, `missed ${line}`)
    // More is said while the socket comes back: the seam between backlog and live is what is tested.
    const talking = Promise.all(
      Array.from({ length: 30 }, (_, line) => say(server.url, noah, room, `meanwhile ${line}`)),
    )
    const after = await enterSocket(server.url, room, await freshToken(), cursor)
    await talking
    await until(() => after.events.length >= 60, 'sixty events')
    await say(server.url, (await signIn(server.url, NOAH)).access_token, room, 'last')
    await until(() => after.events.length >= 61, 'the last event')
    expect(after.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 61 }, (_, n) => cursor + 1 + n))
    after.close()
  })

  test('after a long absence the whole history comes, from the first event', async () => {
    const token = await freshToken()
    const socket = await enterSocket(server.url, room, token, 0)
    const { seq } = await socket.frame('welcome')
    await until(() => socket.events.length === seq, 'the whole history')
    expect(socket.events.map((event) => event.seq)).toEqual(Array.from({ length: seq }, (_, n) => n + 1))
    socket.close()
  })

  test('a cursor from a future this server does not know follows from where the log stands', async () => {
    const { access_token: token } = await signIn(server.url)
    const socket = await enterSocket(server.url, room, token, 1_000_000)
    const { seq } = await socket.frame('welcome')
    const { access_token: noah } = await signIn(server.url, NOAH)
    await say(server.url, noah, room, 'first')
    await until(() => socket.events.length === 1, 'an event')
    expect(socket.events[0]?.seq).toBe(seq + 1)
    socket.close()
  })

  test('a reader who does not read is dropped, and misses nothing when it comes back', async () => {
    const { id } = await sessionTitled(server.url, await freshToken(), 'Academic writing clinic')
    const socket = await enterSocket(server.url, id, await freshToken())
    const { seq: cursor } = await socket.frame('welcome')
    const dropped = async () => {
      const page = await (await fetch(`${server.url}/metrics`)).text()
      return Number(/^lectern_sockets_closed_total\{socket="room",reason="lost"\} (\d+)$/m.exec(page)?.[1])
    }
    const before = await dropped()
    socket.ws.pause()
    // Each is six times as long on the wire; how many megabytes of them the kernel swallows is its own affair.
    const text = '\u0001'.repeat(4000)
    let said = 0
    for (; (await dropped()) === before; said += 40) {
      expect(said).toBeLessThan(4000)
      const token = await freshToken()
      // One by one: of those heard out of order it would be told from the log, at its own pace and for as long as it takes.
      for (let n = 0; n < 40; n++) await say(server.url, token, id, text)
    }
    socket.ws.resume()
    expect(await socket.closed).toBe(1006)
    expect(socket.events.length).toBeLessThan(said)
    const back = await enterSocket(server.url, id, await freshToken(), socket.events.at(-1)?.seq ?? cursor)
    await until(() => socket.events.length + back.events.length >= said, 'the rest')
    expect([...socket.events, ...back.events].map(({ seq }) => seq)).toEqual(
      Array.from({ length: said }, (_, n) => cursor + 1 + n),
    )
    back.close()
  })
})

test('whoever sends faster than it is answered is read no faster', async () => {
  const accessToken = await freshToken()
  const socket = await enterSocket(server.url, room, accessToken)
  const frames = 1000
  // As long as a frame may be: the kernel swallows some megabytes of them before the client notices.
  const frame = JSON.stringify({ type: 'reauth', accessToken }).padEnd(MAX_FRAME_BYTES)
  const answers = () => socket.frames.filter(({ type }) => type === 'reauth-ok').length
  for (let n = 0; n < frames; n++) socket.ws.send(frame)
  await until(() => socket.ws.bufferedAmount === 0, 'the last of them on its way')
  expect(answers()).toBeGreaterThan(frames / 2)
  await until(() => answers() === frames, 'an answer to each')
  socket.close()
})

test('an account has so many sockets and streams open, and no more; who closes one may open another', async () => {
  const { access_token: token } = await signIn(server.url, 'ingrid.solberg@northfield.example')
  const { access_token: noah } = await signIn(server.url, NOAH)
  const replyId = await askAssistant(server.url, token, room, 'time')
  const stream = () => openReply(server.url, token, { sessionId: room, replyId })
  const sockets = await Promise.all(
    Array.from({ length: MOST_PLACES }, () => enterSocket(server.url, room, token)),
  )
  const oneMore = openSocket(server.url, room)
  await once(oneMore.ws, 'open')
  oneMore.send({ type: 'hello', accessToken: token, afterSeq: null })
  expect(await oneMore.closed).toBe(1013)
  const { response } = await stream()
  expect(response.status).toBe(429)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  ;(await enterSocket(server.url, room, noah)).close()

  sockets[0]!.close()
  await sockets[0]!.closed
  await until(async () => (await stream()).response.status === 200, 'a place for a stream')
  await until(async () => {
    const again = openSocket(server.url, room)
    await once(again.ws, 'open')
    again.send({ type: 'hello', accessToken: token, afterSeq: null })
    return Promise.race([again.frame('welcome').then(() => true), again.closed.then(() => false)])
  }, 'the place that the stream had')
  for (const socket of sockets) socket.close()
})

test('a new token that is no good, or somebody else’s, closes it', async () => {
  for (const accessToken of ['not a token of this server', (await signIn(server.url, NOAH)).access_token]) {
    const socket = await enterSocket(server.url, room, await freshToken())
    socket.send({ type: 'reauth', accessToken })
    expect(await socket.closed).toBe(CLOSE.unauthenticated)
  }
})

test('a server that stops says so to every socket before it closes them', async () => {
  const socket = await enterSocket(server.url, room, await freshToken())
  await server.close()
  expect(await socket.closed).toBe(1001)
  expect(socket.frames.at(-1)).toEqual({ type: 'going-away' })
})

describe('where a token lives a second or two', () => {
  let brief: RunningServer

  beforeAll(async () => {
    await server.close()
    brief = await createServer(
      readSettings({
        ...server.environment,
        LECTERN_ACCESS_TTL: '1',
      }),
    )
  })
  afterAll(() => brief.close())

  test('given a new token in-band it stays open over several lifetimes', async () => {
    let tokens = await signIn(brief.url)
    const socket = await enterSocket(brief.url, room, tokens.access_token)
    let ends = Date.parse((await socket.frame('welcome')).authExpiresAt)
    const first = ends
    let closed = false
    void socket.closed.then(() => (closed = true))
    for (let renewal = 1; renewal <= 3; renewal++) {
      await until(() => Date.now() > ends - 1000, 'the time to renew')
      tokens = await rotated(brief.url, tokens.refresh_token)
      socket.send({ type: 'reauth', accessToken: tokens.access_token })
      const answers = () => socket.frames.filter((frame) => frame.type === 'reauth-ok')
      await until(() => answers().length === renewal, 'the answer to a reauth')
      ends = Date.parse(answers().at(-1)!.authExpiresAt)
    }
    await until(() => Date.now() > first + 1000, 'more than one lifetime')
    expect(closed).toBe(false)
    const { seq } = await say(brief.url, tokens.access_token, room, 'still here')
    await until(() => socket.events.some((event) => event.seq === seq), 'an event on the same socket')
    // And no longer than the last of them.
    expect(await socket.closed).toBe(CLOSE.unauthenticated)
    expect(Date.now()).toBeGreaterThanOrEqual(ends - 50)
  })
})
