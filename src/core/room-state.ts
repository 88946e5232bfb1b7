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

/** The server counts them in its welcome already, also those whom it names only now. */
export function participantsNamed(state: RoomState, more: readonly Participant[]): RoomPatch {
  return { set: { participants: upsert(state.participants, more) }, append: [] }
}

/**
 * @param shownSeq the event up to which `participants` and `session` are already known from a welcome: a replayed
 *   event must not bring back somebody who has left since
 */
export function happened(state: RoomState, seq: number, event: RoomEvent, shownSeq: number): RoomPatch {
  const lastSeq = Math.max(state.lastSeq, seq)
  const patch = (set: RoomPatch['set'], append: ChatMessage[] = []): RoomPatch => ({
    set: { lastSeq, ...set },
    append,
  })
  if (event.type === 'message-posted') return patch({}, newer(state, [event.message]))
  if (seq <= shownSeq) return patch({})
  switch (event.type) {
    case 'participant-joined':
    case 'participant-changed':
      return patch(inRoom(state.session, upsert(state.participants, [event.participant])))
    case 'participant-left': {
      const staying = state.participants.filter(({ id }) => id !== event.accountId)
      return patch(inRoom(state.session, staying))
    }
    case 'session-changed':
      if (event.session.status !== 'ended') return patch({ session: event.session })
      // Nobody is in the room any more, which no event says of each of them.
      return patch({ ...inRoom(event.session, []), connection: 'closed' })
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
function upsert(known: readonly Participant[], said: readonly Participant[]): Participant[] {
  const people = new Map([...known, ...said].map((participant) => [participant.id, participant]))
  return [...people.values()]
}

const inRoom = (session: LiveSession, participants: Participant[]) => ({
  participants,
  session: { ...session, participantCount: participants.length },
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
