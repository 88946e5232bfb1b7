import { createStore, type StoreApi } from 'zustand'
import type { Failure, Result, RoomState } from '../../../contract/model.ts'
import type { RoomFollowing, SessionClient } from '../../session-client.ts'
import {
  newestOf,
  nothingHeld,
  withEarlier,
  withLater,
  withNewest,
  type MessageWindow,
} from './message-window.ts'
import { read, startedReading, type Reading, type ReadingEvent } from './reading.ts'
import { goneAfter, rosterChange, type Gone, type RosterChange } from './roster.ts'

export interface Room {
  /** `left` only when this window asked for it. */
  readonly status: 'opening' | 'open' | 'failed' | 'left'
  /** The newest that is known; it stays when the room cannot be opened again. */
  readonly state: RoomState | null
  readonly failure: Failure | null
  /** The part of the chat this window holds. */
  readonly chat: MessageWindow
  /** Whether the newest message is on screen, as it is until a person scrolls up. */
  readonly atEnd: boolean
  readonly reading: Reading
  readonly gone: readonly Gone[]
  /** What changed among the people last; null before anything did. */
  readonly news: RosterChange | null
}

export interface RoomsState {
  readonly rooms: Readonly<Record<string, Room>>
  /** Follows the room from now on, also while another page is shown. */
  open(sessionId: string): void
  /** Joins it again, or tries once more what failed. */
  reopen(sessionId: string): void
  leave(sessionId: string): Promise<Result<void>>
  closeAll(): void
  /** The server answers again. `everything`: what was known before may be of an ended session. */
  catchUp(everything: boolean): void
  fetchEarlier(sessionId: string): Promise<Result<void>>
  /** What was said after the messages that are held, while a person read further up. */
  fetchLater(sessionId: string): Promise<Result<void>>
  /** Whatever is held, the newest messages are held now. */
  toNewest(sessionId: string): void
  setAtEnd(sessionId: string, atEnd: boolean): void
  read(sessionId: string, event: ReadingEvent): void
}

export type RoomsStore = StoreApi<RoomsState>

/** Messages of all rooms this window follows that the server has not confirmed. */
export const unsentCount = ({ rooms }: RoomsState) =>
  Object.values(rooms).reduce((sum, room) => sum + (room.state?.pending.length ?? 0), 0)

const opening: Room = {
  status: 'opening',
  state: null,
  failure: null,
  chat: nothingHeld,
  atEnd: true,
  reading: startedReading(0),
  gone: [],
  news: null,
}

/** Messages asked for at a time; as many as the server gives at most. */
const PAGE = 200

const done: Result<void> = { ok: true, value: undefined }

export function createRoomsStore(client: Pick<SessionClient, 'ask' | 'call' | 'followRoom'>): RoomsStore {
  const followings = new Map<string, RoomFollowing>()
  const fetching = new Map<string, Promise<Result<void>>>()

  return createStore<RoomsState>((set, get) => {
    const update = (sessionId: string, change: (room: Room) => Partial<Room>) =>
      set(({ rooms }) => {
        const room = rooms[sessionId]
        return room ? { rooms: { ...rooms, [sessionId]: { ...room, ...change(room) } } } : {}
      })

    const stopFollowing = (sessionId: string) => {
      followings.get(sessionId)?.stop()
      followings.delete(sessionId)
    }

    /** One fetch of a room at a time: a second one would ask for the same. */
    const once = (sessionId: string, fetch: () => Promise<Result<void>>) => {
      const under = fetching.get(sessionId) ?? fetch().finally(() => fetching.delete(sessionId))
      fetching.set(sessionId, under)
      return under
    }

    const messagesBefore = (sessionId: string, beforeSeq: number) =>
      client.call('listMessages', { params: { sessionId }, query: { beforeSeq, limit: PAGE } })

    return {
      rooms: {},

      open(sessionId) {
        if (followings.has(sessionId)) return
        set(({ rooms }) => ({ rooms: { ...rooms, [sessionId]: opening } }))
        followings.set(
          sessionId,
          client.followRoom(sessionId, {
            changed: (state) => update(sessionId, (room) => changedTo(room, state)),
            failed: (failure) => update(sessionId, () => ({ status: 'failed', failure })),
          }),
        )
      },

      reopen(sessionId) {
        const following = followings.get(sessionId)
        if (!following) return get().open(sessionId)
        update(sessionId, () => ({ status: 'opening', failure: null }))
        following.reopen()
      },

      async leave(sessionId) {
        const answer = await client.ask('room:leave', { sessionId })
        if (answer.ok) {
          stopFollowing(sessionId)
          update(sessionId, () => ({ status: 'left' }))
        }
        return answer
      },

      closeAll() {
        for (const sessionId of [...followings.keys()]) stopFollowing(sessionId)
        set({ rooms: {} })
      },

      catchUp(everything) {
        for (const [sessionId, following] of followings) {
          if (everything || get().rooms[sessionId]?.status === 'failed') following.reopen()
        }
      },

      fetchEarlier: (sessionId) =>
        once(sessionId, async () => {
          const { messages, hasEarlier } = get().rooms[sessionId]?.chat ?? nothingHeld
          const first = messages[0]
          if (!first || !hasEarlier) return done
          const answer = await messagesBefore(sessionId, first.seq)
          if (!answer.ok) return answer
          const { items, hasMore } = answer.value
          update(sessionId, ({ chat }) => ({ chat: withEarlier(chat, items, hasMore) }))
          return done
        }),

      fetchLater: (sessionId) =>
        once(sessionId, async () => {
          const { messages, hasLater } = get().rooms[sessionId]?.chat ?? nothingHeld
          const last = messages.at(-1)
          if (!last || !hasLater) return done
          // Between two messages, a room counts who came and went as well: a stretch may hold nothing that was said.
          for (let from = last.seq; ; from += PAGE) {
            const answer = await messagesBefore(sessionId, from + PAGE + 1)
            if (!answer.ok) return answer
            const { items } = answer.value
            const newest = get().rooms[sessionId]?.state?.lastSeq ?? 0
            if (!items.some(({ seq }) => seq > last.seq) && from + PAGE < newest) continue
            update(sessionId, ({ chat, state }) => (state ? { chat: withLater(chat, items, state) } : {}))
            return done
          }
        }),

      toNewest: (sessionId) =>
        update(sessionId, ({ chat, state }) => ({
          atEnd: true,
          chat: state && chat.hasLater ? newestOf(state) : chat,
        })),

      setAtEnd(sessionId, atEnd) {
        if (get().rooms[sessionId]?.atEnd !== atEnd) update(sessionId, () => ({ atEnd }))
      },

      read(sessionId, event) {
        const reading = get().rooms[sessionId]?.reading
        if (!reading) return
        const next = read(reading, event)
        if (next !== reading) update(sessionId, () => ({ reading: next }))
      },
    }
  })
}

function changedTo(room: Room, state: RoomState): Partial<Room> {
  const before = room.state
  const chat =
    before?.messages === state.messages && before.hasEarlier === state.hasEarlier
      ? room.chat
      : withNewest(room.chat, state, room.atEnd)
  // Only somebody who was shown can be missed: a room that opens, and one that ends, has no news of its people.
  const comparable = before !== null && before.participants.length > 0 && state.connection !== 'closed'
  const change =
    comparable && before.participants !== state.participants
      ? rosterChange(before.participants, state.participants)
      : null
  return {
    status: 'open',
    state,
    failure: null,
    chat,
    ...(before === null ? { reading: startedReading(state.messages.at(-1)?.seq ?? 0) } : {}),
    ...(change === null ? {} : { news: change, gone: goneAfter(room.gone, change, Date.now()) }),
  }
}
