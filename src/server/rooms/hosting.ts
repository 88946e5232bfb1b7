/** What a host does with a live session: plan it, plan it otherwise, begin it, end it. */
import { randomUUID } from 'node:crypto'
import type { endpoints } from '../../contract/api.ts'
import type { LiveSession, LiveSessionPlan } from '../../contract/model.ts'
import type { Db } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import { endStays } from './participants.ts'
import { readAsHost, readLiveSession, tellChanged } from './live-sessions.ts'
import type { RoomChange, RoomLog } from './room-log.ts'

/** Whoever plans a session that is on already began it a moment ago, and not last week. */
const LONGEST_PAST_MS = 24 * 3600_000

/** @param before what was planned until now; what stays as it is needs no second look */
function refuseTimes(plan: LiveSessionPlan, before: LiveSession | null, now: Date): void {
  const start = Date.parse(plan.scheduledStart)
  const end = Date.parse(plan.scheduledEnd)
  const startMoves = !before || start !== Date.parse(before.scheduledStart)
  const endMoves = !before || end !== Date.parse(before.scheduledEnd)
  if (startMoves && before?.startedAt) {
    throw new Problem('conflict', 'This live session has begun; only its planned end can still be moved.')
  }
  if (startMoves && start < now.getTime() - LONGEST_PAST_MS) {
    throw new Problem('conflict', 'The planned start is more than a day ago. Choose a later one.')
  }
  if (endMoves && end <= now.getTime()) {
    throw new Problem('conflict', 'The planned end has passed already. Choose a later one.')
  }
}

/** What is due when it is planned begins at once. */
const startOf = ({ scheduledStart }: LiveSessionPlan, now: Date): Date | null =>
  Date.parse(scheduledStart) <= now.getTime() ? now : null

const columnsOf = (plan: LiveSessionPlan) => ({
  title: plan.title,
  course: plan.course,
  description: plan.description,
  scheduled_start: new Date(plan.scheduledStart),
  scheduled_end: new Date(plan.scheduledEnd),
})

const isPlannedSo = (session: LiveSession, plan: LiveSessionPlan) =>
  session.title === plan.title &&
  session.course === plan.course &&
  session.description === plan.description &&
  Date.parse(session.scheduledStart) === Date.parse(plan.scheduledStart) &&
  Date.parse(session.scheduledEnd) === Date.parse(plan.scheduledEnd)

/** Ends a session that has begun. Nobody is in its room any more, which no event says of each of them. */
export async function end(change: RoomChange, sessionId: string, now: Date): Promise<LiveSession> {
  await change.tx.updateTable('live_sessions').set({ ended_at: now }).where('id', '=', sessionId).execute()
  await endStays(change.tx, now).where('session_id', '=', sessionId).execute()
  return tellChanged(change, sessionId)
}

type Served = Pick<
  typeof endpoints,
  'createLiveSession' | 'changeLiveSession' | 'startLiveSession' | 'endLiveSession'
>

export const hostingHandlers = (db: Db, log: RoomLog): Handlers<Served> => ({
  createLiveSession: ({ body: plan, caller: { account }, idempotencyKey }) =>
    db.transaction().execute(async (tx) => {
      const planned = () =>
        tx
          .selectFrom('live_sessions')
          .select('id')
          .where('host_id', '=', account.id)
          .where('idempotency_key', '=', idempotencyKey)
          .executeTakeFirst()
      // Before anything is refused: what was planned once stays planned, also when its time is over.
      let known = await planned()
      if (!known) {
        if (account.role !== 'admin' && account.role !== 'instructor') {
          throw new Problem('forbidden', 'Only instructors and administrators can plan live sessions.')
        }
        const now = new Date()
        refuseTimes(plan, null, now)
        const row = { id: randomUUID(), host_id: account.id, idempotency_key: idempotencyKey }
        known = await tx
          .insertInto('live_sessions')
          .values({ ...row, ...columnsOf(plan), started_at: startOf(plan, now), ended_at: null })
          .onConflict((conflict) => conflict.columns(['host_id', 'idempotency_key']).doNothing())
          .returning('id')
          .executeTakeFirst()
        // The same request, sent twice at once.
        known ??= await planned()
      }
      if (!known) throw new Error('the session that was in the way is gone')
      return (await readLiveSession(tx, known.id, null)).session
    }),

  changeLiveSession: ({ params: { sessionId }, body: plan, caller: { account } }) =>
    log.change(sessionId, async (change) => {
      const session = await readAsHost(change.tx, sessionId, account, 'plan it otherwise')
      if (isPlannedSo(session, plan)) return session
      if (change.room.hasEnded) {
        throw new Problem('conflict', 'This live session has ended; its plan stays as it was.')
      }
      const now = new Date()
      refuseTimes(plan, session, now)
      await change.tx
        .updateTable('live_sessions')
        .set({ ...columnsOf(plan), ...(session.startedAt ? {} : { started_at: startOf(plan, now) }) })
        .where('id', '=', sessionId)
        .execute()
      return tellChanged(change, sessionId)
    }),

  startLiveSession: ({ params: { sessionId }, caller: { account } }) =>
    log.change(sessionId, async (change) => {
      const session = await readAsHost(change.tx, sessionId, account, 'begin it')
      if (change.room.hasEnded) {
        throw new Problem('conflict', 'This live session has ended. Plan another one.')
      }
      if (session.startedAt) return session
      await change.tx
        .updateTable('live_sessions')
        .set({ started_at: new Date() })
        .where('id', '=', sessionId)
        .execute()
      return tellChanged(change, sessionId)
    }),

  endLiveSession: ({ params: { sessionId }, caller: { account } }) =>
    log.change(sessionId, async (change) => {
      const session = await readAsHost(change.tx, sessionId, account, 'end it')
      if (change.room.hasEnded) return session
      if (!session.startedAt) {
        throw new Problem('conflict', 'This live session has not begun yet. Begin it, or plan it otherwise.')
      }
      return end(change, sessionId, new Date())
    }),
})
