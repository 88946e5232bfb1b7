import {
  createServer as createHttpServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BOOT_ID_HEADER } from '../../src/contract/endpoint.ts'
import { STREAM_KEEPALIVE, streamEndpoints } from '../../src/contract/streams.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  ask,
  askAssistant,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoData,
  demoServer,
  expectProblem,
  newKey,
  NOAH,
  onPostgres,
  openReply,
  say,
  sessionTitled,
  signIn,
  textOf,
  until,
  wholeReply,
  type TestServer,
} from './server-client.ts'
import { startServerChild } from './server-child.ts'

const AISHA = 'aisha.rahman@northfield.example'
const DANIEL = 'daniel.reyes@northfield.example'
const PRIYA = 'priya.nair@northfield.example'
const SLOW = { LECTERN_ASSISTANT_PACE_MS: '60' }

let server: TestServer
let maya: string
let noah: string
let sessionId: string

beforeAll(async () => {
  server = await demoServer({ LECTERN_ASSISTANT_PACE_MS: '1' })
  maya = (await signIn(server.url)).access_token
  noah = (await signIn(server.url, NOAH)).access_token
  sessionId = (await sessionTitled(server.url, maya, CHEMISTRY)).id
})
afterAll(() => server.end())

async function answer(token: string, text: string, session = sessionId) {
  const replyId = await askAssistant(server.url, token, session, text)
  return (await wholeReply(server.url, token, { sessionId: session, replyId })).text()
}

describe('what the assistant says', () => {
  test('who is here, and who was', async () => {
    await call(server.url, maya, 'joinLiveSession', { params: { sessionId } })
    const said = await answer(maya, 'Who is here?')
    expect(said).toContain('1 person is here:\n- Maya Okafor (instructor), for less than a minute')
    expect(said).toContain('14 people came and left again.')
    expect(await answer(maya, 'Is Maya here?')).toMatch(
      /^Maya Okafor has been here for less than a minute\.$/,
    )
  })

  test('who is here, and not who was, to those who learn', async () => {
    const said = await answer(noah, 'Who is here, and who was and left?')
    expect(said).toMatch(/^1 person is here:\n- Maya Okafor \(instructor\), for [^\n]*$/)
    const { items } = await call(server.url, maya, 'listAttendance', { params: { sessionId } })
    const gone = items.find(({ stays }) => stays.every(({ leftAt }) => leftAt !== null))!.person.displayName
    expect(await answer(maya, `Is ${gone} here?`)).toContain(`${gone} was here and left`)
    expect(await answer(noah, `Is ${gone} here?`)).not.toContain(gone)
  })

  test('who is missing, to those who teach, by the roster', async () => {
    const said = await answer(maya, 'Who’s missing today?')
    expect(said).toMatch(/^\d+ learners have not been here: .*\. \d+ learners are enrolled in CHEM 232\.$/)
    // Whoever was here today is not missing.
    const gone = await answer(maya, 'attendance please')
    const named = /They were (.*)\./.exec(gone)![1]!.split(/, | and /)
    expect(named).toHaveLength(14)
    for (const name of named) expect(said).not.toContain(name)
    expect(await answer(noah, 'Who is missing?')).toBe('Who is missing is told to those who teach.')
  })

  test('who is missing from a course without a roster, and how it knows', async () => {
    const { id } = await sessionTitled(server.url, maya, 'Linear Algebra: eigenvalues you can see')
    const said = await answer(maya, 'Who’s missing today?', id)
    expect(said).toMatch(/^\d+ learners? ha(s|ve) not been here: /)
    expect(said).toContain('I went by who took part in 1 other session of MATH 210')
    expect(said).toContain('There is no list of who is enrolled')
  })

  test('how much time is left', async () => {
    /** Said in whole minutes, a moment ago. */
    const about = (minutes: number | undefined, instant: string) =>
      expect(Math.abs(Number(minutes) - (Date.parse(instant) - Date.now()) / 60_000)).toBeLessThan(1.5)
    const numbers = (pattern: RegExp, text: string) => (pattern.exec(text) ?? []).slice(1).map(Number)

    const now = await sessionTitled(server.url, maya, CHEMISTRY)
    const [hours = NaN, minutes = NaN, ago = NaN] = numbers(
      /^(\d+) hours (\d+) minutes left\. It began (\d+) minutes ago\.$/,
      await answer(maya, 'How much time do we have left?'),
    )
    about(60 * hours + minutes, now.scheduledEnd)
    about(-ago, now.startedAt ?? '')

    const later = await sessionTitled(server.url, maya, 'Modern Europe: the year 1848')
    const [beyondAnHour = NaN] = numbers(
      /^It begins in 1 hour (\d+) minutes and is planned for 1 hour 15 minutes\.$/,
      await answer(maya, 'when does it begin', later.id),
    )
    about(60 + beyondAnHour, later.scheduledStart)

    const ended = await sessionTitled(server.url, maya, 'Academic writing: the first page')
    expect(await answer(maya, 'how long?', ended.id)).toMatch(/^This session ended 1[01] days ago\.$/)
  })

  test('what was said in the chat, word for word, and what nobody has answered', async () => {
    const { id } = await sessionTitled(server.url, maya, 'Cell biology lab: reading a gel')
    const before = await answer(maya, 'Summarise the chat so far', id)
    expect(before).toMatch(/^6 messages by 3 people\. The words that came up most: window\./)
    expect(before).toContain('“Group three, your lane 5 is the interesting one.”')
    expect(before).toContain('“Ours looks the same and we were not at the window”')
    expect(before).toContain('No question in the chat is waiting for an answer.')
    await say(server.url, noah, id, 'Do we hand in the gel or the photograph?')
    const open = await answer(maya, 'Which questions are unanswered?', id)
    expect(open).toBe(
      '1 question in the chat without an answer since:\n- Noah Bennett: “Do we hand in the gel or the photograph?”',
    )
    await say(server.url, maya, id, 'The photograph.')
    expect(await answer(maya, 'open questions?', id)).toBe(
      'No question in the chat is waiting for an answer.',
    )
  })

  test('what it can do, when it does not understand', async () => {
    expect(await answer(maya, 'Please order a pizza')).toMatch(
      /^I did not understand that\. I can tell you who/,
    )
  })
})

describe('a question', () => {
  let aisha: string
  beforeAll(async () => {
    aisha = (await signIn(server.url, AISHA)).access_token
  })

  test('is asked once, however often it is sent', async () => {
    const key = newKey()
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => askAssistant(server.url, aisha, sessionId, 'Who is here?', key)),
    )
    expect(new Set(ids).size).toBe(1)
    const { events } = await wholeReply(server.url, aisha, { sessionId, replyId: ids[0]! })
    expect(events.filter(({ event }) => event.type === 'done')).toHaveLength(1)
    // A key is its owner's.
    expect(await askAssistant(server.url, noah, sessionId, 'Who is here?', key)).not.toBe(ids[0])
  })

  test.each([
    ['without a key', {}, 400, 'invalid-request'],
    ['about a session that is not there', { sessionId: newKey() }, 404, 'not-found'],
    ['with a NUL in it', { text: 'who\u0000is here' }, 400, 'invalid-request'],
    ['with half a surrogate pair in it', { text: 'who \ud83d is here' }, 400, 'invalid-request'],
    ['that says nothing', { text: '   ' }, 400, 'invalid-request'],
  ])(
    '%s is refused',
    async (
      why,
      {
        sessionId: session = sessionId,
        text = 'Who is here?',
      }: {
        sessionId?: string
        text?: string
      },
      status,
      code,
    ) => {
      const reply = await callReply(server.url, maya, 'askAssistant', {
        params: { sessionId: session },
        body: { text },
        ...(why === 'without a key' ? {} : { key: newKey() }),
      })
      expectProblem(reply, status, code)
    },
  )

  test('too many in a minute are asked to wait', async () => {
    const { access_token: priya } = await signIn(server.url, PRIYA)
    const question = () =>
      callReply(server.url, priya, 'askAssistant', {
        params: { sessionId },
        body: { text: 'time' },
        key: newKey(),
      })
    const replies = await Promise.all(Array.from({ length: 25 }, question))
    const refused = replies.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(5)
    for (const reply of refused) {
      expectProblem(reply, 429, 'rate-limited')
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  test('about a session one may not see is refused', async () => {
    const { items: own } = await call(server.url, noah, 'listLiveSessions')
    const { items } = await call(server.url, maya, 'listLiveSessions')
    const hidden = items.find(({ id }) => !own.some((one) => one.id === id))!
    const reply = await callReply(server.url, noah, 'askAssistant', {
      params: { sessionId: hidden.id },
      body: { text: 'Who was there?' },
      key: newKey(),
    })
    expectProblem(reply, 403, 'forbidden')
  })
})

const address = (replyId: string, session = sessionId) =>
  streamEndpoints.assistantReply.path.replace(':sessionId', session).replace(':replyId', replyId)

describe('the stream of a reply', () => {
  let daniel: string
  beforeAll(async () => {
    daniel = (await signIn(server.url, DANIEL)).access_token
  })

  test('says what it is', async () => {
    const replyId = await askAssistant(server.url, daniel, sessionId, 'time')
    const { response, comments } = await wholeReply(server.url, daniel, { sessionId, replyId })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get(BOOT_ID_HEADER)).toBe(server.bootId)
    expect(comments()).toBeGreaterThan(0)
  })

  test('goes on after every single event, and is over after the last', async () => {
    const replyId = await askAssistant(
      server.url,
      daniel,
      sessionId,
      'Summary, who is here and who is missing?',
    )
    const params = { sessionId, replyId }
    const whole = await wholeReply(server.url, daniel, params)
    expect(whole.events.length).toBeGreaterThan(100)
    for (let id = 0; id < whole.events.length; id++) {
      const rest = await openReply(server.url, daniel, params, id)
      expect(await rest.over).toBe('ended')
      expect(rest.events).toEqual(whole.events.slice(id))
    }
    // For an EventSource, which would come back for ever.
    const after = await openReply(server.url, daniel, params, whole.events.length)
    expect(after.response.status).toBe(204)
  })

  test.each(['-1', 'abc', '1.5', '9999999999', '100000'])('is not resumed after the event %s', async (id) => {
    const replyId = await askAssistant(server.url, daniel, sessionId, 'time')
    const reply = await ask(server.url, 'GET', address(replyId), {
      headers: { authorization: `Bearer ${daniel}`, 'last-event-id': id },
    })
    expectProblem(reply, 400, 'invalid-request')
  })

  test('is for the one who asked, in the session it was asked in', async () => {
    const replyId = await askAssistant(server.url, daniel, sessionId, 'time')
    const other = await sessionTitled(server.url, maya, 'Academic writing clinic')
    const read = (token: string, path: string) =>
      ask(server.url, 'GET', path, { headers: { authorization: `Bearer ${token}` } })
    expectProblem(await read(noah, address(replyId)), 404, 'not-found')
    expectProblem(await read(daniel, address(replyId, other.id)), 404, 'not-found')
    expectProblem(await read(daniel, address(newKey())), 404, 'not-found')
    expectProblem(await read(daniel, address('nonsense')), 400, 'invalid-request')
    expectProblem(await read('nobody', address(replyId)), 401, 'unauthenticated')
    expectProblem(await ask(server.url, 'GET', address(replyId)), 401, 'unauthenticated')
  })

  test('two readers of one reply hear the same', async () => {
    const replyId = await askAssistant(server.url, daniel, sessionId, 'who is here')
    const params = { sessionId, replyId }
    const [one, other] = await Promise.all([
      wholeReply(server.url, daniel, params),
      wholeReply(server.url, daniel, params),
    ])
    expect(one.events).toEqual(other.events)
  })
})

describe('a stream ends early', () => {
  let slow: TestServer
  afterEach(() => slow.end())

  const begin = async (environment: Record<string, string>) => {
    slow = await demoServer({ ...SLOW, ...environment })
    const tokens = await signIn(slow.url)
    const replyId = await askAssistant(slow.url, tokens.access_token, sessionId, 'Summary and attendance')
    return { tokens, params: { sessionId, replyId } }
  }

  test('when its token ends; with a new token it goes on', async () => {
    const { tokens, params } = await begin({ LECTERN_ACCESS_TTL: '2' })
    let { access_token: token, refresh_token: refresh } = tokens
    const events: Awaited<ReturnType<typeof openReply>>['events'] = []
    let ends = 0
    for (;;) {
      const stream = await openReply(slow.url, token, params, events.length)
      expect(stream.response.status).toBe(200)
      expect(await stream.over).toBe('ended')
      events.push(...stream.events)
      if (events.at(-1)?.event.type === 'done') break
      ends++
      const old = await ask(slow.url, 'GET', '/auth/session', {
        headers: { authorization: `Bearer ${token}` },
      })
      expectProblem(old, 401, 'unauthenticated')
      const reply = await askJson(
        slow.url,
        '/auth/token',
        { grant_type: 'refresh_token', refresh_token: refresh },
        { 'idempotency-key': newKey() },
      )
      ;({ access_token: token, refresh_token: refresh } = reply.json as typeof tokens)
    }
    expect(ends).toBeGreaterThan(1)
    expect(events.map(({ id }) => id)).toEqual(events.map((_, position) => position + 1))
    expect(textOf(events)).toContain('messages by')
  })

  test('when the sign-in is ended, at once', async () => {
    const { tokens, params } = await begin({})
    const other = await signIn(slow.url)
    const [revoked, untouched] = [
      await openReply(slow.url, tokens.access_token, params),
      await openReply(slow.url, other.access_token, params),
    ]
    await until(() => revoked.events.length > 2 && untouched.events.length > 2, 'the beginning')
    await askJson(slow.url, '/auth/revoke', { token: tokens.refresh_token })
    const heard = untouched.events.length
    expect(await revoked.over).toBe('ended')
    expect(revoked.events.at(-1)?.event.type).toBe('text')
    await until(() => untouched.events.length > heard + 3, 'more of it for the other')
    untouched.close()
    await untouched.over
  })

  test('when the server stops, which does not wait for it; the next server goes on', async () => {
    const { tokens, params } = await begin({})
    const first = await openReply(slow.url, tokens.access_token, params)
    await until(() => first.events.length > 2, 'the beginning')
    const raw = get(slow.url + address(params.replyId), {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const [second] = (await once(raw, 'response')) as [IncomingMessage]
    second.resume()
    const over = once(second, 'close')
    await slow.close()
    await over
    // The last chunk of HTTP's own framing came too: nobody took this for a broken connection.
    expect(second.complete).toBe(true)
    expect(await first.over).toBe('ended')
    expect(first.events.at(-1)?.event.type).toBe('text')
    const next = await createServer(readSettings({ ...slow.environment, LECTERN_SEED: 'none' }))
    const rest = await openReply(next.url, tokens.access_token, params, first.events.length)
    expect(await rest.over).toBe('ended')
    const events = [...first.events, ...rest.events]
    expect(events.map(({ id }) => id)).toEqual(events.map((_, position) => position + 1))
    expect(events.at(-1)?.event).toEqual({ type: 'done' })
    await next.close()
  })

  test('when its reader goes away; nothing is left behind', async () => {
    const { tokens, params } = await begin({})
    for (let round = 0; round < 20; round++) {
      const stream = await openReply(slow.url, tokens.access_token, params)
      stream.close()
      await stream.over
    }
    const started = performance.now()
    await slow.close()
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

test('a reply goes on after kill -9 of its server, in the middle of it', async () => {
  const data = await demoData()
  const environment = {
    ...data.environment,
    // It goes on in time while no server runs, and has to outlast two restarts.
    LECTERN_ASSISTANT_PACE_MS: '150',
  }
  let child = startServerChild(environment)
  let { url } = await child.said
  const { access_token: token } = await signIn(url)
  const params = { sessionId, replyId: await askAssistant(url, token, sessionId, 'Summary and attendance') }
  const events: Awaited<ReturnType<typeof openReply>>['events'] = []
  for (let round = 0; round < 2; round++) {
    const stream = await openReply(url, token, params, events.length)
    await until(() => stream.events.length > 5, 'some of it')
    await child.kill()
    await stream.over
    events.push(...stream.events)
    expect(events.at(-1)?.event.type).toBe('text')
    child = startServerChild(environment)
    ;({ url } = await child.said)
  }
  const rest = await openReply(url, token, params, events.length)
  expect(await rest.over).toBe('ended')
  events.push(...rest.events)
  const whole = await wholeReply(url, token, params)
  expect(events).toEqual(whole.events)
  await child.kill()
  await data.remove()
})

test('a reply is kept for a month, and then forgotten with all its pieces', async () => {
  const own = await demoServer({ LECTERN_ASSISTANT_PACE_MS: '0' })
  const { access_token: token } = await signIn(own.url)
  const old = await askAssistant(own.url, token, sessionId, 'time')
  const young = await askAssistant(own.url, token, sessionId, 'time')
  await own.close()
  const before = await own.openDatabase()
  for (const [replyId, days] of [
    [old, 31],
    [young, 29],
  ] as const) {
    await before.db
      .updateTable('assistant_replies')
      .set({ asked_at: new Date(Date.now() - days * 24 * 3600_000) })
      .where('id', '=', replyId)
      .execute()
  }
  await before.close()

  const next = await createServer(readSettings(own.environment))
  expect((await openReply(next.url, token, { sessionId, replyId: old })).response.status).toBe(404)
  expect((await wholeReply(next.url, token, { sessionId, replyId: young })).text()).toContain('left')
  const counted = await (await fetch(`${next.url}/metrics`)).text()
  expect(counted).toContain('lectern_cleaned_up_total{what="replies"} 1\n')
  await next.close()

  const after = await own.openDatabase()
  const pieces = await after.db.selectFrom('assistant_pieces').select('reply_id').distinct().execute()
  expect(pieces).toEqual([{ reply_id: young }])
  await after.close()
  await own.end()
})

describe('a language model of one’s own', () => {
  interface Asked {
    readonly request: IncomingMessage
    readonly body: { model: string; stream: boolean; messages: { role: string; content: string }[] }
    readonly response: ServerResponse
    say(...words: string[]): void
  }
  let model: Server
  let asked: Asked[] = []
  let react: (asked: Asked) => void

  beforeAll(async () => {
    model = createHttpServer((request, response) => {
      let text = ''
      request.on('data', (bytes: Buffer) => (text += bytes.toString()))
      request.on('end', () => {
        const say = (...words: string[]) => {
          for (const content of words) {
            response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
          }
        }
        const one = { request, body: JSON.parse(text) as Asked['body'], response, say }
        asked.push(one)
        response.setHeader('content-type', 'text/event-stream')
        react(one)
      })
    }).listen(0, '127.0.0.1')
    await once(model, 'listening')
  })
  afterAll(() => {
    model.closeAllConnections()
    model.close()
  })
  afterEach(() => {
    asked = []
  })

  const environment = (port = (model.address() as AddressInfo).port) => ({
    LECTERN_ASSISTANT_URL: `http://127.0.0.1:${port}/v1/`,
    LECTERN_ASSISTANT_KEY: 'sk-test-of-a-key',
    LECTERN_ASSISTANT_MODEL: 'test-model',
    LECTERN_ASSISTANT_PACE_MS: '0',
    LECTERN_LOG: 'fatal',
  })

  async function withModel<T>(
    use: (ask: (text: string) => ReturnType<typeof openReply>, url: string) => Promise<T>,
    overrides: Record<string, string> = {},
  ): Promise<T> {
    const own = await demoServer({ ...environment(), ...overrides }, { modelSilenceMs: 300 })
    try {
      const { access_token: token } = await signIn(own.url)
      return await use(async (text) => {
        const replyId = await askAssistant(own.url, token, sessionId, text)
        return openReply(own.url, token, { sessionId, replyId })
      }, own.url)
    } finally {
      await own.end()
    }
  }

  test('answers in its own words, as they come, from what is known of the session', async () => {
    react = ({ say }) => say('Hello ', 'Maya', ', 👋', '\ud83d', '\udc4b', ' \u0000!')
    await withModel(async (ask) => {
      const stream = await ask('Who is here?')
      await until(() => stream.text().endsWith('!'), 'the first words, before the last')
      const [{ request, body, response, say }] = asked as [Asked]
      expect(request.url).toBe('/v1/chat/completions')
      expect(request.headers.authorization).toBe('Bearer sk-test-of-a-key')
      expect(body).toMatchObject({ model: 'test-model', stream: true })
      expect(body.messages.at(-1)).toEqual({ role: 'user', content: 'Who is here?' })
      expect(body.messages[0]?.content).toContain('tert-butoxide')
      expect(body.messages[0]?.content).toContain('15 people came and left again.')
      say(' Bye.')
      response.end('data: [DONE]\n\n')
      expect(await stream.over).toBe('ended')
      expect(stream.text()).toBe('Hello Maya, 👋👋 \u0000! Bye.')
      expect(stream.events.at(-1)?.event).toEqual({ type: 'done' })
      expect(stream.events.map(({ id }) => id)).toEqual(stream.events.map((_, position) => position + 1))
    })
  })

  test('is heard as it speaks, also through another server than the one that was asked', async () => {
    react = ({ say }) => say('word 0 ')
    const own = await demoServer(environment())
    // On PGlite there is no other.
    const other = onPostgres ? await createServer(readSettings(own.environment)) : own
    const { access_token: token } = await signIn(own.url)
    const replyId = await askAssistant(own.url, token, sessionId, 'Say it slowly')
    const stream = await openReply(other.url, token, { sessionId, replyId })
    const started = performance.now()
    for (let word = 1; word <= 5; word++) {
      await until(() => stream.text().endsWith(`word ${word - 1} `), 'the word before')
      asked[0]!.say(`word ${word} `)
    }
    await until(() => stream.text().endsWith('word 5 '), 'the last word')
    // A look every two seconds would take ten.
    expect(performance.now() - started).toBeLessThan(5000)
    asked[0]!.response.end('data: [DONE]\n\n')
    expect(await stream.over).toBe('ended')
    if (other !== own) await other.close()
    await own.end()
  })

  test.each<[string, (asked: Asked) => void]>([
    ['refuses', ({ response }) => response.writeHead(401).end('no')],
    ['hangs up', ({ response }) => response.destroy()],
    ['says nothing at all', () => {}],
    ['talks nonsense', ({ response }) => response.end('data: {"choices": 7}\n\n')],
    ['sends us elsewhere', ({ response }) => response.writeHead(307, { location: '/v2' }).end()],
  ])('that %s is excused in plain words, and the rules answer instead', async (_, how) => {
    react = how
    await withModel(async (ask) => {
      const stream = await ask('time left?')
      expect(await stream.over).toBe('ended')
      expect(stream.text()).toMatch(
        /^The language model that answers here cannot be reached at the moment\. .*\n\n3 hours \d+ minutes left/,
      )
    })
    expect(asked).toHaveLength(1)
  })

  test('that is not there is excused too', async () => {
    const nobody = createHttpServer().listen(0, '127.0.0.1')
    await once(nobody, 'listening')
    const { port } = nobody.address() as AddressInfo
    await new Promise((resolve) => nobody.close(resolve))
    await withModel(async (ask) => {
      const stream = await ask('time left?')
      expect(await stream.over).toBe('ended')
      expect(stream.text()).toContain('cannot be reached')
    }, environment(port))
  })

  test('that stops in the middle is not made up for', async () => {
    react = ({ say, response }) => {
      say('There are ')
      setTimeout(() => response.destroy(), 50)
    }
    await withModel(async (ask) => {
      const stream = await ask('who is here?')
      expect(await stream.over).toBe('ended')
      expect(stream.text()).toBe('There are \n\n(The answer broke off here. Ask again to get it whole.)')
    })
  })

  test('whose server is killed while it answers: what was said stays, and the reply ends', async () => {
    react = ({ say }) => say('One ', 'two ')
    const data = await demoData()
    const settings = {
      ...data.environment,
      ...environment(),
    }
    const first = startServerChild(settings)
    let { url } = await first.said
    const { access_token: token } = await signIn(url)
    const params = { sessionId, replyId: await askAssistant(url, token, sessionId, 'Count for me') }
    const begun = await openReply(url, token, params)
    await until(() => begun.text() === 'One two ', 'the beginning')
    await first.kill()
    await begun.over

    const second = startServerChild(settings)
    ;({ url } = await second.said)
    const rest = await openReply(url, token, params, begun.events.length)
    expect(await rest.over).toBe('ended')
    expect(begun.text() + rest.text()).toBe(
      'One two \n\n(The answer broke off here. Ask again to get it whole.)',
    )
    expect(rest.events[0]?.id).toBe(begun.events.length + 1)
    expect(asked).toHaveLength(1)
    await second.kill()
    await data.remove()
  })

  test('whose server was killed before its first word is asked again', async () => {
    react = () => {}
    const data = await demoData()
    const settings = {
      ...data.environment,
      ...environment(),
    }
    const first = startServerChild(settings)
    let { url } = await first.said
    const { access_token: token } = await signIn(url)
    const params = { sessionId, replyId: await askAssistant(url, token, sessionId, 'Count for me') }
    await until(() => asked.length === 1, 'the question')
    await first.kill()
    react = ({ say, response }) => {
      say('One')
      response.end('data: [DONE]\n\n')
    }
    const second = startServerChild(settings)
    ;({ url } = await second.said)
    const reply = await wholeReply(url, token, params)
    expect(reply.text()).toBe('One')
    await second.kill()
    await data.remove()
  })

  test('that thinks for long does not leave the stream silent', { timeout: 240_000 }, async () => {
    react = () => {}
    const own = await demoServer(environment())
    const { access_token: token } = await signIn(own.url)
    const params = { sessionId, replyId: await askAssistant(own.url, token, sessionId, 'Think') }
    const stream = await openReply(own.url, token, params)
    const started = performance.now()
    await until(() => stream.comments() >= 2, 'a sign of life', STREAM_KEEPALIVE * 1000)
    expect(performance.now() - started).toBeLessThan(STREAM_KEEPALIVE * 1000)
    await own.end()
    expect(await stream.over).toBe('ended')
  })
})
