import { createStore, type StoreApi } from 'zustand'
import type { ChatMessage, Failure, Result, RoomState } from '../../../contract/model.ts'
import type { RoomFollowing, SessionClient } from '../../session-client.ts'

export interface Room {
  /** `left` only when this window asked for it. */
  readonly status: 'opening' | 'open' | 'failed' | 'left'
  /** The newest that is known; it stays when the room cannot be opened again. */
  readonly state: RoomState | null
  readonly failure: Failure | null
  /** Messages before the first of `state`, fetched when a person asked for them. */
  readonly earlier: readonly ChatMessage[]
  /** Null until asked. */
  readonly hasEarlier: boolean | null
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
}

export type RoomsStore = StoreApi<RoomsState>

/** Messages of all rooms this window follows that the server has not confirmed. */
export const unsentCount = ({ rooms }: RoomsState) =>
  Object.values(rooms).reduce((sum, room) => sum + (room.state?.pending.length ?? 0), 0)

const opening: Room = { status: 'opening', state: null, failure: null, earlier: [], hasEarlier: null }

/** Messages asked for at a time; a room opens with as many. */
const PAGE = 100

/** Whether to offer earlier messages: a room that opened with fewer than a page has shown all it has. */
export const mayHaveEarlier = ({ hasEarlier, state }: Room) =>
  hasEarlier ?? (state?.messages.length ?? 0) >= PAGE

export function createRoomsStore(client: Pick<SessionClient, 'ask' | 'call' | 'followRoom'>): RoomsStore {
  const followings = new Map<string, RoomFollowing>()

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

    return {
      rooms: {},

      open(sessionId) {
        if (followings.has(sessionId)) return
        set(({ rooms }) => ({ rooms: { ...rooms, [sessionId]: opening } }))
        followings.set(
          sessionId,
          client.followRoom(sessionId, {
            changed: (state) => update(sessionId, () => ({ status: 'open', state, failure: null })),
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

      async fetchEarlier(sessionId) {
        const room = get().rooms[sessionId]
        const first = room?.earlier[0] ?? room?.state?.messages[0]
        if (!first) return { ok: true, value: undefined }
        const answer = await client.call('listMessages', {
          params: { sessionId },
          query: { beforeSeq: first.seq, limit: PAGE },
        })
        if (!answer.ok) return answer
        const { items, hasMore } = answer.value
        update(sessionId, ({ earlier }) => ({ earlier: [...items, ...earlier], hasEarlier: hasMore }))
        return { ok: true, value: undefined }
      },
    }
  })
}
