/**
 * What happened in each room, in order and without gaps: the one way to change a room.
 *
 * A change locks the room's row, so changes of one room are in line; each event takes the next seq in the same
 * transaction as what it tells of, so neither exists without the other; listeners hear of it after the commit.
 * Nothing is ever taken out of the log: whatever cursor a client comes back with, the rest is there.
 *
 * Another server on the same database may be the one that changes a room. It says so (notices.ts), and whoever follows
 * that room here is told from the log; should the hint be lost, the next doubt finds it.
 */
import { EventEmitter } from 'node:events'
import { RoomEvent } from '../../contract/frames.ts'
import { lookWhenTold, type Notices } from '../database/notices.ts'
import type { Db, Tx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'

export interface StoredEvent {
  readonly seq: number
  readonly event: RoomEvent
}

export interface RoomChange {
  readonly tx: Tx
  readonly room: { readonly hasEnded: boolean }
  /** @param make gets the seq the event will have */
  emit<E extends RoomEvent>(make: (seq: number) => E): Promise<E>
}

export interface RoomLog {
  /** @throws {Problem} `not-found` when there is no such live session */
  change<T>(sessionId: string, work: (change: RoomChange) => Promise<T>): Promise<T>
  /** In order, `limit` at most. */
  after(sessionId: string, seq: number, limit: number): Promise<StoredEvent[]>
  /** Events of this room committed from now on, in order; after a gap ask `after`. Returns what undoes it. */
  follow(sessionId: string, listener: (stored: StoredEvent) => void): () => void
}

export const noSuchSession = () => new Problem('not-found', 'There is no such live session.')

const PAGE = 200

export function createRoomLog(db: Db, notices: Notices, failed: (error: unknown) => void): RoomLog {
  const followers = new EventEmitter<Record<string, [StoredEvent]>>().setMaxListeners(0)
  /** The last event told to those who follow a room; null before the first. */
  const told = new Map<string, number | null>()

  function tell(sessionId: string, stored: StoredEvent): void {
    const last = told.get(sessionId)
    // Nobody follows it, or it was told: two servers' events reach this one by two ways.
    if (last === undefined || (last !== null && stored.seq <= last)) return
    told.set(sessionId, stored.seq)
    followers.emit(sessionId, stored)
  }

  async function after(sessionId: string, seq: number, limit: number): Promise<StoredEvent[]> {
    const rows = await db
      .selectFrom('room_events')
      .select(['seq', 'event'])
      .where('session_id', '=', sessionId)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute()
    return rows.map((row) => ({ seq: row.seq, event: RoomEvent.parse(row.event) }))
  }

  /** Tells what another server has committed. */
  async function look(sessionIds: readonly string[] | null): Promise<void> {
    const followed = (sessionIds ?? [...told.keys()]).filter((id) => told.has(id))
    if (followed.length === 0) return
    const rooms = await db
      .selectFrom('live_sessions')
      .select(['id', 'last_seq'])
      .where('id', 'in', followed)
      .execute()
    await Promise.all(rooms.map(({ id, last_seq }) => tellUpTo(id, last_seq)))
  }

  /** Whoever follows without having heard anything gets only the last event. */
  async function tellUpTo(sessionId: string, last: number): Promise<void> {
    for (;;) {
      const known = told.get(sessionId)
      if (known === undefined || (known ?? 0) >= last) return
      const missed = await after(sessionId, known ?? last - 1, PAGE)
      if (missed.length === 0) return
      for (const stored of missed) tell(sessionId, stored)
    }
  }

  lookWhenTold(notices, 'room', look, failed)

  return {
    after,

    async change(sessionId, work) {
      const emitted: StoredEvent[] = []
      const result = await db.transaction().execute(async (tx) => {
        const room = await tx
          .selectFrom('live_sessions')
          .select(['ended_at', 'last_seq'])
          .where('id', '=', sessionId)
          .forUpdate()
          .executeTakeFirst()
        if (!room) throw noSuchSession()
        let seq = room.last_seq
        const emit: RoomChange['emit'] = async (make) => {
          seq++
          const event = make(seq)
          await tx
            .insertInto('room_events')
            .values({ session_id: sessionId, seq, event: JSON.stringify(event), at: new Date() })
            .execute()
          await tx.updateTable('live_sessions').set({ last_seq: seq }).where('id', '=', sessionId).execute()
          emitted.push({ seq, event })
          return event
        }
        return work({ tx, room: { hasEnded: room.ended_at !== null }, emit })
      })
      for (const stored of emitted) tell(sessionId, stored)
      if (emitted.length > 0) notices.tell('room', sessionId)
      return result
    },

    follow(sessionId, listener) {
      followers.on(sessionId, listener)
      if (!told.has(sessionId)) told.set(sessionId, null)
      return () => {
        followers.off(sessionId, listener)
        if (followers.listenerCount(sessionId) === 0) told.delete(sessionId)
      }
    },
  }
}
