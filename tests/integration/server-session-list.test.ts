import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ListedSession } from '../../src/contract/live-sessions.ts'
import type { LiveSessionPlan } from '../../src/contract/model.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { insertManySessions, SERIES } from '../harness/many-sessions.ts'
import {
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
  type TestServer,
} from './server-client.ts'

const DANIEL = 'daniel.reyes@northfield.example'
const DAY = 24 * 3600_000
const instant = (fromNow: number) => new Date(Date.now() + fromNow).toISOString()

let server: TestServer
let maya: string
let noah: string
let daniel: string
beforeAll(async () => {
  server = await demoServer()
  const granted = await Promise.all([MAYA, NOAH, DANIEL].map((email) => signIn(server.url, email)))
  ;[maya, noah, daniel] = granted.map(({ access_token }) => access_token) as [string, string, string]
})
afterAll(() => server.end())

const list = (token: string, query: Record<string, string> = {}) =>
  call(server.url, token, 'listLiveSessions', { query })
const titles = (items: readonly ListedSession[]) => items.map(({ title }) => title)
const statistics = (token: string, from = instant(-3 * DAY), to = instant(4 * DAY)) =>
  call(server.url, token, 'sessionStatistics', { query: { from, to } })
const plan = (changed: Partial<LiveSessionPlan> = {}): LiveSessionPlan => ({
  title: 'Thermodynamics',
  course: 'PHYS 210',
  description: '',
  scheduledStart: instant(-60_000),
  scheduledEnd: instant(3600_000),
  ...changed,
})
const create = (token: string, changed: Partial<LiveSessionPlan> = {}) =>
  call(server.url, token, 'createLiveSession', { body: plan(changed), key: newKey() })
const act = (token: string, name: 'joinLiveSession' | 'leaveLiveSession' | 'endLiveSession', id: string) =>
  call(server.url, token, name, { params: { sessionId: id } })

describe('a page of the sessions', () => {
  test('is a part of the whole list, and the parts together are all of it', async () => {
    for (const sort of ['start', 'title', 'people', 'rating']) {
      const whole = await list(maya, { sort })
      const parts: ListedSession[] = []
      for (let offset = 0; offset < whole.total; offset += 7) {
        const { items, total } = await list(maya, { sort, offset: String(offset), limit: '7' })
        expect(total).toBe(whole.items.length)
        parts.push(...items)
      }
      expect(parts.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id))
    }
  })

  test('after the last is empty, and still says how many there are', async () => {
    expect(await list(maya, { offset: '500' })).toMatchObject({ items: [], total: 25 })
  })

  test('larger than two hundred, or before the first, is refused', async () => {
    for (const query of [{ limit: '201' }, { limit: '0' }, { offset: '-1' }, { sort: 'colour' }]) {
      const reply = await callReply(server.url, maya, 'listLiveSessions', { query: query as never })
      expectProblem(reply, 400, 'invalid-request')
    }
  })

  test('of my own ones has those I hold and those I have been in, and no others', async () => {
    const { items, total } = await list(maya, { whose: 'mine' })
    expect(total).toBe(items.length)
    expect(items.length).toBeGreaterThan(2)
    for (const { host, tookPart } of items) {
      expect(host.displayName === 'Maya Okafor' || tookPart).toBe(true)
    }
    const noahs = (await list(noah, { whose: 'mine' })).items
    expect(noahs.length).toBeGreaterThan(0)
    expect(noahs.every(({ tookPart }) => tookPart)).toBe(true)
  })

  test('of a course has that course only, and the courses to choose from are those with sessions', async () => {
    const { items: courses } = await call(server.url, maya, 'listCourses')
    expect(courses.map(({ course }) => course)).toEqual(
      courses.map(({ course }) => course).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
    let sum = 0
    for (const { course, sessions } of courses) {
      const { items, total } = await list(maya, { course })
      expect(new Set(items.map((item) => item.course))).toEqual(new Set([course]))
      expect(total).toBe(sessions)
      sum += sessions
    }
    expect(sum).toBe((await list(maya)).total)
    expect((await list(maya, { course: 'CHEM' })).total).toBe(0)
  })

  test('of a time has what is planned to start from its first instant on and before its last', async () => {
    const whole = await list(maya)
    const starts = whole.items.map(({ scheduledStart }) => scheduledStart).toSorted()
    const [from, to] = [starts[4]!, starts[9]!]
    const within = await list(maya, { from, to })
    expect(within.items.map(({ scheduledStart }) => scheduledStart).toSorted()).toEqual(
      starts.filter((start) => from <= start && start < to),
    )
  })

  test('is sorted as it is asked for', async () => {
    const byTitle = titles((await list(maya, { sort: 'title', search: 'CHEM 232' })).items)
    expect(byTitle).toHaveLength(7)
    const lower = byTitle.map((title) => title.toLowerCase().replace(/[^a-z]/g, ''))
    expect(lower).toEqual(lower.toSorted())

    const byRating = (await list(maya, { sort: 'rating' })).items.map(({ rating }) => rating)
    const rated = byRating.filter((rating) => rating !== null)
    expect(rated.length).toBeGreaterThan(5)
    expect(byRating).toEqual([
      ...rated.toSorted((a, b) => b - a),
      ...byRating.filter((rating) => rating === null),
    ])

    const byPeople = (await list(maya, { sort: 'people' })).items.map((item) =>
      item.status === 'ended' ? item.attended : item.participantCount,
    )
    expect(byPeople[0]).toBeGreaterThan(5)
    expect(byPeople).toEqual(byPeople.toSorted((a, b) => b - a))
  })

  test('tells each person what they have rated themselves', async () => {
    const { id } = await create(maya, { title: 'Entropy' })
    await act(noah, 'joinLiveSession', id)
    const shown = async (token: string) => {
      const { items } = await list(token, { search: 'Entropy' })
      return items.map(({ tookPart, ownStars, attended, rating }) => ({
        tookPart,
        ownStars,
        attended,
        rating,
      }))[0]
    }
    expect(await shown(noah)).toEqual({ tookPart: true, ownStars: null, attended: 1, rating: null })
    await act(maya, 'endLiveSession', id)
    await call(server.url, noah, 'rateLiveSession', { params: { sessionId: id }, body: { stars: 4 } })
    expect(await shown(noah)).toEqual({ tookPart: true, ownStars: 4, attended: 1, rating: 4 })
    expect(await shown(maya)).toEqual({ tookPart: false, ownStars: null, attended: 1, rating: 4 })
  })
})

describe('the statistics', () => {
  test('count the sessions that are on, and everybody in a room once', async () => {
    const before = await statistics(maya)
    expect(before.liveNow).toBe((await list(maya)).counts.live)
    const chemistry = await sessionTitled(server.url, maya, CHEMISTRY)
    const other = await create(maya, { title: 'Second room' })
    for (const { id } of [chemistry, other]) await act(noah, 'joinLiveSession', id)
    await act(daniel, 'joinLiveSession', other.id)
    expect(await statistics(maya)).toMatchObject({
      liveNow: before.liveNow + 1,
      peopleNow: before.peopleNow + 2,
    })
    await act(noah, 'leaveLiveSession', chemistry.id)
    await act(maya, 'endLiveSession', other.id)
    expect(await statistics(maya)).toMatchObject({ liveNow: before.liveNow, peopleNow: before.peopleNow })
  })

  test('count what is planned in the week that is asked for', async () => {
    const [from, to] = [instant(100 * DAY), instant(107 * DAY)]
    expect((await statistics(maya, from, to)).plannedInWeek).toBe(0)
    await create(maya, { scheduledStart: from, scheduledEnd: instant(101 * DAY) })
    await create(maya, { scheduledStart: to, scheduledEnd: instant(108 * DAY) })
    // The first instant of a week belongs to it, that of the next does not; and everybody sees what is planned.
    for (const token of [maya, noah]) expect((await statistics(token, from, to)).plannedInWeek).toBe(1)
  })

  test('tell hosts how long they taught in seven days and how they were rated, and nobody else', async () => {
    const { items } = await list(maya, { whose: 'mine' })
    const own = items.filter(({ host }) => host.displayName === 'Maya Okafor')
    const now = Date.now()
    const taught = own
      .filter(({ startedAt }) => startedAt !== null)
      .map(({ startedAt, endedAt }) => {
        const begun = Math.max(Date.parse(startedAt!), now - 7 * DAY)
        return Math.max(0, Math.min(endedAt ? Date.parse(endedAt) : now, now) - begun)
      })
      .reduce((sum, length) => sum + length, 0)
    const mayas = await statistics(maya)
    expect(Math.abs(mayas.taughtSeconds - taught / 1000)).toBeLessThan(10)
    expect(mayas.taughtSeconds).toBeGreaterThan(0)
    expect(mayas.meanRating).toBeGreaterThan(3)
    expect(mayas.ratings).toBeGreaterThan(3)
    expect(await statistics(noah)).toMatchObject({ taughtSeconds: 0, meanRating: null, ratings: 0 })
  })

  test('of a week without an end are refused', async () => {
    const reply = await callReply(server.url, maya, 'sessionStatistics', { query: { from: instant(0) } })
    expectProblem(reply, 400, 'invalid-request')
  })
})

test('five thousand sessions are listed page by page, each once, and every page is there at once', async () => {
  const large = await demoServer()
  await large.close()
  const { db, close } = await large.openDatabase()
  await insertManySessions(db, 5000)
  await close()
  const again = await createServer(readSettings(large.environment))
  try {
    const { access_token: token } = await signIn(again.url)
    for (const sort of ['start', 'rating'] as const) {
      const ids: string[] = []
      const took: number[] = []
      let total = Infinity
      while (ids.length < total) {
        const began = performance.now()
        const page = await call(again.url, token, 'listLiveSessions', {
          query: { search: SERIES, sort, offset: String(ids.length), limit: '200' },
        })
        took.push(performance.now() - began)
        total = page.total
        ids.push(...page.items.map(({ id }) => id))
      }
      expect(total).toBe(5000)
      expect(new Set(ids).size).toBe(5000)
      console.log(`    a page by ${sort} in ${Math.round(took.toSorted((a, b) => a - b)[12]!)} ms`)
      // Not to measure, but to notice when a page reads the whole table once for each of its rows.
      expect(Math.min(...took)).toBeLessThan(1000)
    }
    const began = performance.now()
    await call(again.url, token, 'sessionStatistics', { query: { from: instant(0), to: instant(7 * DAY) } })
    await call(again.url, token, 'listCourses')
    console.log(`    statistics and courses in ${Math.round(performance.now() - began)} ms`)
  } finally {
    await again.close()
    await large.end()
  }
})
