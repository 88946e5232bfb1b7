/** A live session as an account sees it, and who may see which. */
import { sql } from 'kysely'
import type { endpoints } from '../../contract/api.ts'
import type { Account, LiveSession, LiveSessionStatus } from '../../contract/model.ts'
import { Problem } from '../http/problem.ts'
import { noSuchSession, type RoomChange } from './room-log.ts'
import type { Handlers } from '../http/routes.ts'
import type { Db, Tx } from '../database/schema.ts'

export const sessionStatus = sql<LiveSessionStatus>`case
  when session.ended_at is not null then 'ended'
  when session.started_at is not null then 'live'
  else 'upcoming' end`

/** Staff see the whole school. Learners see what is on or to come, and what they took part in. */
export const visibleTo = ({ id, role }: Account) =>
  role === 'learner'
    ? sql<boolean>`(session.ended_at is null or exists (
        select from participants p where p.session_id = session.id and p.account_id = ${id}))`
    : sql<boolean>`true`

/** @param viewer null: the server itself looks */
export function selectSessions(db: Db | Tx, viewer: Account | null) {
  return db
    .selectFrom('live_sessions as session')
    .innerJoin('accounts as host', 'host.id', 'session.host_id')
    .select([
      'session.id',
      'session.title',
      'session.course',
      'session.description',
      'session.scheduled_start',
      'session.scheduled_end',
      'session.started_at',
      'session.ended_at',
      'session.last_seq',
      'host.id as host_id',
      'host.display_name as host_name',
      'host.role as host_role',
    ])
    .select([sessionStatus.as('status'), (viewer ? visibleTo(viewer) : sql<boolean>`true`).as('visible')])
}

type Row = Awaited<ReturnType<ReturnType<typeof selectSessions>['executeTakeFirstOrThrow']>>

export function presentSession(row: Row, participantCount: number, rating: number | null): LiveSession {
  return {
    id: row.id,
    title: row.title,
    course: row.course,
    description: row.description,
    status: row.status,
    scheduledStart: row.scheduled_start.toISOString(),
    scheduledEnd: row.scheduled_end.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    host: { id: row.host_id, displayName: row.host_name, role: row.host_role },
    participantCount,
    rating,
  }
}

/**
 * @param viewer null: the server itself looks
 * @throws {Problem} `not-found`, or `forbidden` when the viewer may not see it
 */
export async function readLiveSession(
  db: Db | Tx,
  sessionId: string,
  viewer: Account | null,
): Promise<{ session: LiveSession; lastSeq: number }> {
  const row = await selectSessions(db, viewer)
    .select([
      sql<number>`(select count(*)::int from participants p
        where p.session_id = session.id and p.left_at is null)`.as('participant_count'),
      sql<number | null>`(select avg(r.stars)::float8 from ratings r where r.session_id = session.id)`.as(
        'rating',
      ),
    ])
    .where('session.id', '=', sessionId)
    .executeTakeFirst()
  if (!row) throw noSuchSession()
  if (!row.visible) throw new Problem('forbidden', 'You did not take part in this live session.')
  return { session: presentSession(row, row.participant_count, row.rating), lastSeq: row.last_seq }
}

/**
 * For what only the host and administrators may do.
 *
 * @param what such as `end it`
 * @throws {Problem} `not-found`, or `forbidden` when the account is neither
 */
export async function readAsHost(
  tx: Tx,
  sessionId: string,
  account: Account,
  what: string,
): Promise<LiveSession> {
  const { session } = await readLiveSession(tx, sessionId, account)
  if (account.role !== 'admin' && account.id !== session.host.id) {
    throw new Problem('forbidden', `Only the host of a live session and administrators can ${what}.`)
  }
  return session
}

/** Tells the room, and so everybody who sees the session's card, how it is now. */
export async function tellChanged({ tx, emit }: RoomChange, sessionId: string): Promise<LiveSession> {
  const { session } = await readLiveSession(tx, sessionId, null)
  await emit(() => ({ type: 'session-changed', session }))
  return session
}

export const liveSessionHandlers = (db: Db): Handlers<Pick<typeof endpoints, 'getLiveSession'>> => ({
  async getLiveSession({ params, caller }) {
    return (await readLiveSession(db, params.sessionId, caller.account)).session
  },
})
