/** How a room looks after something happened in it: pure functions from a state and an event to a patch. */
import type { RoomEvent } from '../contract/frames.ts'
import type { ChatMessage, LiveSession, Participant, RoomPatch, RoomState } from '../contract/model.ts'

/** Messages kept for a window that opens late; older ones come by the `listMessages` endpoint. */
const MAX_MESSAGES = 500

export function newRoom(session: LiveSession): RoomState {
  return {
    session,
    connection: session.status === 'ended' ? 'closed' : 'connecting',
    participants: [],
    messages: [],
    hasEarlier: false,
    handWaiting: null,
    asOf: null,
    pending: [],
    lastSeq: 0,
  }
}

/** A patch for what the server says the room is now; messages follow by events and by `messagesLoaded`. */
export function welcomed({
  session,
  participants,
}: {
  readonly session: LiveSession
  readonly participants: readonly Participant[]
}): RoomPatch {
  return { set: { session, participants: [...participants] }, append: [] }
}

/** The server counts them in its welcome already, also those whom it names only now. */
export function participantsNamed(more: readonly Participant[]): RoomPatch {
  return { set: {}, append: [], people: { changed: [...more], gone: [] } }
}

/**
 * @param shownSeq the event up to which `participants` and `session` are already known from a welcome: a replayed
 *   event must not bring back somebody who has left since
 */
export function happened(state: RoomState, seq: number, event: RoomEvent, shownSeq: number): RoomPatch {
  const lastSeq = Math.max(state.lastSeq, seq)
  if (event.type === 'message-posted') return { set: { lastSeq }, append: newer(state, [event.message]) }
  const nothing: RoomPatch = { set: { lastSeq }, append: [] }
  if (seq <= shownSeq) return nothing
  const isHere = (accountId: string) => state.participants.some(({ id }) => id === accountId)
  /** So many more or fewer than are named, and not than were counted: the two must not drift apart. */
  const counted = (by: number) => ({
    session: { ...state.session, participantCount: state.participants.length + by },
  })
  switch (event.type) {
    case 'participant-joined':
    case 'participant-changed': {
      const { participant } = event
      const count = isHere(participant.id) ? {} : counted(1)
      return { set: { lastSeq, ...count }, append: [], people: { changed: [participant], gone: [] } }
    }
    case 'participant-left': {
      if (!isHere(event.accountId)) return nothing
      return {
        set: { lastSeq, ...counted(-1) },
        append: [],
        people: { changed: [], gone: [event.accountId] },
      }
    }
    case 'session-changed': {
      const { session } = event
      if (session.status !== 'ended') return { set: { lastSeq, session }, append: [] }
      // Nobody is in the room any more, which no event says of each of them.
      const empty = { session: { ...session, participantCount: 0 }, participants: [] }
      return { set: { lastSeq, ...empty, connection: 'closed' }, append: [] }
    }
  }
}

/** @param hasMore whether there are messages before these */
export function messagesLoaded(
  state: RoomState,
  messages: readonly ChatMessage[],
  hasMore: boolean,
): RoomPatch {
  const isFirst = state.messages.length === 0
  return { set: isFirst ? { hasEarlier: hasMore } : {}, append: newer(state, messages) }
}

export function applyPatch(state: RoomState, { set, append, people }: RoomPatch): RoomState {
  const next: RoomState = { ...state, ...(set as Partial<RoomState>) }
  if (people) next.participants = merge(next.participants, people)
  if (append.length === 0) return next
  next.messages = [...state.messages, ...append]
  if (next.messages.length > MAX_MESSAGES) {
    next.messages = next.messages.slice(-MAX_MESSAGES)
    next.hasEarlier = true
  }
  return next
}

/** Everybody keeps the place they have and is there once, however often it was said that they came in. */
function merge(
  known: readonly Participant[],
  { changed, gone }: NonNullable<RoomPatch['people']>,
): Participant[] {
  const said = new Map(changed.map((participant) => [participant.id, participant]))
  const left = new Set(gone)
  const staying: Participant[] = []
  for (const participant of known) {
    if (left.has(participant.id)) continue
    staying.push(said.get(participant.id) ?? participant)
    said.delete(participant.id)
  }
  for (const participant of said.values()) if (!left.has(participant.id)) staying.push(participant)
  return staying
}

/** Those that come after what is held, in order, each once. */
function newer(state: RoomState, messages: readonly ChatMessage[]): ChatMessage[] {
  const after = state.messages.at(-1)?.seq ?? 0
  const bySeq = new Map<number, ChatMessage>()
  for (const message of messages) {
    if (message.seq > after && !bySeq.has(message.seq)) bySeq.set(message.seq, message)
  }
  return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq)
}
