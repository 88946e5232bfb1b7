/** Raised hands, in the order they went up. */
import { sql } from 'kysely'
import type { endpoints } from '../../contract/api.ts'
import type { Tx } from '../database/schema.ts'
import type { Handlers } from '../http/routes.ts'
import { notInRoom, readParticipant } from './participants.ts'
import { readAsHost } from './live-sessions.ts'
import type { RoomLog } from './room-log.ts'

const stayOf = (tx: Tx, sessionId: string, accountId: string) =>
  tx
    .updateTable('participants')
    .where('session_id', '=', sessionId)
    .where('account_id', '=', accountId)
    .where('left_at', 'is', null)
    .returning('id')

/** False when it is up already; then it keeps its place. */
async function raise(tx: Tx, sessionId: string, accountId: string): Promise<boolean> {
  // After every other, though another server's clock may have been ahead of this one's when it went up.
  const last = sql<Date>`(select max(other.hand_raised_at) from participants other
    where other.session_id = ${sessionId} and other.left_at is null)`
  const raised = await stayOf(tx, sessionId, accountId)
    .set({
      hand_raised_at: sql<Date>`greatest(${new Date()}::timestamptz, ${last} + interval '1 millisecond')`,
    })
    .where('hand_raised_at', 'is', null)
    .executeTakeFirst()
  return raised !== undefined
}

/** False when it is down already, or the person is not in the room. */
async function lower(tx: Tx, sessionId: string, accountId: string): Promise<boolean> {
  const lowered = await stayOf(tx, sessionId, accountId)
    .set({ hand_raised_at: null })
    .where('hand_raised_at', 'is not', null)
    .executeTakeFirst()
  return lowered !== undefined
}

type Served = Pick<typeof endpoints, 'setHand' | 'lowerHand'>

export const handHandlers = (log: RoomLog): Handlers<Served> => ({
  setHand: ({ params: { sessionId }, body: { raised }, caller: { account } }) =>
    log.change(sessionId, async ({ tx, room, emit }) => {
      const changed = await (raised ? raise : lower)(tx, sessionId, account.id)
      const participant = await readParticipant(tx, sessionId, account.id)
      if (!participant) throw notInRoom(room)
      if (changed) await emit(() => ({ type: 'participant-changed', participant }))
      return participant
    }),

  lowerHand: ({ params: { sessionId, accountId }, caller: { account } }) =>
    log.change(sessionId, async ({ tx, emit }) => {
      await readAsHost(tx, sessionId, account, 'take down the hand of somebody else')
      const lowered = await lower(tx, sessionId, accountId)
      const participant = lowered && (await readParticipant(tx, sessionId, accountId))
      if (participant) await emit(() => ({ type: 'participant-changed', participant }))
      return { lowered }
    }),
})
