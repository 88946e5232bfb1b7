/**
 * What happened in each room, in order and without gaps: the one way to change a room.
 *
 * A change locks the room's row, so changes of one room are in line; each event takes the next seq in the same
 * transaction as what it tells of, so neither exists without the other; listeners hear of it after the commit.
 * Nothing is ever taken out of the log: whatever cursor a client comes back with, the rest is there.
 */
import { EventEmitter } from 'node:events'
import { RoomEvent } from '../../contract/frames.ts'
import { Problem } from '../http/problem.ts'
import type { Db, Tx } from '../database/schema.ts'

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
  /** Every event of this room committed from now on. Returns what undoes it. */
  follow(sessionId: string, listener: (stored: StoredEvent) => void): () => void
}

export const noSuchSession = () => new Problem('not-found', 'There is no such live session.')

export function createRoomLog(db: Db): RoomLog {
  const committed = new EventEmitter().setMaxListeners(0)

  return {
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
      for (const stored of emitted) committed.emit(sessionId, stored)
      return result
    },

    async after(sessionId, seq, limit) {
      const rows = await db
        .selectFrom('room_events')
        .select(['seq', 'event'])
        .where('session_id', '=', sessionId)
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ seq: row.seq, event: RoomEvent.parse(row.event) }))
    },

    follow(sessionId, listener) {
      committed.on(sessionId, listener)
      return () => committed.off(sessionId, listener)
    },
  }
}
