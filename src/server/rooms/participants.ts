/** Who is in a room: entering, leaving, "still here". Who is taken out for being silent: silence.ts. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { endpoints } from '../../contract/api.ts'
import type { Participant, Presence } from '../../contract/model.ts'
import type { Db, Tx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import type { Caller } from '../sign-in/token-families.ts'
import { readLiveSession } from './live-sessions.ts'
import type { RoomChange, RoomLog } from './room-log.ts'

/** Whoever enters is told of everybody, and everybody of whoever enters: beyond this a room has no people but a crowd. */
export const ROOM_CAPACITY = 2000

/** By the database's clock: the server that takes somebody out for silence need not be the one that heard them. */
const heardNow = sql<Date>`clock_timestamp()`

const selectPresent = (db: Db | Tx, sessionId: string) =>
  db
    .selectFrom('participants as stay')
    .innerJoin('accounts as account', 'account.id', 'stay.account_id')
    .select(['account.id', 'account.display_name', 'account.role'])
    .select(['stay.joined_at', 'stay.presence', 'stay.hand_raised_at'])
    .where('stay.session_id', '=', sessionId)
    .where('stay.left_at', 'is', null)

type Row = Awaited<ReturnType<ReturnType<typeof selectPresent>['executeTakeFirstOrThrow']>>

const present = (row: Row): Participant => ({
  id: row.id,
  displayName: row.display_name,
  role: row.role,
  joinedAt: row.joined_at.toISOString(),
  presence: row.presence,
  handRaisedAt: row.hand_raised_at?.toISOString() ?? null,
})

/** Each person once, in order of arrival. */
export async function readParticipants(db: Db | Tx, sessionId: string): Promise<Participant[]> {
  const rows = await selectPresent(db, sessionId).orderBy('stay.joined_at').orderBy('account.id').execute()
  return rows.map(present)
}

/** Null when the person is not in the room. */
export async function readParticipant(
  db: Db | Tx,
  sessionId: string,
  accountId: string,
): Promise<Participant | null> {
  const row = await selectPresent(db, sessionId).where('account.id', '=', accountId).executeTakeFirst()
  return row ? present(row) : null
}

export const notInRoom = (room: RoomChange['room']) =>
  new Problem(
    'conflict',
    room.hasEnded ? 'This live session has ended.' : 'You are no longer in this room. Enter it again.',
  )

async function countPresent(db: Db | Tx, sessionId: string): Promise<number> {
  const { number } = await db
    .selectFrom('participants')
    .select(({ fn }) => fn.countAll<number | string>().as('number'))
    .where('session_id', '=', sessionId)
    .where('left_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(number)
}

/**
 * Ends stays, those that are not over yet; add which. A hand goes down with them. None ends before it began, also when
 * two servers' clocks differ.
 */
export const endStays = (tx: Tx, now: Date) =>
  tx
    .updateTable('participants')
    .set({ left_at: sql<Date>`greatest(joined_at, ${now}::timestamptz)`, hand_raised_at: null })
    .where('left_at', 'is', null)

/** Notes which sign-in keeps this stay. */
async function keepStay(db: Db | Tx, stayId: string, familyId: string): Promise<void> {
  await db
    .insertInto('stay_families')
    .values({ stay_id: stayId, family_id: familyId, heard_at: heardNow })
    .onConflict((conflict) => conflict.columns(['stay_id', 'family_id']).doUpdateSet({ heard_at: heardNow }))
    .execute()
}

const stayOf = (db: Db | Tx, sessionId: string, { account }: Caller) =>
  db
    .updateTable('participants')
    .where('session_id', '=', sessionId)
    .where('account_id', '=', account.id)
    .where('left_at', 'is', null)
    .returning('id')

/** Notes that somebody was heard of who is shown with this presence already. False when that is not so. */
async function hearSame(db: Db, sessionId: string, caller: Caller, presence: Presence): Promise<boolean> {
  const stay = await stayOf(db, sessionId, caller)
    .set({ last_seen_at: heardNow })
    .where('presence', '=', presence)
    .executeTakeFirst()
  if (stay) await keepStay(db, stay.id, caller.familyId)
  return stay !== undefined
}

/** Notes that somebody was heard of, and tells it if they were shown otherwise. Null when they are not in the room. */
async function hear(
  { tx, emit }: RoomChange,
  sessionId: string,
  caller: Caller,
  presence: Presence,
): Promise<Participant | null> {
  const before = await readParticipant(tx, sessionId, caller.account.id)
  const stay = await stayOf(tx, sessionId, caller)
    .set({ last_seen_at: heardNow, presence })
    .executeTakeFirst()
  if (!before || !stay) return null
  await keepStay(tx, stay.id, caller.familyId)
  const participant = { ...before, presence }
  if (before.presence !== presence) await emit(() => ({ type: 'participant-changed', participant }))
  return participant
}

async function enter(change: RoomChange, sessionId: string, caller: Caller): Promise<Participant> {
  const { tx, emit } = change
  const { id: accountId, displayName, role } = caller.account
  const now = new Date()
  const inserted = await tx
    .insertInto('participants')
    .values({
      id: randomUUID(),
      session_id: sessionId,
      account_id: accountId,
      joined_at: now,
      left_at: null,
      last_seen_at: heardNow,
      presence: 'here',
      hand_raised_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['session_id', 'account_id']).where('left_at', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  if (!inserted) {
    const known = await hear(change, sessionId, caller, 'here')
    if (!known) throw new Error('the stay that was in the way is gone')
    return known
  }
  await keepStay(tx, inserted.id, caller.familyId)
  if ((await countPresent(tx, sessionId)) > ROOM_CAPACITY) {
    throw new Problem('conflict', `This room is full: it holds ${ROOM_CAPACITY} people.`)
  }
  const participant: Participant = {
    id: accountId,
    displayName,
    role,
    joinedAt: now.toISOString(),
    presence: 'here',
    handRaisedAt: null,
  }
  await emit(() => ({ type: 'participant-joined', participant }))
  return participant
}

type Served = Pick<
  typeof endpoints,
  'joinLiveSession' | 'leaveLiveSession' | 'heartbeat' | 'listParticipants' | 'countParticipants'
>

export const participantHandlers = (db: Db, log: RoomLog): Handlers<Served> => ({
  joinLiveSession: ({ params: { sessionId }, caller }) =>
    log.change(sessionId, async (change) => {
      const { account } = caller
      if (change.room.hasEnded) {
        await readLiveSession(change.tx, sessionId, account)
        throw new Problem('conflict', 'This live session has ended; its room can no longer be entered.')
      }
      const participant = await enter(change, sessionId, caller)
      const { session } = await readLiveSession(change.tx, sessionId, account)
      return { participant, session }
    }),

  leaveLiveSession: ({ params: { sessionId }, caller: { account } }) =>
    log.change(sessionId, async ({ tx, emit }) => {
      const left = await endStays(tx, new Date())
        .where('session_id', '=', sessionId)
        .where('account_id', '=', account.id)
        .returning('id')
        .executeTakeFirst()
      if (left) await emit(() => ({ type: 'participant-left', accountId: account.id }))
      return { left: left !== undefined }
    }),

  async heartbeat({ params: { sessionId }, body: { presence }, caller }) {
    // Nearly always nothing is to be told to anybody: no reason to wait in the room's line.
    if (!(await hearSame(db, sessionId, caller, presence))) {
      await log.change(sessionId, async (change) => {
        if (!(await hear(change, sessionId, caller, presence))) throw notInRoom(change.room)
      })
    }
    return { participantCount: await countPresent(db, sessionId), serverTime: new Date().toISOString() }
  },

  async listParticipants({ params: { sessionId }, caller: { account } }) {
    await readLiveSession(db, sessionId, account)
    return { items: await readParticipants(db, sessionId) }
  },

  async countParticipants({ params: { sessionId }, caller: { account } }) {
    const { session } = await readLiveSession(db, sessionId, account)
    return { participantCount: session.participantCount }
  },
})
