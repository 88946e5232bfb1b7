import { expect, test } from 'vitest'
import type { ChatMessage } from '../../../contract/model.ts'
import {
  firstMissed,
  read,
  startedReading,
  type LineOnScreen,
  type Reading,
  type ReadingEvent,
} from './reading.ts'

const me = '00000000-0000-4000-8000-000000000001'
const lev = '00000000-0000-4000-8000-000000000002'
const chat = (...authors: string[]) =>
  authors.map((id, index) => ({ seq: index + 1, author: { id } })) as unknown as ChatMessage[]

const left: ReadingEvent = { kind: 'left' }
const returned = (messages: ChatMessage[]): ReadingEvent => ({ kind: 'returned', messages, me })
const shown = (line: LineOnScreen, last: number, newest = true): ReadingEvent => ({
  kind: 'shown',
  last,
  newest,
  line,
})
const after = (...events: ReadingEvent[]) => events.reduce<Reading>(read, startedReading(2))
const lineIn = (reading: Reading, messages: ChatMessage[]) => firstMissed(messages, reading.leftAfter, me)

test('after a sleep the line stands before the first message that was not seen', () => {
  const messages = chat(lev, me, lev, lev)
  expect(lineIn(after(left, returned(messages)), messages)).toBe(3)
})

test('a sleep in which nobody wrote leaves no line, and what is said later is no news of that sleep', () => {
  const reading = after(left, returned(chat(lev, me)))
  expect(lineIn(reading, chat(lev, me, lev))).toBeNull()
})

test('own messages, sent from here when the network came back, were not missed', () => {
  const messages = chat(lev, me, me, lev)
  expect(lineIn(after(left, returned(messages)), messages)).toBe(4)
  expect(lineIn(after(left, returned(chat(lev, me, me))), chat(lev, me, me))).toBeNull()
})

test('what arrives while nobody is there is not seen, even at the end of the page', () => {
  const messages = chat(lev, me, lev, lev)
  expect(lineIn(after(left, shown('rested', 4), returned(messages)), messages)).toBe(3)
})

test('several sleeps over the same unread messages: the line stays where one left off at first', () => {
  const messages = chat(lev, me, lev, lev, lev, lev)
  // Back for a moment, at the end of the chat, without having looked up to the line.
  const reading = after(left, returned(messages.slice(0, 4)), shown(null, 4), left, returned(messages))
  expect(lineIn(reading, messages)).toBe(3)
})

test('several sleeps, each read in between: the line stands where the last one began', () => {
  const messages = chat(lev, me, lev, lev, lev, lev)
  const reading = after(left, returned(messages.slice(0, 4)), shown('rested', 4), left, returned(messages))
  expect(lineIn(reading, messages)).toBe(5)
})

test('a network that drops twice during one sleep is one absence', () => {
  const messages = chat(lev, me, lev)
  expect(lineIn(after(left, left, returned(messages)), messages)).toBe(3)
})

test('it counts as read when the line and the newest message have both been on screen', () => {
  const messages = chat(lev, me, lev, lev, lev, lev)
  const back = after(left, returned(messages))
  expect(read(back, shown(null, 6)).caughtUp).toBe(false)
  const atLine = read(back, shown('rested', 4, false))
  expect(atLine).toMatchObject({ lineSeen: true, caughtUp: false })
  expect(read(atLine, shown(null, 6)).caughtUp).toBe(true)
})

test('a line that only passed by, as the missed messages came one by one, was not seen', () => {
  const messages = chat(lev, me, lev, lev, lev, lev)
  const back = after(left, returned(messages), shown('passing', 4), shown(null, 6))
  expect(back).toMatchObject({ lineSeen: false, caughtUp: false })
  expect(lineIn(back, messages)).toBe(3)
})

test('whoever writes has carried on: the line goes', () => {
  const messages = chat(lev, me, lev)
  expect(lineIn(after(left, returned(messages), { kind: 'carried-on' }), messages)).toBeNull()
})

test('a room that opens while the network is gone has no line above everything', () => {
  const messages = chat(lev, lev)
  const reading = [left, returned(messages)].reduce<Reading>(read, startedReading(0))
  expect(lineIn(reading, messages)).toBeNull()
})

test('the line goes once it was read and has left the screen, and not before', () => {
  const messages = chat(lev, me, lev, lev, lev)
  const caughtUp = read(read(after(left, returned(messages)), shown('rested', 4, false)), shown('rested', 5))
  expect(lineIn(read(caughtUp, shown('passing', 5)), messages)).toBe(3)
  expect(lineIn(read(caughtUp, shown(null, 5)), messages)).toBeNull()
})
