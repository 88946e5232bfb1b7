/** How a room looks after something happened in it: pure functions from a state and an event to a patch. */
import type { RoomEvent } from '../contract/frames.ts'
import type { ChatMessage, LiveSession, Participant, RoomPatch, RoomState } from '../contract/model.ts'

/** Messages kept for a window that opens late; older ones come by the `listMessages` endpoint. */
const MAX_MESSAGES = 500

const nothing: RoomPatch = { set: {}, append: [] }

export function newRoom(session: LiveSession): RoomState {
  const connection = session.status === 'ended' ? 'closed' : 'connecting'
  return { session, connection, participants: [], messages: [], pending: [], lastSeq: 0 }
}

/** A patch for what the server says the room is now; messages come by events and by `messagesLoaded`. */
export function welcomed({
  session,
  participants,
}: {
  readonly session: LiveSession
  readonly participants: readonly Participant[]
}): RoomPatch {
  const connection = session.status === 'ended' ? 'closed' : 'live'
  return { set: { session, connection, participants: [...participants] }, append: [] }
}

/**
 * @param shownSeq the event up to which `participants` and `session` are already known from a welcome: a replayed
 *   event must not bring back somebody who has left since
 */
export function happened(state: RoomState, seq: number, event: RoomEvent, shownSeq: number): RoomPatch {
  const lastSeq = Math.max(state.lastSeq, seq)
  if (event.type === 'message-posted') return { set: { lastSeq }, append: newer(state, [event.message]) }
  if (seq <= shownSeq) return { set: { lastSeq }, append: [] }
  switch (event.type) {
    case 'participant-joined':
    case 'participant-changed':
      return { set: { lastSeq, ...roster(state, upsert(state.participants, event.participant)) }, append: [] }
    case 'participant-left':
      return {
        set: {
          lastSeq,
          ...roster(
            state,
            state.participants.filter(({ id }) => id !== event.accountId),
          ),
        },
        append: [],
      }
    case 'session-changed': {
      const connection = event.session.status === 'ended' ? 'closed' : state.connection
      return { set: { lastSeq, session: event.session, connection }, append: [] }
    }
  }
}

export function messagesLoaded(state: RoomState, messages: readonly ChatMessage[]): RoomPatch {
  const append = newer(state, messages)
  return append.length ? { set: {}, append } : nothing
}

export function applyPatch(state: RoomState, { set, append }: RoomPatch): RoomState {
  const messages = append.length ? [...state.messages, ...append].slice(-MAX_MESSAGES) : state.messages
  return { ...state, ...(set as Partial<RoomState>), messages }
}

/** The same person is in the room once, however often it was said that they came in. */
function upsert(participants: readonly Participant[], newcomer: Participant): Participant[] {
  const known = participants.some(({ id }) => id === newcomer.id)
  return known
    ? participants.map((participant) => (participant.id === newcomer.id ? newcomer : participant))
    : [...participants, newcomer]
}

const roster = (state: RoomState, participants: Participant[]) => ({
  participants,
  session: { ...state.session, participantCount: participants.length },
})

/** Those that come after what is held, in order, each once. */
function newer(state: RoomState, messages: readonly ChatMessage[]): ChatMessage[] {
  const after = state.messages.at(-1)?.seq ?? 0
  return messages
    .filter(
      (message, index) =>
        message.seq > after && messages.findIndex(({ seq }) => seq === message.seq) === index,
    )
    .toSorted((a, b) => a.seq - b.seq)
}
