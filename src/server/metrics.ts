/**
 * What the server counts, in the words of Prometheus, and the page it is read from. Whatever is counted is told by a
 * call where it happens; what there is at the moment is read when somebody asks. No label ever has a value that a client
 * can make up: routes are patterns, and what is not among the known is `other`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { WebSocket } from 'ws'
import { CLOSE } from '../contract/frames.ts'
import type { Job } from '../contract/jobs.ts'
import { LiveSessionStatus } from '../contract/model.ts'
import { streamEndpoints } from '../contract/streams.ts'
import type { Database } from './database/database.ts'
import type { RevokedReason } from './database/schema.ts'
import { Problem } from './http/problem.ts'
import { STREAM_TYPE } from './http/streams.ts'
import { sessionStatus } from './rooms/live-sessions.ts'
import type { RefusalReason } from './sign-in/token-families.ts'

type SignInOutcome = 'signed-in' | 'wrong-credentials' | 'rate-limited'
type RefreshOutcome = 'rotated' | 'replayed' | RefusalReason
type Cleaned = 'sign-ins' | 'tokens' | 'participants' | 'uploads' | 'objects' | 'jobs' | 'replies'
type SocketKind = 'room' | 'jobs'
/** `resumed`: after a cursor. `ahead`: its cursor is from a future that a restored backup does not have. */
type RoomOpening = 'fresh' | 'resumed' | 'ahead'
type EventWay = 'live' | 'replayed'

export interface Metrics {
  signIn(outcome: SignInOutcome): void
  signInEnded(reason: RevokedReason): void
  refresh(outcome: RefreshOutcome): void
  cleaned(what: Cleaned, count: number): void
  choreFailed(chore: string): void
  /** Counts this socket until it closes, and then why it did. */
  socketOpened(kind: SocketKind, socket: WebSocket): void
  roomOpened(how: RoomOpening): void
  /** One event went to one client. */
  eventSent(way: EventWay): void
  /** @returns what is to be called when it has closed */
  streamOpened(name: string, resumed: boolean): () => void
  jobFinished(job: Pick<Job, 'order' | 'status' | 'startedAt' | 'finishedAt'>): void
  /** From now on every request of this app is counted and timed. */
  watchRequests(app: FastifyInstance): void
  /** All of it in Prometheus' text format. Takes no longer than a moment, whatever the database does. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** Seconds. A password takes 50 ms, a part of an upload as long as the line makes it. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const JOB_SECONDS = [0.5, 1, 5, 15, 60, 300, 900, 3600]
/** Whoever scrapes waits for 10 s by default, and then has nothing at all. */
const DATABASE_MS = 2000

/** Why a WebSocket closed, by its close code: our own, and RFC 6455 §7.4.1. */
const closeReasons = new Map<number, string>([
  ...Object.entries(CLOSE).map(([reason, code]) => [code, dashed(reason)] as const),
  [1000, 'normal'],
  [1001, 'going-away'],
  [1005, 'no-code'],
  [1006, 'lost'],
  [1009, 'too-big'],
  [1011, 'internal-error'],
  [1013, 'too-many'],
])

export function createMetrics({
  db,
  ownRows,
  pool,
  notices,
}: Pick<Database, 'db' | 'ownRows' | 'pool' | 'notices'>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  /** A counter that is there with 0 before the first time: an alert on its growth would miss that one otherwise. */
  function counter<L extends string>(
    name: string,
    help: string,
    labels: Readonly<Record<L, readonly string[]>>,
  ) {
    const labelNames = Object.keys(labels) as L[]
    const made = new Counter<L>({ name, help, labelNames, registers })
    for (const values of combinations(labels)) made.inc(values, 0)
    return made
  }

  const signIns = counter('lectern_sign_ins_total', 'Attempts to sign in with a password.', {
    outcome: ['signed-in', 'wrong-credentials', 'rate-limited'] satisfies SignInOutcome[],
  })
  const signInsEnded = counter(
    'lectern_sign_ins_ended_total',
    'Sign-ins that this server ended. `reused`: a spent refresh token was presented again, so two parties hold it.',
    { reason: ['signed-out', 'revoked', 'reused'] satisfies RevokedReason[] },
  )
  const refreshes = counter(
    'lectern_refreshes_total',
    'Answers of the token endpoint. `replayed`: the same request again, with the same answer.',
    {
      outcome: [
        'rotated',
        'replayed',
        'expired',
        'revoked',
        'reused',
        'superseded',
        'unknown',
        'signed-out',
      ] satisfies RefreshOutcome[],
    },
  )
  const cleanedUp = counter(
    'lectern_cleaned_up_total',
    'What was removed because nobody needed it any more.',
    {
      what: [
        'sign-ins',
        'tokens',
        'participants',
        'uploads',
        'objects',
        'jobs',
        'replies',
      ] satisfies Cleaned[],
    },
  )
  const choresFailed = new Counter({
    name: 'lectern_chores_failed_total',
    help: 'Rounds of the server that failed; each is tried again.',
    labelNames: ['chore'],
    registers,
  })

  const sockets = ['room', 'jobs'] satisfies SocketKind[]
  const openSockets = new Gauge({
    name: 'lectern_open_sockets',
    help: 'WebSockets of this server.',
    labelNames: ['socket'],
    registers,
  })
  for (const socket of sockets) openSockets.set({ socket }, 0)
  const socketsClosed = counter('lectern_sockets_closed_total', 'WebSockets that closed, and why.', {
    socket: sockets,
    reason: [...closeReasons.values(), 'other'],
  })
  const roomsOpened = counter(
    'lectern_rooms_opened_total',
    'Room sockets that were welcomed. `resumed`: a client came back with its cursor. `ahead`: with one that this database has not reached, as after a restored backup.',
    { cursor: ['fresh', 'resumed', 'ahead'] satisfies RoomOpening[] },
  )
  const eventsSent = counter(
    'lectern_room_events_sent_total',
    'Room events, once for each client they went to. `replayed`: read from the log for a client that was behind.',
    { way: ['live', 'replayed'] satisfies EventWay[] },
  )
  const streams = Object.keys(streamEndpoints)
  const openStreams = new Gauge({
    name: 'lectern_open_streams',
    help: 'Streams of server-sent events of this server.',
    labelNames: ['stream'],
    registers,
  })
  for (const stream of streams) openStreams.set({ stream }, 0)
  const streamsOpened = counter(
    'lectern_streams_opened_total',
    'Streams that began, or went on after an event.',
    {
      stream: streams,
      resumed: ['true', 'false'],
    },
  )

  const jobSeconds = new Histogram({
    name: 'lectern_job_duration_seconds',
    help: 'Jobs that this server finished, from their first begin to their end; one that never began took 0.',
    labelNames: ['kind', 'outcome'],
    buckets: JOB_SECONDS,
    registers,
  })
  const requestSeconds = new Histogram({
    name: 'lectern_http_request_duration_seconds',
    help: 'Requests, from their headers to the last byte of the answer. Streams and WebSockets are counted by themselves.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  })

  const ofDatabase = (name: string, help: string) =>
    new Gauge({ name, help: `${help} Of the whole database: the same on each of its servers.`, registers })
  const databaseUp = new Gauge({
    name: 'lectern_database_up',
    help: `Whether the database answered within ${DATABASE_MS / 1000} s just now.`,
    registers,
  })
  const liveSessions = new Gauge({
    name: 'lectern_live_sessions',
    help: 'Live sessions. Of the whole database: the same on each of its servers.',
    labelNames: ['status'],
    registers,
  })
  const participants = ofDatabase('lectern_participants', 'People in rooms.')
  const unfinishedJobs = ofDatabase('lectern_unfinished_jobs', 'Jobs that wait or are being done.')
  if (pool) {
    new Gauge({
      name: 'lectern_database_connections',
      help: 'Connections to PostgreSQL of this server, without the one that listens.',
      labelNames: ['state'],
      registers,
      collect() {
        this.set({ state: 'in-use' }, pool.totalCount - pool.idleCount)
        this.set({ state: 'idle' }, pool.idleCount)
      },
    })
    new Gauge({
      name: 'lectern_database_waiting',
      help: 'Requests that wait for a connection to PostgreSQL.',
      registers,
      collect() {
        this.set(pool.waitingCount)
      },
    })
    new Counter({
      name: 'lectern_notices_connections_lost_total',
      help: 'How often the connection broke, or could not be made, on which servers tell each other what changed.',
      registers,
      collect() {
        this.reset()
        this.inc(notices.lost())
      },
    })
  }

  async function countInDatabase() {
    const statuses = Object.fromEntries(LiveSessionStatus.options.map((status) => [status, 0]))
    const rows = await db
      .selectFrom('live_sessions as session')
      .select([sessionStatus.as('status'), sql<number>`count(*)::int`.as('number')])
      .groupBy(sessionStatus)
      .execute()
    for (const { status, number } of rows) statuses[status] = number
    const present = await sql<{ number: number }>`
      select count(*)::int as number from participants where left_at is null`.execute(db)
    const jobs = await ownRows.rounds((tx) =>
      sql<{ number: number }>`select count(*)::int as number from jobs where finished_at is null`.execute(tx),
    )
    return { statuses, present: present.rows[0]?.number ?? 0, jobs: jobs.rows[0]?.number ?? 0 }
  }

  async function lookAtDatabase(): Promise<void> {
    const counting = countInDatabase().catch(() => null)
    const counted = await Promise.race([counting, wait(DATABASE_MS, null, { ref: false })])
    databaseUp.set(counted ? 1 : 0)
    // No number at all is better than an old one.
    for (const status of LiveSessionStatus.options) liveSessions.remove({ status })
    for (const gauge of [participants, unfinishedJobs]) gauge.remove()
    if (!counted) return
    for (const [status, number] of Object.entries(counted.statuses)) liveSessions.set({ status }, number)
    participants.set(counted.present)
    unfinishedJobs.set(counted.jobs)
  }

  return {
    signIn: (outcome) => signIns.inc({ outcome }),
    signInEnded: (reason) => signInsEnded.inc({ reason }),
    refresh: (outcome) => refreshes.inc({ outcome }),
    cleaned: (what, count) => cleanedUp.inc({ what }, count),
    choreFailed: (chore) => choresFailed.inc({ chore }),

    socketOpened(socket, ws) {
      openSockets.inc({ socket })
      ws.once('close', (code) => {
        openSockets.dec({ socket })
        socketsClosed.inc({ socket, reason: closeReasons.get(code) ?? 'other' })
      })
    },
    roomOpened: (cursor) => roomsOpened.inc({ cursor }),
    eventSent: (way) => eventsSent.inc({ way }),

    streamOpened(stream, resumed) {
      streamsOpened.inc({ stream, resumed: String(resumed) })
      openStreams.inc({ stream })
      return () => openStreams.dec({ stream })
    },

    jobFinished({ order: { kind }, status: outcome, startedAt, finishedAt }) {
      const ms = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : 0
      jobSeconds.observe({ kind, outcome }, Math.max(0, ms) / 1000)
    },

    watchRequests(app) {
      app.addHook('onResponse', async (request, reply) => {
        if (request.ws || reply.getHeader('content-type') === STREAM_TYPE) return
        const { url: route } = request.routeOptions
        const method = route === undefined ? 'any' : request.method
        const status = `${Math.floor(reply.statusCode / 100)}xx`
        requestSeconds.observe({ method, route: route ?? 'none', status }, reply.elapsedTime / 1000)
      })
    },

    async page() {
      await lookAtDatabase()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

/** `helloTimeout` as `hello-timeout`. */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Every way to choose one value for each label. */
function combinations<L extends string>(labels: Readonly<Record<L, readonly string[]>>): Record<L, string>[] {
  return Object.entries<readonly string[]>(labels).reduce(
    (some, [label, values]) => some.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{} as Record<L, string>],
  )
}

/**
 * `/metrics`. With a token, for whoever says it; without one, for this machine only, and for everybody else the address
 * does not exist. A request that came by a proxy on this machine came from elsewhere.
 */
export function serveMetrics(app: FastifyInstance, metrics: Metrics, token: string | null): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (token === null && !isFromHere(request))
      throw new Problem('not-found', 'There is nothing at this address.')
    if (token !== null && !saysToken(request, token)) {
      throw new Problem('unauthenticated', 'Say LECTERN_METRICS_TOKEN as a bearer token.', {
        headers: { 'www-authenticate': 'Bearer realm="lectern metrics"' },
      })
    }
    const { contentType, text } = await metrics.page()
    return reply.type(contentType).send(text)
  })
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isFromHere({ headers, socket }: FastifyRequest): boolean {
  const { remoteAddress = '' } = socket
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in headers)
  return !forwarded && loopback.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4')
}

/** In a time that does not depend on how much of it is right. */
function saysToken({ headers }: FastifyRequest, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))
}
