/** What the assistant knows of a live session: read from the tables, and no more than the one who asks may know. */
import { sql } from 'kysely'
import type { Account, ChatMessage, LiveSession, Participant, Person } from '../../contract/model.ts'
import { maySeeAttendance } from '../rooms/attendance.ts'
import { readParticipants } from '../rooms/participants.ts'
import { readMessages } from '../rooms/chat.ts'
import { readLiveSession } from '../rooms/live-sessions.ts'
import { readLearners } from '../rooms/roster.ts'
import type { Db, Tx } from '../database/schema.ts'

export interface SessionFacts {
  readonly session: LiveSession
  /** In order of arrival. */
  readonly here: readonly Participant[]
  /** Were here and are not any more; whoever left last comes first. Nobody when the one who asks may not be told. */
  readonly gone: readonly (Person & { readonly leftAt: Date })[]
  /** Learners of this course who have not come to this session. Null when the one who asks may not be told. */
  readonly missing: Missing | null
  /** The last of the chat, in order. */
  readonly messages: readonly ChatMessage[]
}

/** By the roster of the course; or, where it has none, by who took part in its other sessions. */
export type Missing =
  | { readonly by: 'roster'; readonly enrolled: number; readonly learners: readonly Person[] }
  | {
      readonly by: 'other sessions'
      /** How many were looked at. */
      readonly sessions: number
      readonly learners: readonly (Person & { readonly tookPart: number })[]
    }

/** A course code comes back every term, with other people. */
const ONE_TERM = sql`interval '16 weeks'`
const MESSAGES = 300

/** @throws {Problem} `not-found`, or `forbidden` when the one who asks may not see this session */
export function readSessionFacts(db: Db, sessionId: string, asker: Account): Promise<SessionFacts> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const { session } = await readLiveSession(tx, sessionId, asker)
      const { items: messages } = await readMessages(tx, sessionId, { limit: MESSAGES })
      const tellsAttendance = maySeeAttendance(asker)
      return {
        session,
        here: await readParticipants(tx, sessionId),
        gone: tellsAttendance ? await readGone(tx, sessionId) : [],
        missing: tellsAttendance ? await readMissing(tx, session) : null,
        messages,
      }
    })
}

async function readGone(tx: Tx, sessionId: string): Promise<SessionFacts['gone']> {
  const rows = await tx
    .selectFrom('participants as stay')
    .innerJoin('accounts as account', 'account.id', 'stay.account_id')
    .select(['account.id', 'account.display_name', 'account.role'])
    .select(sql<Date>`max(stay.left_at)`.as('left_at'))
    .where('stay.session_id', '=', sessionId)
    .groupBy(['account.id', 'account.display_name', 'account.role'])
    .having(sql<boolean>`bool_and(stay.left_at is not null)`)
    .orderBy(sql`max(stay.left_at)`, 'desc')
    .orderBy('account.id')
    .execute()
  return rows.map(({ id, display_name, role, left_at }) => ({
    id,
    displayName: display_name,
    role,
    leftAt: left_at,
  }))
}

async function readMissing(tx: Tx, session: LiveSession): Promise<Missing> {
  const { id, course } = session
  if (course === '') return { by: 'other sessions', sessions: 0, learners: [] }
  const enrolled = await readLearners(tx, course)
  if (enrolled.length === 0) return missingByOtherSessions(tx, session)
  const came = await tx
    .selectFrom('participants')
    .select('account_id')
    .distinct()
    .where('session_id', '=', id)
    .execute()
  const ids = new Set(came.map(({ account_id }) => account_id))
  return {
    by: 'roster',
    enrolled: enrolled.length,
    learners: enrolled.filter((learner) => !ids.has(learner.id)),
  }
}

async function missingByOtherSessions(tx: Tx, session: LiveSession): Promise<Missing> {
  const { id, course, scheduledStart } = session
  const others = tx
    .selectFrom('live_sessions')
    .select('id')
    .where('course', '=', course)
    .where('id', '<>', id)
    .where('started_at', 'is not', null)
    .where('started_at', '<', new Date())
    .where('started_at', '>', sql<Date>`${new Date(scheduledStart)}::timestamptz - ${ONE_TERM}`)
  const { number } = await tx
    .selectFrom(others.as('other'))
    .select(sql<number>`count(*)::int`.as('number'))
    .executeTakeFirstOrThrow()
  const rows = await tx
    .selectFrom('participants as stay')
    .innerJoin('accounts as account', 'account.id', 'stay.account_id')
    .select(['account.id', 'account.display_name', 'account.role'])
    .select(sql<number>`count(distinct stay.session_id)::int`.as('took_part'))
    .where('account.role', '=', 'learner')
    .where('stay.session_id', 'in', others)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('participants as here')
            .select('here.id')
            .where('here.session_id', '=', id)
            .whereRef('here.account_id', '=', 'account.id'),
        ),
      ),
    )
    .groupBy(['account.id', 'account.display_name', 'account.role'])
    .orderBy('account.display_name')
    .execute()
  return {
    by: 'other sessions',
    sessions: number,
    learners: rows.map(({ id, display_name, role, took_part }) => ({
      id,
      displayName: display_name,
      role,
      tookPart: took_part,
    })),
  }
}
