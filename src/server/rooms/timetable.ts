/** Live sessions begin and end by their plan; but none ends while somebody is still in the room. */
import { readLiveSession } from './live-sessions.ts'
import type { RoomLog } from './room-log.ts'
import type { Db } from '../database/schema.ts'

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
    await log.change(id, async ({ tx, emit }) => {
      const begun = await tx
        .updateTable('live_sessions')
        .set(({ ref }) => ({ started_at: ref('scheduled_start') }))
        .where('id', '=', id)
        .where('started_at', 'is', null)
        .where('scheduled_start', '<=', now)
        .returning('id')
        .executeTakeFirst()
      const over = await tx
        .updateTable('live_sessions')
        .set({ ended_at: now })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where('scheduled_end', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('participants')
                .select('id')
                .where('session_id', '=', id)
                .where('left_at', 'is', null),
            ),
          ),
        )
        .returning('id')
        .executeTakeFirst()
      if (!begun && !over) return
      const { session } = await readLiveSession(tx, id, null)
      await emit(() => ({ type: 'session-changed', session }))
    })
  }
}
