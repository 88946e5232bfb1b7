import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { sql } from 'kysely'
import { TokenResponse } from '../../src/contract/credentials.ts'
import { MAX_FRAME_BYTES } from '../../src/contract/frames.ts'
import type { LiveSession, LiveSessionPlan, Participant } from '../../src/contract/model.ts'
import { nobodyElse } from '../../src/server/database/notices.ts'
import { ROOM_CAPACITY } from '../../src/server/rooms/participants.ts'
import { createRoomLog } from '../../src/server/rooms/room-log.ts'
import { createSilence } from '../../src/server/rooms/silence.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  say,
  sessionTitled,
  signIn,
  signInReply,
  until,
  type RoomSocket,
  type TestServer,
} from './server-client.ts'

const ADMINISTRATOR = { email: 'office@northfield.example', password: 'northfield-office-password' }
const AMARA = 'amara.diallo@northfield.example'
const LEO = 'leo.schneider@northfield.example'
const DANIEL = 'daniel.reyes@northfield.example'
const PRIYA = 'priya.nair@northfield.example'

let server: TestServer
/** By first name; `office` is the administrator. */
const tokens: Record<string, string> = {}
const ids: Record<string, string> = {}

beforeAll(async () => {
  server = await demoServer({
    LECTERN_ADMIN_EMAIL: ADMINISTRATOR.email,
    LECTERN_ADMIN_PASSWORD: ADMINISTRATOR.password,
  })
  const reply = await signInReply(server.url, ADMINISTRATOR.email, ADMINISTRATOR.password)
  for (const granted of [
    TokenResponse.parse(reply.json),
    ...(await Promise.all([MAYA, NOAH, AMARA, LEO, DANIEL, PRIYA].map((email) => signIn(server.url, email)))),
  ]) {
    const name = /^\w+/.exec(granted.account.email)![0]
    tokens[name] = granted.access_token
    ids[name] = granted.account.id
  }
})
afterAll(() => server.end())

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

const aPlan = (changed: Partial<LiveSessionPlan> = {}): LiveSessionPlan => ({
  title: 'Transition metals',
  course: 'CHEM 301',
  description: 'Why they are so colourful.',
  scheduledStart: inMinutes(60),
  scheduledEnd: inMinutes(120),
  ...changed,
})

const token = (name: string) => tokens[name]!
const create = (name: string, body: unknown, key = newKey()) =>
  callReply(server.url, token(name), 'createLiveSession', { body, key })
const created = (changed: Partial<LiveSessionPlan> = {}, key = newKey()) =>
  call(server.url, token('maya'), 'createLiveSession', { body: aPlan(changed), key })
/** One that is on. */
const begun = () => created({ scheduledStart: inMinutes(-1) })

type Act =
  | 'startLiveSession'
  | 'endLiveSession'
  | 'joinLiveSession'
  | 'leaveLiveSession'
  | 'getLiveSession'
  | 'cleanupParticipants'
const reply = (name: string, act: Act, sessionId: string) =>
  callReply(server.url, token(name), act, { params: { sessionId } })
const get = (sessionId: string) =>
  call(server.url, token('maya'), 'getLiveSession', { params: { sessionId } })
const join = (name: string, sessionId: string) =>
  call(server.url, token(name), 'joinLiveSession', { params: { sessionId } })
const end = (name: string, sessionId: string) =>
  call(server.url, token(name), 'endLiveSession', { params: { sessionId } })
const participants = async (sessionId: string) =>
  (await call(server.url, token('maya'), 'listParticipants', { params: { sessionId } })).items

const typesOf = ({ events }: RoomSocket) => events.map(({ event }) => event.type)
/** Every event there was until now. */
async function settled(socket: RoomSocket, sessionId: string): Promise<RoomSocket['events']> {
  const before = socket.events.length
  const { seq } = await say(server.url, token('office'), sessionId, 'That is all.')
  await until(() => socket.events.some((event) => event.seq === seq), 'the last event')
  const last = socket.events.findIndex((event) => event.seq === seq)
  return socket.events.splice(0, Math.max(before, last) + 1).filter((event) => event.seq !== seq)
}

describe('planning a live session', () => {
  test('makes one that everybody sees, once per key', async () => {
    const key = newKey()
    const plan = aPlan({ title: 'Crystal field theory' })
    const replies = await Promise.all(Array.from({ length: 10 }, () => create('maya', plan, key)))
    const sessions = replies.map(({ json }) => json as LiveSession)
    expect(replies.map(({ status }) => status)).toEqual(sessions.map(() => 200))
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1)
    expect(sessions[0]).toMatchObject({ ...plan, status: 'upcoming', rating: null, participantCount: 0 })
    expect(sessions[0]!.host.displayName).toBe('Maya Okafor')
    expect(await sessionTitled(server.url, token('noah'), plan.title)).toMatchObject(sessions[0]!)

    const other = (await create('maya', plan)).json as LiveSession
    const daniels = (await create('daniel', plan, key)).json as LiveSession
    expect(new Set([sessions[0]!.id, other.id, daniels.id]).size).toBe(3)
    // Whatever is asked for with a key that was used: what it made is the answer.
    expect((await create('maya', aPlan({ title: 'Another one' }), key)).json).toEqual(sessions[0])
  })

  test('is for instructors and administrators', async () => {
    for (const name of ['noah', 'priya']) {
      expectProblem(await create(name, aPlan()), 403, 'forbidden')
    }
    expect((await create('office', aPlan())).status).toBe(200)
  })

  test('for a time that has come begins at once', async () => {
    const session = await created({ scheduledStart: inMinutes(-5) })
    expect(session.status).toBe('live')
    expect(Date.now() - Date.parse(session.startedAt!)).toBeLessThan(60_000)
  })

  test.each<[string, Partial<LiveSessionPlan>, number]>([
    ['whose end has passed', { scheduledStart: inMinutes(-90), scheduledEnd: inMinutes(-1) }, 409],
    ['that began long ago', { scheduledStart: '2001-01-01T00:00:00.000Z' }, 409],
    ['in the year nought', { scheduledStart: '0000-01-01T00:00:00.000Z' }, 400],
    ['that ends before it begins', { scheduledEnd: inMinutes(59) }, 400],
    ['that takes no time', { scheduledStart: inMinutes(9), scheduledEnd: inMinutes(9) }, 400],
    ['without a title', { title: '  ' }, 400],
    ['with too long a title', { title: 'x'.repeat(201) }, 400],
    ['without a zone', { scheduledStart: '2030-01-01T10:00:00' }, 400],
  ])('%s is refused', async (_, changed, status) => {
    const before = await call(server.url, token('maya'), 'listLiveSessions')
    expectProblem(
      await create('maya', aPlan(changed)),
      status,
      status === 409 ? 'conflict' : 'invalid-request',
    )
    expect((await call(server.url, token('maya'), 'listLiveSessions')).counts).toEqual(before.counts)
  })

  test('without a key is refused', async () => {
    const refused = await callReply(server.url, token('maya'), 'createLiveSession', { body: aPlan() })
    expectProblem(refused, 400, 'invalid-request')
  })

  test('keeps every text to the letter, or refuses it: nothing is altered', async () => {
    const { id } = await created()
    const change = (changed: Partial<LiveSessionPlan>) =>
      callReply(server.url, token('maya'), 'changeLiveSession', {
        params: { sessionId: id },
        body: aPlan(changed),
      })
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '\0', 'a', '漢', '\u202e', '\n', '"', "'") }),
    )
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom('title' as const, 'course' as const, 'description' as const),
        async (said, where) => {
          const answer = await change({ [where]: said })
          const kept = said.trim()
          const keepable = !said.includes('\0') && !/\p{Surrogate}/u.test(said)
          if (!keepable || kept.length > 120 || (where === 'title' && kept === '')) {
            expectProblem(answer, 400, 'invalid-request')
          } else {
            expect(answer.status).toBe(200)
            expect((await get(id))[where]).toBe(kept)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a search for what nothing can be called is refused, like what nothing is called finds nothing', async () => {
    const search = (text: string) =>
      callReply(server.url, token('maya'), 'listLiveSessions', { query: { search: text } })
    expectProblem(await search('a\0b'), 400, 'invalid-request')
    expect((await search('no such thing')).json).toMatchObject({ items: [] })
  })
})

describe('planning it otherwise', () => {
  const change = (name: string, sessionId: string, body: LiveSessionPlan) =>
    callReply(server.url, token(name), 'changeLiveSession', { params: { sessionId }, body })

  test('is for the host and administrators, and told once', async () => {
    const { id } = await created()
    const socket = await enterSocket(server.url, id, token('noah'))
    const plan = aPlan({ title: 'Moved', scheduledStart: inMinutes(300), scheduledEnd: inMinutes(330) })
    for (const name of ['noah', 'priya', 'daniel']) {
      expectProblem(await change(name, id, plan), 403, 'forbidden')
    }
    expect((await change('maya', id, plan)).json).toMatchObject({ ...plan, status: 'upcoming' })
    // Said again, nothing changes, and nothing is told.
    expect((await change('maya', id, plan)).status).toBe(200)
    expect((await change('office', id, { ...plan, title: 'Moved again' })).status).toBe(200)
    const told = (await settled(socket, id)).flatMap(({ event }) =>
      event.type === 'session-changed' ? [event.session.title] : [],
    )
    expect(told).toEqual(['Moved', 'Moved again'])
    socket.close()
  })

  test('to a time that has come begins it', async () => {
    const { id } = await created()
    const now = aPlan({ scheduledStart: inMinutes(-1) })
    expect((await change('maya', id, now)).json).toMatchObject({ status: 'live' })
  })

  test('cannot undo that it has begun; its end can be moved, but not into the past', async () => {
    const session = await begun()
    const plan = aPlan({ scheduledStart: session.scheduledStart })
    const later = { ...plan, scheduledStart: inMinutes(10) }
    expectProblem(await change('maya', session.id, later), 409, 'conflict')
    expect(await get(session.id)).toEqual(session)
    const longer = { ...plan, scheduledEnd: inMinutes(600) }
    expect((await change('maya', session.id, longer)).json).toMatchObject({ ...longer, status: 'live' })
    const over = { ...plan, scheduledEnd: inMinutes(-0.5) }
    expectProblem(await change('maya', session.id, over), 409, 'conflict')
  })

  test('is too late after the end', async () => {
    const session = await begun()
    const ended = await end('maya', session.id)
    const plan = aPlan({ scheduledStart: session.scheduledStart, title: 'Too late' })
    expectProblem(await change('maya', session.id, plan), 409, 'conflict')
    expect(await get(session.id)).toEqual(ended)
  })

  test('of one that is not there says so', async () => {
    expectProblem(await change('maya', newKey(), aPlan()), 404, 'not-found')
  })
})

describe('beginning and ending', () => {
  test('early, by the host, once however often it is asked for', async () => {
    const { id } = await created()
    const socket = await enterSocket(server.url, id, token('noah'))
    expectProblem(await reply('daniel', 'startLiveSession', id), 403, 'forbidden')
    expectProblem(await reply('maya', 'endLiveSession', id), 409, 'conflict')
    const replies = await Promise.all(Array.from({ length: 20 }, () => reply('maya', 'startLiveSession', id)))
    expect(new Set(replies.map(({ json }) => JSON.stringify(json))).size).toBe(1)
    expect(replies[0]!.json).toMatchObject({ status: 'live' })
    expect((await settled(socket, id)).map(({ event }) => event.type)).toEqual(['session-changed'])
    socket.close()
  })

  test('when it ends, nobody is in its room, all stays end with it, and one event says so', async () => {
    const { id } = await begun()
    const socket = await enterSocket(server.url, id, token('noah'))
    for (const name of ['maya', 'noah', 'amara']) await join(name, id)
    await call(server.url, token('noah'), 'setHand', { params: { sessionId: id }, body: { raised: true } })
    for (const name of ['noah', 'daniel']) {
      expectProblem(await reply(name, 'endLiveSession', id), 403, 'forbidden')
    }
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, number) => reply(number % 2 ? 'maya' : 'office', 'endLiveSession', id)),
    )
    expect(new Set(replies.map(({ json }) => JSON.stringify(json))).size).toBe(1)
    const ended = replies[0]!.json as LiveSession
    expect(ended).toMatchObject({ status: 'ended', participantCount: 0 })
    expect(await participants(id)).toEqual([])

    const { items } = await call(server.url, token('maya'), 'listAttendance', { params: { sessionId: id } })
    expect(items.map(({ person }) => person.displayName)).toEqual([
      'Amara Diallo',
      'Maya Okafor',
      'Noah Bennett',
    ])
    expect(items.flatMap(({ stays }) => stays.map(({ leftAt }) => leftAt))).toEqual(
      items.map(() => ended.endedAt),
    )

    await until(() => typesOf(socket).includes('session-changed'), 'the end')
    expect(typesOf(socket)).toEqual([
      'participant-joined',
      'participant-joined',
      'participant-joined',
      'participant-changed',
      'session-changed',
    ])
    socket.close()

    expectProblem(await reply('maya', 'startLiveSession', id), 409, 'conflict')
    expectProblem(await reply('noah', 'joinLiveSession', id), 409, 'conflict')
    expect((await reply('noah', 'leaveLiveSession', id)).json).toEqual({ left: false })
    for (const [endpoint, body] of [
      ['heartbeat', { presence: 'here' }],
      ['setHand', { raised: true }],
    ] as const) {
      const late = await callReply(server.url, token('noah'), endpoint, { params: { sessionId: id }, body })
      expect(expectProblem(late, 409, 'conflict').detail).toBe('This live session has ended.')
    }
  })
})

describe('rating a live session', () => {
  const rate = (name: string, sessionId: string, stars: number) =>
    callReply(server.url, token(name), 'rateLiveSession', { params: { sessionId }, body: { stars } })

  test('is for those who took part, once it has begun, and never for its host', async () => {
    const { id } = await created()
    expectProblem(await rate('noah', id, 5), 403, 'forbidden')
    await join('noah', id)
    await join('maya', id)
    expectProblem(await rate('noah', id, 5), 409, 'conflict')
    await reply('maya', 'startLiveSession', id)
    expectProblem(await rate('maya', id, 5), 403, 'forbidden')
    expectProblem(await rate('amara', id, 5), 403, 'forbidden')
    expectProblem(await rate('noah', newKey(), 5), 404, 'not-found')
    for (const stars of [0, 6, 4.5]) expectProblem(await rate('noah', id, stars), 400, 'invalid-request')
    expect((await get(id)).rating).toBeNull()
    expect((await rate('noah', id, 4)).json).toEqual({ stars: 4, rating: 4 })
  })

  test('counts once a person, the last time; everybody sees the mean, also after the end', async () => {
    const { id } = await begun()
    const raters = ['noah', 'amara', 'leo']
    for (const name of raters) await join(name, id)
    const socket = await enterSocket(server.url, id, token('maya'))
    const said = fc.tuple(fc.constantFrom(...raters), fc.integer({ min: 1, max: 5 }))
    const last = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(said, async ([name, stars]) => {
        const before = last.get(name)
        last.set(name, stars)
        const mean = [...last.values()].reduce((sum, each) => sum + each, 0) / last.size
        expect((await rate(name, id, stars)).json).toEqual({ stars, rating: expect.closeTo(mean, 9) })
        const told = await settled(socket, id)
        expect(told.map(({ event }) => event.type)).toEqual(before === stars ? [] : ['session-changed'])
      }),
      { numRuns: 12 },
    )
    await end('maya', id)
    const after = (await rate('noah', id, 1)).json as { rating: number }
    expect((await sessionTitled(server.url, token('leo'), 'Transition metals')).course).toBe('CHEM 301')
    expect((await get(id)).rating).toBe(after.rating)
    socket.close()
  })
})

describe('raised hands', () => {
  const setHand = (name: string, sessionId: string, raised: boolean) =>
    call(server.url, token(name), 'setHand', { params: { sessionId }, body: { raised } })
  const lower = (name: string, sessionId: string, whose: string) =>
    callReply(server.url, token(name), 'lowerHand', { params: { sessionId, accountId: ids[whose]! } })
  const inOrder = (people: readonly Participant[]) =>
    people
      .filter(({ handRaisedAt }) => handRaisedAt !== null)
      .toSorted((a, b) => Date.parse(a.handRaisedAt!) - Date.parse(b.handRaisedAt!))
      .map(({ id }) => id)

  test('are seen in the order they went up, whatever people do', async () => {
    const { id } = await begun()
    await join('maya', id)
    const learners = ['noah', 'amara', 'leo']
    const deeds = fc.array(
      fc.tuple(
        fc.constantFrom(...learners),
        fc.constantFrom('raise', 'raise', 'lower', 'lowered by the host', 'leave', 'enter'),
      ),
      { minLength: 4, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(deeds, async (done) => {
        for (const name of learners) {
          await join(name, id)
          await setHand(name, id, false)
        }
        const socket = await enterSocket(server.url, id, token('maya'))
        let up: string[] = []
        const here = new Set(learners)
        let changes = 0
        for (const [name, deed] of done) {
          const before = up.join()
          const isHere = here.has(name)
          if (deed === 'leave') {
            await reply(name, 'leaveLiveSession', id)
            here.delete(name)
            up = up.filter((other) => other !== name)
            continue
          }
          if (deed === 'enter') {
            await join(name, id)
            here.add(name)
            continue
          }
          if (deed === 'lowered by the host') {
            expect((await lower('maya', id, name)).json).toEqual({ lowered: up.includes(name) })
          } else if (isHere) {
            const participant = await setHand(name, id, deed === 'raise')
            expect(participant.handRaisedAt !== null).toBe(deed === 'raise')
          } else {
            const refused = await callReply(server.url, token(name), 'setHand', {
              params: { sessionId: id },
              body: { raised: deed === 'raise' },
            })
            expectProblem(refused, 409, 'conflict')
          }
          if (deed !== 'raise') up = up.filter((other) => other !== name)
          else if (isHere && !up.includes(name)) up.push(name)
          if (up.join() !== before) changes++
        }
        expect(inOrder(await participants(id))).toEqual(up.map((name) => ids[name]))
        // Whoever only heard the events knows the same.
        const known = new Map<string, Participant>()
        const told = await settled(socket, id)
        for (const { event } of told) {
          if (event.type === 'participant-left') known.delete(event.accountId)
          if ('participant' in event) known.set(event.participant.id, event.participant)
        }
        expect(inOrder([...known.values()])).toEqual(up.map((name) => ids[name]))
        expect(told.filter(({ event }) => event.type === 'participant-changed')).toHaveLength(changes)
        socket.close()
      }),
      { numRuns: 8 },
    )
  })

  test('are taken down by the host and administrators, and by nobody else', async () => {
    const { id } = await begun()
    await join('noah', id)
    await setHand('noah', id, true)
    for (const name of ['amara', 'noah', 'daniel', 'priya']) {
      expectProblem(await lower(name, id, 'noah'), 403, 'forbidden')
    }
    expect((await lower('office', id, 'noah')).json).toEqual({ lowered: true })
    expect((await lower('maya', id, 'noah')).json).toEqual({ lowered: false })
    expect((await lower('maya', id, 'amara')).json).toEqual({ lowered: false })
  })
})

test('people in the room are counted', async () => {
  const { id } = await begun()
  const count = () => call(server.url, token('noah'), 'countParticipants', { params: { sessionId: id } })
  expect(await count()).toEqual({ participantCount: 0 })
  for (const name of ['maya', 'noah']) await join(name, id)
  expect(await count()).toEqual({ participantCount: 2 })
})

describe('silence', () => {
  test('is shown as away, then as gone; whoever speaks again is here', async () => {
    const own = await demoServer({ LECTERN_PARTICIPANT_AWAY: '1', LECTERN_PARTICIPANT_TIMEOUT: '4' })
    // Two servers look for silent people at the same time; on PGlite a second one has no way in.
    const other = onPostgres ? await createServer(readSettings(own.environment)) : own
    const { access_token: maya } = await signIn(own.url)
    const { access_token: noah, account } = await signIn(other.url, NOAH)
    const params = { sessionId: (await sessionTitled(own.url, maya, CHEMISTRY)).id }
    const socket = await enterSocket(own.url, params.sessionId, maya)
    const stillHere = (url: string, token: string) =>
      callReply(url, token, 'heartbeat', { params, body: { presence: 'here' } })
    await call(own.url, maya, 'joinLiveSession', { params })
    await call(other.url, noah, 'joinLiveSession', { params })

    const ofNoah = () =>
      socket.events.flatMap(({ event }) => {
        if (event.type === 'participant-changed' && event.participant.id === account.id) {
          return [event.participant.presence]
        }
        return event.type === 'participant-left' && event.accountId === account.id ? ['gone'] : []
      })
    const heard = async (what: string, count: number) => {
      await until(async () => {
        await stillHere(own.url, maya)
        return ofNoah().length >= count
      }, what)
    }
    await heard('an absence', 1)
    expect((await stillHere(other.url, noah)).status).toBe(200)
    await heard('a departure', 4)
    expect(ofNoah()).toEqual(['away', 'here', 'away', 'gone'])
    const late = await stillHere(other.url, noah)
    expect(expectProblem(late, 409, 'conflict').detail).toContain('Enter it again')
    const { items } = await call(own.url, maya, 'listParticipants', { params })
    expect(items.map(({ displayName, presence }) => [displayName, presence])).toEqual([
      ['Maya Okafor', 'here'],
    ])
    socket.close()
    if (other !== own) await other.close()

    // While no server runs nobody can say anything: they get the full time to say so again.
    await own.close()
    const database = await own.openDatabase()
    await sql`update participants set last_seen_at = now() - interval '1 hour' where left_at is null`.execute(
      database.db,
    )
    await database.close()
    const again = await createServer(readSettings(own.environment))
    const startedAt = performance.now()
    const { access_token: helper } = await signIn(again.url, PRIYA)
    const presences = async () =>
      (await call(again.url, helper, 'listParticipants', { params })).items.map(({ presence }) => presence)
    expect(await presences()).toHaveLength(1)
    await until(async () => (await presences()).length === 0, 'an empty room')
    expect(performance.now() - startedAt).toBeGreaterThan(3000)
    await again.close()
    await own.end()
  })

  test('is cleared by the host and administrators', async () => {
    const { id } = await begun()
    await join('noah', id)
    for (const name of ['noah', 'daniel']) {
      expectProblem(await reply(name, 'cleanupParticipants', id), 403, 'forbidden')
    }
    expect((await reply('maya', 'cleanupParticipants', id)).json).toEqual({ removed: 0 })
    expect(await participants(id)).toHaveLength(1)
  })
})

describe('with the data of a server that has stopped', () => {
  let crowded: LiveSession
  let quiet: LiveSession

  beforeAll(async () => {
    ;[crowded, quiet] = [await begun(), await begun()]
    for (const name of ['maya', 'noah', 'amara']) await join(name, quiet.id)
    await server.close()
  })

  test('whoever is silent is taken out once, though two look for them at the same time', async () => {
    const database = await server.openDatabase()
    const { db } = database
    const log = createRoomLog(db, nobodyElse, (error) => console.error(error))
    const told: string[] = []
    log.follow(quiet.id, ({ event }) => told.push(event.type))
    const sweepers = [1, 2].map(() => createSilence(db, log, { awayMs: 0, goneMs: 0 }))
    const swept = await Promise.all(sweepers.map((silence) => silence.sweep()))
    expect(swept.reduce((sum, { gone }) => sum + gone, 0)).toBeGreaterThanOrEqual(3)
    expect(told).toEqual(['participant-left', 'participant-left', 'participant-left'])

    // The endpoint does the same for one room.
    await sql`update participants set left_at = null where session_id = ${quiet.id}`.execute(db)
    const account = { id: ids['maya']!, email: MAYA, displayName: 'Maya Okafor', role: 'instructor' as const }
    const ends = new Date(Date.now() + 60_000)
    const caller = { account, familyId: newKey(), accessExpiresAt: ends, sessionExpiresAt: ends }
    const clean = (silence = sweepers[0]!) =>
      silence.handlers.cleanupParticipants({
        params: { sessionId: quiet.id },
        query: {},
        body: undefined,
        caller,
        idempotencyKey: null,
        address: '127.0.0.1',
      })
    // A server that has only begun to listen takes out nobody.
    expect(await clean(createSilence(db, log, { awayMs: 45_000, goneMs: 90_000 }))).toEqual({ removed: 0 })
    expect(await clean()).toEqual({ removed: 3 })
    expect(await clean()).toEqual({ removed: 0 })
    await database.close()
  })

  test('a server that slept, or was without its database, takes out nobody before they could speak', async () => {
    const database = await server.openDatabase()
    const { db } = database
    const log = createRoomLog(db, nobodyElse, (error) => console.error(error))
    const [awayMs, goneMs] = [100, 400]
    const silence = createSilence(db, log, { awayMs, goneMs })
    await sql`update participants set left_at = null, presence = 'here', last_seen_at = now() - interval '1 hour'
      where session_id = ${quiet.id}`.execute(db)
    await silence.sweep()
    // It does nothing for longer than whoever is there may.
    const slept = performance.now()
    await until(() => performance.now() - slept > goneMs + 50, 'an end of its sleep')
    expect(await silence.sweep()).toEqual({ away: 0, gone: 0 })
    const awake = performance.now()
    let gone = 0
    await until(async () => (gone += (await silence.sweep()).gone) >= 3, 'three departures')
    expect(performance.now() - awake).toBeGreaterThan(goneMs - 50)
    await database.close()
  })

  test('a full room tells everybody who is in it, and lets nobody else in', async () => {
    const database = await server.openDatabase()
    await sql`insert into accounts (id, email, display_name, role, password_hash)
      select gen_random_uuid(), n || '@crowd.example', repeat('漢', 120), 'learner', ''
      from generate_series(1, ${ROOM_CAPACITY}::int) n`.execute(database.db)
    await sql`insert into participants (id, session_id, account_id, joined_at, last_seen_at, presence)
      select gen_random_uuid(), ${crowded.id}, id, now(), now(), 'here'
      from accounts where email like '%@crowd.example'`.execute(database.db)
    await sql`update live_sessions set description = repeat('漢', 2000) where id = ${crowded.id}`.execute(
      database.db,
    )
    await database.close()

    const again = await createServer(readSettings(server.environment))
    const { access_token: maya } = await signIn(again.url)
    const params = { sessionId: crowded.id }
    const { items } = await call(again.url, maya, 'listParticipants', { params })
    expect(items).toHaveLength(ROOM_CAPACITY)
    const full = await callReply(again.url, maya, 'joinLiveSession', { params })
    expect(expectProblem(full, 409, 'conflict').detail).toBe('This room is full: it holds 2000 people.')

    const socket = await enterSocket(again.url, crowded.id, maya)
    const named = () =>
      socket.frames.flatMap((frame) =>
        frame.type === 'welcome' || frame.type === 'participants' ? frame.participants : [],
      )
    await until(() => named().length >= ROOM_CAPACITY, 'the whole room')
    expect(named()).toEqual(items)
    for (const frame of socket.frames) {
      expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(MAX_FRAME_BYTES)
    }
    socket.close()
    await again.close()
  })
})
