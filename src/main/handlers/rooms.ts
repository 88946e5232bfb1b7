import type { WebContents } from 'electron'
import type { EventPayload } from '../../contract/ipc.ts'
import { succeed } from '../../contract/model.ts'
import type { Session } from '../../core/session.ts'
import type { Handlers } from '../ipc.ts'
import type { MutedRooms } from '../muted-rooms.ts'
import type { RoomAudience } from '../room-audience.ts'
import { withoutValue } from './without-value.ts'

export interface RoomHandlersOptions {
  readonly session: Session
  readonly audience: RoomAudience
  readonly mutedRooms: MutedRooms
  /** Tells the windows that show a room, but the one that wrote it. */
  readonly tellOfDraft: (change: EventPayload<'draft:changed'>, writer: WebContents) => void
}

type RoomChannel = Extract<keyof Handlers, `room:${string}` | `draft:${string}`>

/** What happens in a room, and what a person writes there. */
export function roomHandlers(options: RoomHandlersOptions): Pick<Handlers, RoomChannel> {
  const { session, audience, mutedRooms, tellOfDraft } = options
  return {
    'room:open': async ({ sessionId }, window) => {
      // First, so that no patch after the snapshot is missed; the page drops those the snapshot already has.
      const first = audience.follow(window, sessionId)
      const opened = await session.openRoom(sessionId)
      // A room that was open before stays on screen as it was, and is still followed.
      if (!opened.ok && first) audience.unfollow(window, sessionId)
      return opened
    },
    'room:close': ({ sessionId }, window) => {
      audience.unfollow(window, sessionId)
      return succeed(undefined)
    },
    'room:leave': async ({ sessionId }) => withoutValue(await session.leaveRoom(sessionId)),
    'room:post-message': ({ sessionId, text }) => session.postMessage(sessionId, text),
    'room:retry-message': async ({ sessionId, idempotencyKey }) =>
      withoutValue(await session.retryMessage(sessionId, idempotencyKey)),
    'room:discard-message': async ({ sessionId, idempotencyKey }) =>
      withoutValue(await session.discardMessage(sessionId, idempotencyKey)),
    'room:set-hand': async ({ sessionId, raised }) => withoutValue(await session.setHand(sessionId, raised)),
    'room:muted': ({ sessionId }) => succeed({ muted: mutedRooms.has(sessionId) }),
    'room:set-muted': async ({ sessionId, muted }) => withoutValue(await mutedRooms.set(sessionId, muted)),

    'draft:get': async ({ sessionId, kind }) => {
      const draft = await session.draft(sessionId, kind)
      return draft.ok ? succeed({ text: draft.value }) : draft
    },
    'draft:set': async (draft, window) => {
      const saved = await session.saveDraft(draft)
      const { sessionId, kind } = draft
      if (saved.ok) tellOfDraft({ sessionId, kind, text: saved.value }, window)
      return withoutValue(saved)
    },
  }
}
