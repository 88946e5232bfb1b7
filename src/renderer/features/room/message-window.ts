/**
 * The part of a room's chat that a page holds: in order, with nothing missing in between, and never more than a page
 * can carry for a day.
 */
import type { ChatMessage, RoomState } from '../../../contract/model.ts'

export interface MessageWindow {
  readonly messages: readonly ChatMessage[]
  /** Whether there are older ones than these. */
  readonly hasEarlier: boolean
  /** Whether there are newer ones: a person who reads far above is not given everything that is said below. */
  readonly hasLater: boolean
}

type Newest = Pick<RoomState, 'messages' | 'hasEarlier'>

/** Held while a person reads along; cut back to fewer, so that not every message cuts. */
const READING_ALONG = { most: 1000, kept: 800 }
/** Held while a person reads further up. */
const MOST = 3000

export const nothingHeld: MessageWindow = { messages: [], hasEarlier: false, hasLater: false }

export const newestOf = ({ messages, hasEarlier }: Newest): MessageWindow => ({
  messages,
  hasEarlier,
  hasLater: false,
})

/** @param atEnd whether the newest message is on screen: then old ones may go */
export function withNewest(held: MessageWindow, newest: Newest, atEnd: boolean): MessageWindow {
  const last = held.messages.at(-1)
  const newestSeq = newest.messages.at(-1)?.seq ?? 0
  // A server that was restored from a backup has less than was seen of it.
  if (!last || newestSeq < last.seq) return newestOf(newest)

  const place = newest.messages.findIndex(({ seq }) => seq === last.seq)
  if (place >= 0 && newest.messages[place]?.id !== last.id) return newestOf(newest)
  if (place < 0) return atEnd ? newestOf(newest) : { ...held, hasLater: true }

  const more = newest.messages.slice(place + 1)
  if (!atEnd && held.messages.length + more.length > MOST) {
    return held.hasLater ? held : { ...held, hasLater: true }
  }
  const messages = more.length > 0 ? [...held.messages, ...more] : held.messages
  return atEnd && messages.length > READING_ALONG.most
    ? { messages: messages.slice(-READING_ALONG.kept), hasEarlier: true, hasLater: false }
    : { messages, hasEarlier: held.hasEarlier, hasLater: false }
}

/** @param items the last ones before those held, in order */
export function withEarlier(
  held: MessageWindow,
  items: readonly ChatMessage[],
  hasEarlier: boolean,
): MessageWindow {
  const first = held.messages[0]?.seq ?? Infinity
  const messages = [...items.filter(({ seq }) => seq < first), ...held.messages]
  return messages.length > MOST
    ? { messages: messages.slice(0, MOST), hasEarlier, hasLater: true }
    : { messages, hasEarlier, hasLater: held.hasLater }
}

/** @param items the first ones after those held, in order; the newest of all may be known already */
export function withLater(held: MessageWindow, items: readonly ChatMessage[], newest: Newest): MessageWindow {
  const last = held.messages.at(-1)?.seq ?? 0
  const messages = [...held.messages, ...items.filter(({ seq }) => seq > last)]
  const cut = messages.length > MOST
  const moved: MessageWindow = {
    messages: cut ? messages.slice(-MOST) : messages,
    hasEarlier: held.hasEarlier || cut,
    hasLater: true,
  }
  // Where the two meet, a page follows what is said again.
  const met = (moved.messages.at(-1)?.seq ?? 0) >= (newest.messages.at(-1)?.seq ?? 0)
  return met ? { ...moved, hasLater: false } : moved
}
