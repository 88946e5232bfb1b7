/** What of a chat somebody has seen, and where they left off when they were away. Places are `seq`s of messages. */
import type { ChatMessage } from '../../../contract/model.ts'

export interface Reading {
  /** The last message that was on screen while somebody was there. */
  readonly seenSeq: number
  /** False while the laptop sleeps, the network is gone or the page is hidden. */
  readonly present: boolean
  /** Somebody left off after this message; null when nothing was missed. */
  readonly leftAfter: number | null
  /** The line at that place has been on screen since. */
  readonly lineSeen: boolean
  /** And so has everything below it. */
  readonly caughtUp: boolean
}

/**
 * Whether one has come up to the line on screen, or above it, and stayed there long enough to see it. Null: it is
 * further up, or nowhere.
 */
export type LineOnScreen = 'rested' | 'passing' | null

export type ReadingEvent =
  | { readonly kind: 'left' }
  /** To these messages, in order. */
  | { readonly kind: 'returned'; readonly messages: readonly ChatMessage[]; readonly me: string }
  /** On screen up to `last`; `newest`: the last of all is among them. */
  | { readonly kind: 'shown'; readonly last: number; readonly newest: boolean; readonly line: LineOnScreen }
  /** Somebody wrote, or said that they have read it: the line has done its work. */
  | { readonly kind: 'carried-on' }

export const startedReading = (seq: number): Reading => ({
  seenSeq: seq,
  present: true,
  leftAfter: null,
  lineSeen: false,
  caughtUp: false,
})

const withoutLine = { leftAfter: null, lineSeen: false, caughtUp: false }

export function read(reading: Reading, event: ReadingEvent): Reading {
  switch (event.kind) {
    case 'left': {
      if (!reading.present) return reading
      // Whoever falls asleep again over what they have not read yet still left off where they did at first.
      const unread = reading.leftAfter !== null && !reading.caughtUp
      return unread
        ? { ...reading, present: false }
        : // Whoever has seen nothing yet left off nowhere.
          { ...reading, ...withoutLine, present: false, leftAfter: reading.seenSeq || null }
    }
    case 'returned': {
      if (reading.present) return reading
      const missed = firstMissed(event.messages, reading.leftAfter, event.me)
      return missed === null ? { ...reading, ...withoutLine, present: true } : { ...reading, present: true }
    }
    case 'shown': {
      if (!reading.present) return reading
      const seenSeq = Math.max(reading.seenSeq, event.last)
      const { leftAfter } = reading
      // Read, and out of sight by now: nobody sees it go.
      if (leftAfter !== null && reading.caughtUp && event.line === null) {
        return { ...reading, ...withoutLine, seenSeq }
      }
      const lineSeen = reading.lineSeen || (leftAfter !== null && event.line === 'rested')
      const caughtUp = leftAfter !== null && (reading.caughtUp || (lineSeen && event.newest))
      const same =
        seenSeq === reading.seenSeq && lineSeen === reading.lineSeen && caughtUp === reading.caughtUp
      return same ? reading : { ...reading, seenSeq, lineSeen, caughtUp }
    }
    case 'carried-on':
      return reading.leftAfter === null || !reading.present ? reading : { ...reading, ...withoutLine }
  }
}

/** @returns the `seq` of the first message of somebody else after `leftAfter`; null when there is none */
export function firstMissed(
  messages: readonly ChatMessage[],
  leftAfter: number | null,
  me: string,
): number | null {
  if (leftAfter === null) return null
  return messages.find(({ seq, author }) => seq > leftAfter && author.id !== me)?.seq ?? null
}
