/** Instants mean the same moment everywhere: whatever time zone the server's machine and its database are set to. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Instant } from '../../src/contract/model.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import type { Database } from '../../src/server/database/database.ts'
import {
  ask,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  newKey,
  onPostgres,
  say,
  sessionTitled,
  signIn,
  until,
  type TestServer,
} from './server-client.ts'

/** Half an hour of summer time; a quarter past; at midnight; a day left out; a month of winter time; and so on. */
const zones = [
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'America/St_Johns',
  'Europe/Dublin',
  'Asia/Kathmandu',
  'America/New_York',
]
const HOUR = 3600_000
const DAY = 24 * HOUR

const clocks = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }),
  ]),
)

/** Minutes the clocks of this zone are ahead of UTC at this moment. */
function offsetAt(zone: string, at: number): number {
  const parts = clocks.get(zone)!.formatToParts(at)
  const name = parts.find(({ type }) => type === 'timeZoneName')!.value
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name)!
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}

/** The moments at which the clocks of a zone are changed. */
function changesOf(zone: string, from: number, to: number): number[] {
  const changes: number[] = []
  for (let day = from; day < to; day += DAY) {
    let [low, high] = [day, day + DAY]
    if (offsetAt(zone, low) === offsetAt(zone, high)) continue
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offsetAt(zone, middle) === offsetAt(zone, low)) low = middle
      else high = middle
    }
    changes.push(high)
  }
  return changes
}

/** To the millisecond, within hours of a change of the clocks. */
const aroundChanges = (from: number, to: number) =>
  fc
    .tuple(
      fc.constantFrom(...zones.flatMap((zone) => changesOf(zone, from, to))),
      fc.oneof(
        fc.constantFrom(-HOUR, -HOUR / 2, -1, 0, 1, HOUR / 2, HOUR),
        fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
      ),
    )
    .map(([change, apart]) => change + apart)

const before = process.env['TZ']
/** Node reads it anew whenever it is set (https://nodejs.org/api/cli.html#tz). */
function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
}
afterEach(() => setZone(before))

test('the zones change their clocks, also by half an hour, and Apia once by a day', () => {
  const [from, to] = [Date.UTC(2011, 11, 1), Date.UTC(2012, 11, 1)]
  const jumps = (zone: string) =>
    changesOf(zone, from, to).map((at) => Math.abs(offsetAt(zone, at) - offsetAt(zone, at - 1)))
  expect(jumps('Australia/Lord_Howe')).toEqual([30, 30])
  expect(jumps('Pacific/Apia')).toContain(24 * 60)
  expect(jumps('Asia/Kathmandu')).toEqual([])
})

describe('in the database', () => {
  let server: TestServer
  let database: Database
  let familyId: string

  beforeAll(async () => {
    server = await demoServer()
    const { access_token: token } = await signIn(server.url)
    familyId = (await call(server.url, token, 'listDevices')).items[0]!.id
    await server.close()
    database = await server.openDatabase()
  })
  afterAll(async () => {
    await database.close()
    await server.end()
  })

  test('an instant comes back as it was, whatever zone this process and the connection are in', async () => {
    const everywhere = fc.record({
      process: fc.constantFrom(...zones),
      connection: fc.constantFrom(...zones),
      at: aroundChanges(Date.UTC(2000, 0), Date.UTC(2037, 0)),
    })
    await fc.assert(
      fc.asyncProperty(everywhere, async ({ process: zone, connection, at }) => {
        setZone(zone)
        expect(offsetAt(zone, at) + new Date(at).getTimezoneOffset()).toBe(0)
        const stored = await database.db.transaction().execute(async (tx) => {
          await sql`select set_config('TimeZone', ${connection}, true)`.execute(tx)
          await tx
            .updateTable('token_families')
            .set({ last_active_at: new Date(at) })
            .where('id', '=', familyId)
            .execute()
          return tx
            .selectFrom('token_families')
            .select('last_active_at')
            .select(sql<number>`(extract(epoch from last_active_at) * 1000)::float8`.as('epoch'))
            .where('id', '=', familyId)
            .where('last_active_at', '=', new Date(at))
            .executeTakeFirstOrThrow()
        })
        expect(stored.last_active_at.getTime()).toBe(at)
        expect(stored.epoch).toBe(at)
      }),
      { numRuns: 300 },
    )
  })
})

describe('over HTTP', () => {
  /** Everything in an answer that looks like a time. */
  function timesIn(answer: unknown): string[] {
    if (typeof answer === 'string') return /^[+-]?\d{4,6}-\d\d-\d\d/.test(answer) ? [answer] : []
    if (typeof answer !== 'object' || answer === null) return []
    return Object.values(answer).flatMap(timesIn)
  }

  test.each(['Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia'])(
    'a server in %s says when things are in UTC, to everybody alike',
    async (zone) => {
      setZone(zone)
      const first = await demoServer()
      if (onPostgres) {
        const { db, close } = await first.openDatabase()
        const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
        await sql`alter database ${sql.ref(rows[0]!.name)} set timezone to ${sql.lit(zone)}`.execute(db)
        await close()
      }
      // Connections from now on are in that zone; PGlite's are in UTC, whatever it is told.
      const server = onPostgres ? await createServer(readSettings(first.environment)) : first
      try {
        const { access_token: token } = await signIn(server.url)
        const now = Date.now()
        const plans = fc.tuple(
          aroundChanges(now + DAY, now + 9 * 365 * DAY),
          fc.integer({ min: 60_000, max: 4 * HOUR }),
        )
        await fc.assert(
          fc.asyncProperty(plans, async ([start, length]) => {
            const plan = {
              title: 'A lesson across a change of the clocks',
              course: 'CLOCK 101',
              description: '',
              scheduledStart: new Date(start).toISOString(),
              scheduledEnd: new Date(start + length).toISOString(),
            }
            const planned = await call(server.url, token, 'createLiveSession', { body: plan, key: newKey() })
            const read = await call(server.url, token, 'getLiveSession', {
              params: { sessionId: planned.id },
            })
            for (const session of [planned, read]) expect(session).toMatchObject(plan)
          }),
          { numRuns: 25 },
        )

        const { id: sessionId } = await sessionTitled(server.url, token, CHEMISTRY)
        const params = { sessionId }
        const socket = await enterSocket(server.url, sessionId, token)
        await call(server.url, token, 'joinLiveSession', { params })
        await say(server.url, token, sessionId, 'What time is it where you are?')
        socket.send({ type: 'reauth', accessToken: token })
        await socket.frame('reauth-ok')
        await until(() => socket.events.length >= 2, 'both events')
        const get = async (path: string) =>
          (await ask(server.url, 'GET', path, { headers: { authorization: `Bearer ${token}` } })).json
        const answers = {
          health: await get('/health'),
          session: await get('/auth/session'),
          verify: (await askJson(server.url, '/auth/verify', { access_token: token })).json,
          devices: await get('/auth/devices'),
          sessions: await get('/live-sessions'),
          participants: await get(`/live-sessions/${sessionId}/participants`),
          attendance: await get(`/live-sessions/${sessionId}/attendance`),
          messages: await get(`/live-sessions/${sessionId}/messages`),
          heartbeat: (await callReply(server.url, token, 'heartbeat', { params, body: { presence: 'here' } }))
            .json,
          frames: socket.frames,
        }
        socket.close()
        for (const [what, answer] of Object.entries(answers)) {
          const times = timesIn(answer)
          expect(times.length, what).toBeGreaterThan(0)
          for (const time of times) {
            Instant.parse(time)
            expect(time, what).toMatch(/Z$/)
          }
        }
        // What happens now happens now.
        const { time } = answers.health as { time: string }
        expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000)
      } finally {
        await server.close()
        await first.end()
      }
    },
  )
})
