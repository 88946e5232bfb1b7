/**
 * Who has not been heard of: shown as away after a while, taken out of the room after a longer one. What one server
 * does, another may do at this moment: each room is changed in its line, and whoever comes second finds nothing to do.
 */
import { sql, type ExpressionBuilder } from 'kysely'
import type { endpoints } from '../../contract/api.ts'
import type { Db, Tables } from '../database/schema.ts'
import type { Handlers } from '../http/routes.ts'
import { endStays, readParticipant } from './participants.ts'
import { readAsHost } from './live-sessions.ts'
import type { RoomChange, RoomLog } from './room-log.ts'

export interface SilenceLimits {
  /** Milliseconds without a word after which somebody is shown as away. */
  readonly awayMs: number
  /** Milliseconds without a word after which somebody has left. */
  readonly goneMs: number
}

/** How many people. */
export interface Swept {
  readonly away: number
  readonly gone: number
}

export interface Silence {
  /** Looks through all rooms. To be called more often than `awayMs`. */
  sweep(): Promise<Swept>
  readonly handlers: Handlers<Pick<typeof endpoints, 'cleanupParticipants'>>
  /**
   * Takes a person out of every room that this sign-in, which has ended, was the only one to keep them in. Another one
   * of theirs keeps them unless it is silent.
   */
  leaveRoomsOf(familyId: string): Promise<void>
}

/** By the database's clock, as it is noted when somebody was heard of. */
const ago = (ms: number) => sql<Date>`clock_timestamp() - ${ms}::float8 * interval '1 millisecond'`

type Present = ExpressionBuilder<Tables, 'participants'>

/** @param removed hears how many people were taken out */
export function createSilence(
  db: Db,
  log: RoomLog,
  { awayMs, goneMs }: SilenceLimits,
  removed: (people: number) => void = () => undefined,
): Silence {
  let listeningSince = Date.now()
  let lookedAt = Date.now()

  const isSilent = (ms: number) => (where: Present) =>
    // Nobody could say anything to a server that was down: they get the full time to say so again.
    Date.now() - listeningSince < ms ? sql<boolean>`false` : where('last_seen_at', '<', ago(ms))
  const isGone = isSilent(goneMs)
  const isAway = (where: Present) => where.and([where('presence', '=', 'here'), isSilent(awayMs)(where)])

  async function sweepRoom({ tx, emit }: RoomChange, sessionId: string): Promise<Swept> {
    const gone = await endStays(tx, new Date())
      .where('session_id', '=', sessionId)
      .where(isGone)
      .returning('account_id')
      .execute()
    for (const { account_id: accountId } of gone) {
      await emit(() => ({ type: 'participant-left', accountId }))
    }
    const away = await tx
      .updateTable('participants')
      .set({ presence: 'away' })
      .where('session_id', '=', sessionId)
      .where('left_at', 'is', null)
      .where(isAway)
      .returning('account_id')
      .execute()
    for (const { account_id: accountId } of away) {
      const participant = await readParticipant(tx, sessionId, accountId)
      if (participant) await emit(() => ({ type: 'participant-changed', participant }))
    }
    return { away: away.length, gone: gone.length }
  }

  return {
    async sweep() {
      // Asleep, or without its database: this server heard as little as one that was down.
      if (Date.now() - lookedAt > awayMs) listeningSince = Date.now()
      const rooms = await db
        .selectFrom('participants')
        .select('session_id')
        .distinct()
        .where('left_at', 'is', null)
        .where((where) => where.or([isGone(where), isAway(where)]))
        .execute()
      let [away, gone] = [0, 0]
      for (const { session_id: sessionId } of rooms) {
        const swept = await log.change(sessionId, (change) => sweepRoom(change, sessionId))
        removed(swept.gone)
        away += swept.away
        gone += swept.gone
      }
      lookedAt = Date.now()
      return { away, gone }
    },

    handlers: {
      cleanupParticipants: ({ params: { sessionId }, caller: { account } }) =>
        log
          .change(sessionId, async (change) => {
            await readAsHost(change.tx, sessionId, account, 'clear its room')
            return sweepRoom(change, sessionId)
          })
          .then(({ gone }) => {
            removed(gone)
            return { removed: gone }
          }),
    },

    async leaveRoomsOf(familyId) {
      const stays = await db
        .selectFrom('stay_families as kept')
        .innerJoin('participants as stay', 'stay.id', 'kept.stay_id')
        .select(['stay.id', 'stay.session_id', 'stay.account_id'])
        .where('kept.family_id', '=', familyId)
        .where('stay.left_at', 'is', null)
        .execute()
      for (const { id, session_id: sessionId, account_id: accountId } of stays) {
        await log.change(sessionId, async ({ tx, emit }) => {
          await tx
            .deleteFrom('stay_families')
            .where('stay_id', '=', id)
            .where('family_id', '=', familyId)
            .execute()
          const left = await endStays(tx, new Date())
            .where('id', '=', id)
            .where(({ not, exists, selectFrom }) =>
              not(
                exists(
                  selectFrom('stay_families')
                    .select('family_id')
                    .where('stay_id', '=', id)
                    .where('heard_at', '>=', ago(goneMs)),
                ),
              ),
            )
            .returning('id')
            .executeTakeFirst()
          if (left) await emit(() => ({ type: 'participant-left', accountId }))
        })
      }
    },
  }
}
