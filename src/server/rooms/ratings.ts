/** How good a live session was, in the eyes of those who took part. */
import type { endpoints } from '../../contract/api.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import { readLiveSession, tellChanged } from './live-sessions.ts'
import type { RoomLog } from './room-log.ts'

export const ratingHandlers = (log: RoomLog): Handlers<Pick<typeof endpoints, 'rateLiveSession'>> => ({
  rateLiveSession: ({ params: { sessionId }, body: { stars }, caller: { account } }) =>
    log.change(sessionId, async (change) => {
      const { tx } = change
      const { session } = await readLiveSession(tx, sessionId, account)
      if (account.id === session.host.id) {
        throw new Problem('forbidden', 'A live session is rated by those who took part, not by its host.')
      }
      const tookPart = await tx
        .selectFrom('participants')
        .select('id')
        .where('account_id', '=', account.id)
        .where('session_id', '=', sessionId)
        .limit(1)
        .executeTakeFirst()
      if (!tookPart) throw new Problem('forbidden', 'Only those who took part can rate a live session.')
      if (!session.startedAt) {
        throw new Problem('conflict', 'This live session has not begun yet; it can be rated once it has.')
      }
      const changed = await tx
        .insertInto('ratings')
        .values({ session_id: sessionId, account_id: account.id, stars })
        .onConflict((conflict) =>
          conflict
            .columns(['session_id', 'account_id'])
            .doUpdateSet({ stars })
            .where('ratings.stars', '<>', stars),
        )
        .returning('stars')
        .executeTakeFirst()
      const { rating } = changed ? await tellChanged(change, sessionId) : session
      if (rating === null) throw new Error('a session that was just rated has no rating')
      return { stars, rating }
    }),
})
