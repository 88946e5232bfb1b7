/** Who is in a room: entering, leaving, "still here", and being taken out after silence. */
import { randomUUID } from 'node:crypto'
import type { endpoints } from '../../contract/api.ts'
import { MAX_FRAME_BYTES } from '../../contract/frames.ts'
import type { Account, Participant, Presence } from '../../contract/model.ts'
import { readLiveSession } from './live-sessions.ts'
import { Problem } from '../http/problem.ts'
import type { RoomChange, RoomLog } from './room-log.ts'
import type { Handlers } from '../http/routes.ts'
import type { Db, Tx } from '../database/schema.ts'
import type { Caller } from '../sign-in/token-families.ts'

/** The first frame of a room’s socket names everybody in it, with some 300 characters for each at most. */
export const ROOM_CAPACITY = Math.floor(MAX_FRAME_BYTES / 300)

const present = (account: Account, joinedAt: Date, presence: Presence): Participant => ({
  id: account.id,
  displayName: account.displayName,
  role: account.role,
  joinedAt: joinedAt.toISOString(),
  presence,
})

/** Each person once, in order of arrival. */
export async function readParticipants(db: Db | Tx, sessionId: string): Promise<Participant[]> {
  const rows = await db
    .selectFrom('participants as stay')
    .innerJoin('accounts as account', 'account.id', 'stay.account_id')
    .select(['account.id', 'account.display_name', 'account.role', 'stay.joined_at', 'stay.presence'])
    .where('stay.session_id', '=', sessionId)
    .where('stay.left_at', 'is', null)
    .orderBy('stay.joined_at')
    .orderBy('account.id')
    .execute()
  return rows.map(({ id, display_name, role, joined_at, presence }) => ({
    id,
    displayName: display_name,
    role,
    joinedAt: joined_at.toISOString(),
    presence,
  }))
}

async function countPresent(db: Db | Tx, sessionId: string): Promise<number> {
  const { number } = await db
    .selectFrom('participants')
    .select(({ fn }) => fn.countAll<number | string>().as('number'))
    .where('session_id', '=', sessionId)
    .where('left_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(number)
}

/** Notes which sign-in keeps this stay. */
async function keepStay(tx: Tx, stayId: string, familyId: string): Promise<void> {
  const heard = { heard_at: new Date() }
  await tx
    .insertInto('stay_families')
    .values({ stay_id: stayId, family_id: familyId, ...heard })
    .onConflict((conflict) => conflict.columns(['stay_id', 'family_id']).doUpdateSet(heard))
    .execute()
}

/** Notes that the account was heard of. Null when it is not in the room. */
async function hear(
  { tx, emit }: RoomChange,
  sessionId: string,
  { account, familyId }: Caller,
  presence: Presence,
): Promise<Participant | null> {
  const stay = await tx
    .selectFrom('participants')
    .select(['id', 'joined_at', 'presence'])
    .where('session_id', '=', sessionId)
    .where('account_id', '=', account.id)
    .where('left_at', 'is', null)
    .executeTakeFirst()
  if (!stay) return null
  await tx
    .updateTable('participants')
    .set({ last_seen_at: new Date(), presence })
    .where('id', '=', stay.id)
    .execute()
  await keepStay(tx, stay.id, familyId)
  const participant = present(account, stay.joined_at, presence)
  if (stay.presence !== presence) await emit(() => ({ type: 'participant-changed', participant }))
  return participant
}

async function enter(change: RoomChange, sessionId: string, caller: Caller): Promise<Participant> {
  const { tx, emit } = change
  const { account } = caller
  const now = new Date()
  const inserted = await tx
    .insertInto('participants')
    .values({
      id: randomUUID(),
      session_id: sessionId,
      account_id: account.id,
      joined_at: now,
      left_at: null,
      last_seen_at: now,
      presence: 'here',
    })
    .onConflict((conflict) =>
      conflict.columns(['session_id', 'account_id']).where('left_at', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  if (!inserted) {
    const known = await hear(change, sessionId, caller, 'here')
    if (known) return known
  } else {
    await keepStay(tx, inserted.id, caller.familyId)
  }
  if ((await countPresent(tx, sessionId)) > ROOM_CAPACITY) {
    throw new Problem('conflict', `This room is full: it holds ${ROOM_CAPACITY} people.`)
  }
  const participant = present(account, now, 'here')
  await emit(() => ({ type: 'participant-joined', participant }))
  return participant
}

type Served = Pick<
  typeof endpoints,
  'joinLiveSession' | 'leaveLiveSession' | 'heartbeat' | 'listParticipants'
>

export const attendanceHandlers = (db: Db, log: RoomLog): Handlers<Served> => ({
  joinLiveSession: ({ params: { sessionId }, caller }) =>
    log.change(sessionId, async (change) => {
      const { account } = caller
      await readLiveSession(change.tx, sessionId, account)
      if (change.room.hasEnded) {
        throw new Problem('conflict', 'This live session has ended; its room can no longer be entered.')
      }
      const participant = await enter(change, sessionId, caller)
      const { session } = await readLiveSession(change.tx, sessionId, account)
      return { participant, session }
    }),

  leaveLiveSession: ({ params: { sessionId }, caller: { account } }) =>
    log.change(sessionId, async ({ tx, emit }) => {
      const left = await tx
        .updateTable('participants')
        .set({ left_at: new Date() })
        .where('session_id', '=', sessionId)
        .where('account_id', '=', account.id)
        .where('left_at', 'is', null)
        .returning('id')
        .executeTakeFirst()
      if (left) await emit(() => ({ type: 'participant-left', accountId: account.id }))
      return { left: left !== undefined }
    }),

  heartbeat: ({ params: { sessionId }, body, caller }) =>
    log.change(sessionId, async (change) => {
      if (!(await hear(change, sessionId, caller, body.presence))) {
        throw new Problem('conflict', 'You are no longer in this room. Enter it again.')
      }
      return {
        participantCount: await countPresent(change.tx, sessionId),
        serverTime: new Date().toISOString(),
      }
    }),

  async listParticipants({ params: { sessionId }, caller: { account } }) {
    await readLiveSession(db, sessionId, account)
    return { items: await readParticipants(db, sessionId) }
  },
})

/** Takes everybody out of their rooms who was last heard of before this moment. */
export async function sweep(db: Db, log: RoomLog, silentSince: Date): Promise<void> {
  const rooms = await db
    .selectFrom('participants')
    .select('session_id')
    .distinct()
    .where('left_at', 'is', null)
    .where('last_seen_at', '<', silentSince)
    .execute()
  for (const { session_id: sessionId } of rooms) {
    await log.change(sessionId, async ({ tx, emit }) => {
      const gone = await tx
        .updateTable('participants')
        .set({ left_at: new Date() })
        .where('session_id', '=', sessionId)
        .where('left_at', 'is', null)
        .where('last_seen_at', '<', silentSince)
        .returning('account_id')
        .execute()
      for (const { account_id: accountId } of gone) {
        await emit(() => ({ type: 'participant-left', accountId }))
      }
    })
  }
}

/**
 * Takes a person out of every room this sign-in was the only one to keep them in. Another one of theirs keeps them if
 * it was heard of since the given moment.
 */
export async function leaveRoomsOf(db: Db, log: RoomLog, familyId: string, silentSince: Date): Promise<void> {
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
      const left = await tx
        .updateTable('participants')
        .set({ left_at: new Date() })
        .where('id', '=', id)
        .where('left_at', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('stay_families')
                .select('family_id')
                .where('stay_id', '=', id)
                .where('heard_at', '>=', silentSince),
            ),
          ),
        )
        .returning('id')
        .executeTakeFirst()
      if (left) await emit(() => ({ type: 'participant-left', accountId }))
    })
  }
}
