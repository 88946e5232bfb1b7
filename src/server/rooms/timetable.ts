/** Live sessions begin and end by their plan; but none ends while somebody is still in the room. */
import type { Db } from '../database/schema.ts'
import { end } from './hosting.ts'
import { tellChanged } from './live-sessions.ts'
import type { RoomLog } from './room-log.ts'

export async function keepTimetable(db: Db, log: RoomLog, now: Date): Promise<void> {
  const due = await db
    .selectFrom('live_sessions')
    .select('id')
    .where('ended_at', 'is', null)
    .where((where) =>
      where.or([
        where.and([where('started_at', 'is', null), where('scheduled_start', '<=', now)]),
        where('scheduled_end', '<=', now),
      ]),
    )
    .execute()

  for (const { id } of due) {
    await log.change(id, async (change) => {
      // Looked at again, in the room's line: a host may have been faster, or another server.
      const session = await change.tx
        .selectFrom('live_sessions')
        .select(['started_at', 'ended_at', 'scheduled_start', 'scheduled_end'])
        .select(({ exists, selectFrom }) =>
          exists(
            selectFrom('participants')
              .select('id')
              .whereRef('session_id', '=', 'live_sessions.id')
              .where('left_at', 'is', null),
          ).as('somebody'),
        )
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      if (session.ended_at !== null) return
      const begins = session.started_at === null && session.scheduled_start <= now
      if (begins) {
        await change.tx
          .updateTable('live_sessions')
          .set(({ ref }) => ({ started_at: ref('scheduled_start') }))
          .where('id', '=', id)
          .execute()
      }
      if (session.scheduled_end <= now && !session.somebody) await end(change, id, now)
      else if (begins) await tellChanged(change, id)
    })
  }
}
