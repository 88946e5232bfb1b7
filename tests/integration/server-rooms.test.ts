import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoomEvent } from '../../src/contract/frames.ts'
import type { LiveSession } from '../../src/contract/model.ts'
import { participantHandlers } from '../../src/server/rooms/participants.ts'
import type { Database } from '../../src/server/database/database.ts'
import { nobodyElse } from '../../src/server/database/notices.ts'
import { keepDemoGoing } from '../../src/server/demo/demo-seed.ts'
import { readLiveSession } from '../../src/server/rooms/live-sessions.ts'
import { createRoomLog, type RoomLog } from '../../src/server/rooms/room-log.ts'
import { createSilence } from '../../src/server/rooms/silence.ts'
import { keepTimetable } from '../../src/server/rooms/timetable.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { createTokenFamilies } from '../../src/server/sign-in/token-families.ts'
import { people, emailOf } from '../../src/server/demo/demo-school.ts'
import {
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  newKey,
  NOAH,
  onPostgres,
  say,
  sessionTitled,
  signIn,
  until,
  type TestServer,
} from './server-client.ts'

let server: TestServer
let maya: string
let noah: string
let chemistry: LiveSession

beforeAll(async () => {
  server = await demoServer()
  maya = (await signIn(server.url)).access_token
  noah = (await signIn(server.url, NOAH)).access_token
  chemistry = await sessionTitled(server.url, maya, CHEMISTRY)
})
afterAll(() => server.end())

const join = (token: string, sessionId: string) =>
  call(server.url, token, 'joinLiveSession', { params: { sessionId } })
const leave = (token: string, sessionId: string) =>
  call(server.url, token, 'leaveLiveSession', { params: { sessionId } })
const participants = async (sessionId: string) =>
  (await call(server.url, maya, 'listParticipants', { params: { sessionId } })).items
const titled = (title: string) => sessionTitled(server.url, maya, title)

describe('the list of live sessions', () => {
  const search = async (text: string, status?: string) =>
    (
      await call(server.url, maya, 'listLiveSessions', {
        query: { search: text, ...(status ? { status } : {}) },
      })
    ).items

  test('shows what is on first, then what comes next, then what was last', async () => {
    const { items } = await call(server.url, maya, 'listLiveSessions')
    const order = items.map(({ status }) => ['live', 'upcoming', 'ended'].indexOf(status))
    expect(order).toEqual([...order].sort())
    const upcoming = items.filter(({ status }) => status === 'upcoming').map((item) => item.scheduledStart)
    expect(upcoming).toEqual([...upcoming].sort())
  })

  test('finds by title, course and host, whatever the case', async () => {
    expect((await search('REACTION mech')).map(({ title }) => title)).toEqual([CHEMISTRY])
    expect(await search('chem 232')).toHaveLength(7)
    expect((await search('chem 232', 'upcoming')).every(({ status }) => status === 'upcoming')).toBe(true)
    expect((await search('LUCÍA')).map(({ course }) => course)).toEqual(['SPAN 203', 'SPAN 203'])
  })

  test('takes what is typed as it is typed', async () => {
    expect(await search('%')).toEqual([])
    expect(await search('a_c')).toEqual([])
    expect(await search('\\')).toEqual([])
  })

  test('is asked for from the first year to the last; there is no year before', async () => {
    const query = { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' }
    const { items } = await call(server.url, maya, 'listLiveSessions', { query })
    expect(items.length).toBeGreaterThan(0)
    for (const name of ['listLiveSessions', 'sessionStatistics'] as const) {
      const reply = await callReply(server.url, maya, name, {
        query: { ...query, from: '0000-12-31T23:59:59Z' },
      })
      expectProblem(reply, 400, 'invalid-request')
    }
  })

  test('keeps its counts whatever the filter', async () => {
    const { items, counts } = await call(server.url, maya, 'listLiveSessions', {
      query: { status: 'ended', search: 'spanish' },
    })
    expect(items).toHaveLength(1)
    expect(counts).toEqual({ live: 4, upcoming: 9, ended: 12 })
  })

  test('shows a learner what is on, what is to come and what they took part in', async () => {
    const { items } = await call(server.url, noah, 'listLiveSessions')
    const { items: all } = await call(server.url, maya, 'listLiveSessions')
    expect(items.filter(({ status }) => status !== 'ended')).toHaveLength(13)
    expect(items.length).toBeLessThan(all.length)
    const hidden = all.find(({ id }) => !items.some((item) => item.id === id))!
    expectProblem(
      await callReply(server.url, noah, 'getLiveSession', { params: { sessionId: hidden.id } }),
      403,
      'forbidden',
    )
  })
})

describe('being in a room', () => {
  test('one person who enters a hundred times at once, from several laptops, is in the room once and came once', async () => {
    const { id } = await titled('Linear Algebra: eigenvalues you can see')
    // On PGlite a second server has no way in.
    const other = onPostgres ? await createServer(readSettings(server.environment)) : server
    const socket = await enterSocket(server.url, id, maya)
    const laptops = await Promise.all(Array.from({ length: 5 }, () => signIn(server.url, NOAH)))
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, number) =>
        call([server, other][number % 2]!.url, laptops[number % 5]!.access_token, 'joinLiveSession', {
          params: { sessionId: id },
        }),
      ),
    )
    expect(new Set(replies.map(({ participant }) => JSON.stringify(participant))).size).toBe(1)
    expect(new Set(replies.map(({ session }) => session.participantCount))).toEqual(new Set([1]))
    expect((await participants(id)).map(({ displayName }) => displayName)).toEqual(['Noah Bennett'])
    const message = await say(server.url, maya, id, 'Welcome')
    await until(() => socket.events.some(({ seq }) => seq === message.seq), 'the message')
    expect(socket.events.map(({ event }) => event.type)).toEqual(['participant-joined', 'message-posted'])
    socket.close()
    if (other !== server) await other.close()
  })

  test('people are counted, listed in order of arrival, and gone when they leave', async () => {
    const { id } = await titled('Academic writing clinic')
    expect((await join(maya, id)).session.participantCount).toBe(1)
    expect((await join(noah, id)).session.participantCount).toBe(2)
    expect((await participants(id)).map(({ displayName }) => displayName)).toEqual([
      'Maya Okafor',
      'Noah Bennett',
    ])
    expect(await leave(noah, id)).toEqual({ left: true })
    expect(await leave(noah, id)).toEqual({ left: false })
    expect((await participants(id)).map(({ displayName }) => displayName)).toEqual(['Maya Okafor'])
  })

  test('going away and coming back is told once each', async () => {
    const { id } = await titled('Academic writing clinic')
    const socket = await enterSocket(server.url, id, maya)
    await join(noah, id)
    const presence = (value: string) =>
      call(server.url, noah, 'heartbeat', { params: { sessionId: id }, body: { presence: value } })
    await presence('here')
    await presence('away')
    await presence('away')
    await presence('here')
    await until(() => socket.events.length >= 3, 'three events')
    const changes = socket.events.flatMap(({ event }) =>
      event.type === 'participant-changed' ? [event.participant.presence] : [],
    )
    expect(changes).toEqual(['away', 'here'])
    socket.close()
  })
})

describe('saying something', () => {
  test('is done once per key: the same key gives the same message and no second event', async () => {
    const socket = await enterSocket(server.url, chemistry.id, maya)
    const key = newKey()
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => say(server.url, maya, chemistry.id, 'Only once', key)),
    )
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1)
    expect(replies[0]).toMatchObject({ text: 'Only once', idempotencyKey: key })
    const after = await say(server.url, maya, chemistry.id, 'Afterwards')
    await until(() => socket.events.some(({ seq }) => seq === after.seq), 'the message after')
    const texts = socket.events.flatMap(({ event }) =>
      event.type === 'message-posted' ? [event.message.text] : [],
    )
    expect(texts).toEqual(['Only once', 'Afterwards'])
    socket.close()
  })

  test('the same key from somebody else is another message', async () => {
    const key = newKey()
    const mine = await say(server.url, maya, chemistry.id, 'Mine', key)
    const theirs = await say(server.url, noah, chemistry.id, 'Theirs', key)
    expect(theirs.id).not.toBe(mine.id)
    expect(theirs.author.displayName).toBe('Noah Bennett')
  })

  test('needs a key, and something to say', async () => {
    const post = (body: unknown, key?: string) =>
      callReply(server.url, maya, 'postMessage', {
        params: { sessionId: chemistry.id },
        body,
        ...(key ? { key } : {}),
      })
    const { errors } = expectProblem(await post({ text: 'No key' }), 400, 'invalid-request')
    expect(errors?.map(({ path }) => path)).toEqual(['headers.idempotency-key'])
    expectProblem(await post({ text: '   ' }, newKey()), 400, 'invalid-request')
    expectProblem(await post({ text: 'x'.repeat(4001) }, newKey()), 400, 'invalid-request')
  })

  test('many people at once: every message has its place, and no place is empty', async () => {
    const { id } = await titled('Linear Algebra: eigenvalues you can see')
    const speakers = await Promise.all(
      people.slice(8, 14).map(async ({ name }) => (await signIn(server.url, emailOf(name))).access_token),
    )
    const socket = await enterSocket(server.url, id, maya)
    const { seq: before } = await socket.frame('welcome')
    const said = await Promise.all(
      speakers.flatMap((token, speaker) =>
        Array.from({ length: 15 }, (_, line) => say(server.url, token, id, `${speaker}: line ${line}`)),
      ),
    )
    const seqs = said.map(({ seq }) => seq).sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: 90 }, (_, index) => before + 1 + index))
    await until(() => socket.events.length === 90, 'ninety events')
    expect(socket.events.map(({ seq }) => seq)).toEqual(seqs)
    socket.close()
  })

  test('older messages are read back page by page, without gap or double', async () => {
    const { id } = await titled('Linear Algebra: eigenvalues you can see')
    const params = { sessionId: id }
    const whole = await call(server.url, maya, 'listMessages', { params, query: { limit: '200' } })
    expect(whole.hasMore).toBe(false)
    const pages: typeof whole.items = []
    let page = await call(server.url, maya, 'listMessages', { params, query: { limit: '25' } })
    pages.unshift(...page.items)
    while (page.hasMore) {
      const beforeSeq = String(page.items[0]!.seq)
      page = await call(server.url, maya, 'listMessages', { params, query: { limit: '25', beforeSeq } })
      pages.unshift(...page.items)
    }
    expect(pages).toEqual(whole.items)
    expect(pages.map(({ seq }) => seq)).toEqual(pages.map(({ seq }) => seq).sort((a, b) => a - b))
  })
})

test('a session that has ended can be read, and neither entered nor written to', async () => {
  const ended = await titled('Organic Chemistry II: stereochemistry')
  const params = { sessionId: ended.id }
  const { items } = await call(server.url, maya, 'listMessages', { params })
  expect(items.length).toBeGreaterThan(0)
  expectProblem(await callReply(server.url, maya, 'joinLiveSession', { params }), 409, 'conflict')
  const refused = await callReply(server.url, maya, 'postMessage', {
    params,
    body: { text: 'Too late' },
    key: newKey(),
  })
  expect(expectProblem(refused, 409, 'conflict').detail).toBe(
    'This live session has ended; its chat is closed.',
  )
  // What was accepted while it was on stays accepted: the outbox of a sleeping laptop asks again.
  const own = items.find(({ author }) => author.displayName === 'Maya Okafor')!
  expect(await say(server.url, maya, ended.id, own.text, own.idempotencyKey)).toEqual(own)
})

describe('whoever signs out', () => {
  const EMILY = 'emily.turner@northfield.example'
  const signOut = async ({ refresh_token: token }: { refresh_token: string }) => {
    expect(await askJson(server.url, '/auth/revoke', { token })).toMatchObject({ json: { revoked: true } })
  }
  const isThere = async (sessionId: string) =>
    (await participants(sessionId)).some(({ displayName }) => displayName === 'Emily Turner')

  test('is out of every room at once, and the others are told', async () => {
    const emily = await signIn(server.url, EMILY)
    const rooms = [await titled('Linear Algebra: eigenvalues you can see'), await titled(CHEMISTRY)]
    for (const { id } of rooms) await join(emily.access_token, id)
    const socket = await enterSocket(server.url, rooms[0]!.id, maya)
    const { account } = emily
    const signedOut = performance.now()
    await signOut(emily)
    await until(
      () =>
        socket.events.some(
          ({ event }) => event.type === 'participant-left' && event.accountId === account.id,
        ),
      'the news',
    )
    // Sooner than by silence, which takes a minute and a half.
    expect(performance.now() - signedOut).toBeLessThan(1500)
    await until(async () => !(await isThere(rooms[1]!.id)), 'an end of the other stay')
    socket.close()
  })

  test('on one laptop stays in the room through the other', async () => {
    const { id } = await titled('Cell biology lab: reading a gel')
    const [laptop, desktop] = [await signIn(server.url, EMILY), await signIn(server.url, EMILY)]
    await join(laptop.access_token, id)
    await call(server.url, desktop.access_token, 'heartbeat', {
      params: { sessionId: id },
      body: { presence: 'here' },
    })
    const socket = await enterSocket(server.url, id, maya)
    await signOut(laptop)
    // Time for whatever should not happen.
    await signOut(await signIn(server.url, EMILY))
    await call(server.url, desktop.access_token, 'heartbeat', {
      params: { sessionId: id },
      body: { presence: 'away' },
    })
    await signOut(desktop)
    await until(() => socket.events.some(({ event }) => event.type === 'participant-left'), 'the end')
    expect(socket.events.map(({ event }) => event.type)).toEqual(['participant-changed', 'participant-left'])
    socket.close()
  })

  test('does not take out somebody who came in again on the same laptop', async () => {
    const { id } = await titled(CHEMISTRY)
    const before = await signIn(server.url, EMILY)
    await join(before.access_token, id)
    const after = await signIn(server.url, EMILY)
    await join(after.access_token, id)
    const socket = await enterSocket(server.url, id, maya)
    await signOut(before)
    await signOut(await signIn(server.url, EMILY))
    expect(await leave(after.access_token, id)).toEqual({ left: true })
    await until(() => socket.events.length > 0, 'an event')
    expect(socket.events.map(({ event }) => event.type)).toEqual(['participant-left'])
    socket.close()
  })
})

describe('a data folder that is opened again', () => {
  let database: Database
  let log: RoomLog
  const read = async (title: string) => {
    const { id } = await database.db
      .selectFrom('live_sessions')
      .select('id')
      .where('title', '=', title)
      .executeTakeFirstOrThrow()
    return (await readLiveSession(database.db, id, null)).session
  }
  const hours = (number: number) => new Date(Date.now() + number * 3600_000)

  beforeAll(async () => {
    await server.close()
    database = await server.openDatabase()
    log = createRoomLog(database.db, nobodyElse, (error) => console.error(error))
  })
  afterAll(() => database.close())

  test('the database itself refuses to have one person twice in a room, or one message twice', async () => {
    const { db } = database
    const stay = await db.selectFrom('participants').selectAll().limit(1).executeTakeFirstOrThrow()
    const enter = (id: string) =>
      db
        .insertInto('participants')
        .values({ ...stay, id, left_at: null })
        .execute()
    await db.deleteFrom('participants').where('left_at', 'is', null).execute()
    await enter(newKey())
    await expect(enter(newKey())).rejects.toThrow('participants_present')
    await db.deleteFrom('participants').where('left_at', 'is', null).execute()

    const message = await db
      .selectFrom('messages')
      .selectAll()
      .where('seq', '>', 1)
      .limit(1)
      .executeTakeFirstOrThrow()
    const again = { ...message, id: newKey(), seq: 1 }
    await expect(db.insertInto('messages').values(again).execute()).rejects.toThrow('messages_once')
  })

  test('sessions begin and end by their plan, but none ends under people who are in it', async () => {
    const heard: RoomEvent[] = []
    const { id } = await read('Modern Europe: the year 1848')
    log.follow(id, ({ event }) => heard.push(event))
    await keepTimetable(database.db, log, hours(1))
    expect((await read('Modern Europe: the year 1848')).status).toBe('upcoming')
    await keepTimetable(database.db, log, hours(2))
    const begun = await read('Modern Europe: the year 1848')
    expect(begun).toMatchObject({ status: 'live', startedAt: begun.scheduledStart })

    await database.db.deleteFrom('participants').where('left_at', 'is', null).execute()
    await enterRoom(id, NOAH)
    await keepTimetable(database.db, log, hours(3))
    expect((await read('Modern Europe: the year 1848')).status).toBe('live')
    await createSilence(database.db, log, { awayMs: 0, goneMs: 0 }).sweep()
    await keepTimetable(database.db, log, hours(3))
    const over = await read('Modern Europe: the year 1848')
    expect(over).toMatchObject({ status: 'ended', participantCount: 0 })
    expect(heard.map(({ type }) => type)).toEqual([
      'session-changed',
      'participant-joined',
      'participant-left',
      'session-changed',
    ])
  })

  test('a demo that comes back after a month has rooms to open now and sessions to come', async () => {
    const month = hours(30 * 24)
    await keepDemoGoing(database.db, log, month)
    await keepTimetable(database.db, log, month)
    const chemistry = await read(CHEMISTRY)
    expect(chemistry.status).toBe('live')
    expect(Date.parse(chemistry.scheduledEnd)).toBeGreaterThan(month.getTime() + 3600_000)
    const office = await read('Spanish B1: conversation hour')
    expect(office.status).toBe('upcoming')
    expect(Date.parse(office.scheduledEnd)).toBeGreaterThan(month.getTime())
  })

  async function enterRoom(sessionId: string, email: string) {
    const { db } = database
    const row = await db
      .selectFrom('accounts')
      .select(['id', 'password_hash'])
      .where('email', '=', email)
      .executeTakeFirstOrThrow()
    const families = await createTokenFamilies({
      db,
      notices: database.notices,
      ttl: 3600,
      idleTtl: 3600,
      failed: (error) => console.error(error),
    })
    const grant = await families.begin(row.id, { name: 'Test laptop', platform: 'linux' }, row.password_hash)
    const { account, familyId } = grant!
    const caller = { account, familyId, accessExpiresAt: hours(1), sessionExpiresAt: hours(1) }
    return participantHandlers(db, log).joinLiveSession({
      params: { sessionId },
      query: {},
      body: undefined,
      caller,
      idempotencyKey: null,
      address: '127.0.0.1',
    })
  }
})
