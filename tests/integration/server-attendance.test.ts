import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'csv-parse/sync'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import type { LiveSession } from '../../src/contract/model.ts'
import type { Database } from '../../src/server/database/database.ts'
import { enrol, type Enrollee } from '../../src/server/rooms/roster.ts'
import { attendanceRows, sessionsOfCourse } from '../../src/server/rooms/attendance.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  ask,
  askAssistant,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  sessionTitled,
  signIn,
  signInReply,
  wholeReply,
  type TestServer,
} from './server-client.ts'

let server: TestServer
let maya: string
let noah: string
let priya: string
let session: LiveSession

beforeAll(async () => {
  server = await demoServer({ LECTERN_ASSISTANT_PACE_MS: '0' })
  maya = (await signIn(server.url)).access_token
  noah = (await signIn(server.url, NOAH)).access_token
  priya = (await signIn(server.url, 'priya.nair@northfield.example')).access_token
  session = await call(server.url, maya, 'createLiveSession', {
    key: newKey(),
    body: {
      title: '=HYPERLINK("https://evil.example","Marks")',
      course: 'CHEM 301, group “A”',
      description: '',
      scheduledStart: new Date(Date.now() - 60_000).toISOString(),
      scheduledEnd: new Date(Date.now() + 3600_000).toISOString(),
    },
  })
})
afterAll(() => server.end())

const attendance = async (token = maya, sessionId = session.id) =>
  (await call(server.url, token, 'listAttendance', { params: { sessionId } })).items
const move = (token: string, where: 'joinLiveSession' | 'leaveLiveSession') =>
  call(server.url, token, where, { params: { sessionId: session.id } })

async function csv(token: string, sessionId = session.id) {
  const address = server.url + byteEndpoints.attendanceCsv.path.replace(':sessionId', sessionId)
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('the register of a live session', () => {
  test('is empty before anybody comes', async () => {
    expect(await attendance()).toEqual([])
  })

  test('names everybody once, by name, with every stay, and goes on while they are there', async () => {
    for (const [token, where] of [
      [noah, 'joinLiveSession'],
      [noah, 'joinLiveSession'],
      [noah, 'leaveLiveSession'],
      [maya, 'joinLiveSession'],
      [noah, 'joinLiveSession'],
      [priya, 'joinLiveSession'],
      [priya, 'leaveLiveSession'],
    ] as const) {
      await move(token, where)
    }
    const items = await attendance(priya)
    expect(items.map(({ person }) => person.displayName)).toEqual([
      'Maya Okafor',
      'Noah Bennett',
      'Priya Nair',
    ])
    expect(items.map(({ stays }) => stays.map(({ leftAt }) => leftAt === null))).toEqual([
      [true],
      [false, true],
      [false],
    ])
    const instants = items[1]!.stays.flatMap(({ joinedAt, leftAt }) => [joinedAt, leftAt ?? joinedAt])
    expect(instants).toEqual([...instants].sort())
    // Noah is there for as long as his second stay lasts, and a moment more.
    const since = Date.parse(items[1]!.stays[1]!.joinedAt)
    const seconds = (await attendance())[1]!.seconds
    expect(seconds).toBeLessThanOrEqual((Date.now() - since) / 1000 + 1)
  })

  test('is for those who teach', async () => {
    const params = { sessionId: session.id }
    expectProblem(await callReply(server.url, noah, 'listAttendance', { params }), 403, 'forbidden')
    const missing = { sessionId: newKey() }
    expectProblem(await callReply(server.url, maya, 'listAttendance', { params: missing }), 404, 'not-found')
    const path = byteEndpoints.attendanceCsv.path
    const refused = await ask(server.url, 'GET', path.replace(':sessionId', session.id), {
      headers: { authorization: `Bearer ${noah}` },
    })
    expectProblem(refused, 403, 'forbidden')
    expectProblem(
      await ask(server.url, 'GET', path.replace(':sessionId', session.id)),
      401,
      'unauthenticated',
    )
  })

  test('adds up: each person’s seconds are their stays', async () => {
    const ended = await sessionTitled(server.url, maya, 'Organic Chemistry II: stereochemistry')
    const items = await attendance(maya, ended.id)
    expect(items).toHaveLength(16)
    for (const { stays, seconds } of items) {
      const lengths = stays.map(({ joinedAt, leftAt }) => Date.parse(leftAt!) - Date.parse(joinedAt))
      expect(seconds).toBe(Math.floor(lengths.reduce((sum, ms) => sum + ms, 0) / 1000))
    }
  })

  test('is a file that a spreadsheet reads, and computes nothing of', async () => {
    const { response, bytes } = await csv(maya)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="attendance-\d{4}-\d\d-\d\d\.csv"$/,
    )
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const lines: Record<string, string>[] = parse(bytes, { bom: true, columns: true })
    const items = await attendance()
    expect(lines.map(({ name, joined_at, left_at }) => [name, joined_at, left_at])).toEqual(
      items.flatMap(({ person, stays }) =>
        stays.map(({ joinedAt, leftAt }) => [person.displayName, joinedAt, leftAt ?? '']),
      ),
    )
    expect(new Set(lines.map((line) => line['course']))).toEqual(new Set(['CHEM 301, group “A”']))
    expect(new Set(lines.map((line) => line['session']))).toEqual(new Set([`'${session.title}`]))
  })
})

describe('a roster', () => {
  let database: Database
  const list = (...people: [name: string, email: string, role?: Enrollee['role']][]): Enrollee[] =>
    people.map(([name, email, role = 'learner']) => ({ name, email, role }))
  const add = (course: string, people: readonly Enrollee[]) =>
    database.db.transaction().execute((tx) => enrol(tx, course, people))
  const accountOf = (email: string) =>
    database.db.selectFrom('accounts').selectAll().where('email', '=', email).executeTakeFirst()

  beforeAll(async () => {
    await server.close()
    database = await server.openDatabase()
  })

  test('makes accounts for those who have none, and leaves the others as they are', async () => {
    const before = await accountOf(MAYA)
    const people = list(
      ['Ada New', 'Ada.New@northfield.example', 'assistant'],
      ['Somebody Else', MAYA.toUpperCase()],
      ['Noah B.', NOAH],
      ['Ada again', 'ada.new@NORTHFIELD.example'],
    )
    expect(await add('MATH 210', people)).toEqual({ created: 1, enrolled: 3, known: 1 })
    expect(await accountOf(MAYA)).toEqual(before)
    expect(await accountOf('Ada.New@northfield.example')).toMatchObject({
      display_name: 'Ada New',
      role: 'assistant',
    })
    expect(await add('MATH 210', people)).toEqual({ created: 0, enrolled: 0, known: 4 })
    expect(await add('WRIT 101', people)).toEqual({ created: 0, enrolled: 3, known: 1 })
    expect(await add('WRIT 101', [])).toEqual({ created: 0, enrolled: 0, known: 0 })
  })

  test('read in twice at the same moment, in another order, enrols everybody once', async () => {
    const people = list(
      ...Array.from({ length: 400 }, (_, n): [string, string] => [`New ${n}`, `new.${n}@northfield.example`]),
    )
    const all = await Promise.all([
      add('BIOL 118', people),
      add('BIOL 118', people.toReversed()),
      add('HIST 155', people.toReversed()),
      add('HIST 155', people),
    ])
    expect(all.reduce((sum, { created }) => sum + created, 0)).toBe(400)
    expect(all.reduce((sum, { enrolled }) => sum + enrolled, 0)).toBe(800)
    expect(all.reduce((sum, { known }) => sum + known, 0)).toBe(800)
  })

  test('of a course finds its sessions, and the rows of each', async () => {
    const ids = await sessionsOfCourse(database.db, 'CHEM 232')
    expect(ids).toHaveLength(4)
    const rows = await attendanceRows(database.db, ids[0]!, new Date())
    expect(rows[0]).toMatchObject({ course: 'CHEM 232', leftAt: expect.any(Date) })
    const names = rows.map(({ person }) => person.displayName)
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')))
    expect(await attendanceRows(database.db, newKey(), new Date())).toEqual([])
  })

  test('tells the assistant who is missing; an account it made opens to no password', async () => {
    await add('SPAN 203', list(['Zoe Quiet', 'zoe.quiet@northfield.example'], ['Noah', NOAH]))
    await database.close()
    const again = await createServer(readSettings(server.environment))
    const { access_token: token } = await signIn(again.url)
    const missing = async (title: string) => {
      const { id: sessionId } = await sessionTitled(again.url, token, title)
      const replyId = await askAssistant(again.url, token, sessionId, 'Who is missing?')
      return (await wholeReply(again.url, token, { sessionId, replyId })).text()
    }
    expect(await missing('Spanish B1: conversation hour')).toBe(
      '2 learners have not been here: Noah Bennett and Zoe Quiet. 2 learners are enrolled in SPAN 203.',
    )
    expect(await missing(CHEMISTRY)).toMatch(/ learners are enrolled in CHEM 232\.$/)
    for (const password of ['', 'password', 'Zoe Quiet']) {
      expect((await signInReply(again.url, 'zoe.quiet@northfield.example', password)).status).not.toBe(200)
    }
    await again.close()
  })
})
