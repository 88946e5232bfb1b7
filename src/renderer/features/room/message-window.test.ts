import { expect, test } from 'vitest'
import type { ChatMessage } from '../../../contract/model.ts'
import { newestOf, nothingHeld, withEarlier, withLater, withNewest } from './message-window.ts'

const lev = {
  id: '00000000-0000-4000-8000-000000000002',
  displayName: 'Lev Abramov',
  role: 'learner' as const,
}
const said = (seq: number, server = 0): ChatMessage => ({
  id: `0000000${server}-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  author: lev,
  text: `message ${seq}`,
  sentAt: '2026-11-21T08:00:00.000Z',
  idempotencyKey: `key-of-message-${String(seq).padStart(6, '0')}`,
})
const span = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => said(from + index))
const newest = (from: number, to: number) => ({ messages: span(from, to), hasEarlier: from > 1 })
const seqs = ({ messages }: { messages: readonly ChatMessage[] }) => [
  messages[0]?.seq,
  messages.at(-1)?.seq,
  messages.length,
]

test('eight hours of chat at 200 messages a minute leave a page with a thousand messages at most', () => {
  let held = nothingHeld
  let most = 0
  for (let seq = 1; seq <= 8 * 60 * 200; seq += 1) {
    held = withNewest(held, newest(Math.max(1, seq - 5), seq), true)
    most = Math.max(most, held.messages.length)
  }
  expect(most).toBeLessThanOrEqual(1000)
  expect(held).toMatchObject({ hasEarlier: true, hasLater: false })
  expect(held.messages.at(-1)?.seq).toBe(96_000)
})

test('somebody who reads further up keeps what they read, and the page stays small for hours', () => {
  let held = newestOf(newest(500, 1000))
  for (let seq = 1001; seq <= 50_000; seq += 1) {
    held = withNewest(held, newest(seq - 5, seq), false)
  }
  expect(held.messages[0]?.seq).toBe(500)
  expect(held.messages.length).toBeLessThanOrEqual(3000)
  expect(held.hasLater).toBe(true)
})

test('what is said while one reads along is put at the end, each once', () => {
  const held = withNewest(newestOf(newest(1, 100)), newest(50, 103), true)
  expect(seqs(held)).toEqual([1, 103, 103])
  expect(withNewest(held, newest(50, 103), true).messages).toBe(held.messages)
})

test('after a gap too wide to close, the newest are shown to one who reads along and kept from one who does not', () => {
  const held = newestOf(newest(1, 100))
  expect(seqs(withNewest(held, newest(700, 1199), true))).toEqual([700, 1199, 500])
  const reading = withNewest(held, newest(700, 1199), false)
  expect(seqs(reading)).toEqual([1, 100, 100])
  expect(reading.hasLater).toBe(true)
})

test('reading on from far above meets the newest without a gap', () => {
  const last = newest(700, 1199)
  let held = withNewest(newestOf(newest(1, 600)), last, false)
  for (let from = 600; held.hasLater; from += 200) {
    held = withLater(held, span(from + 1, Math.min(1199, from + 200)), last)
  }
  expect(held.messages.map(({ seq }) => seq)).toEqual(span(1, 1199).map(({ seq }) => seq))
  expect(seqs(withNewest(held, newest(701, 1200), true)).slice(1, 2)).toEqual([1200])
})

test('older messages go above what is held; when it becomes too many, the newest go', () => {
  let held = newestOf(newest(4001, 4500))
  held = withEarlier(held, span(3801, 4000), true)
  expect(seqs(held)).toEqual([3801, 4500, 700])
  for (let first = 3801; first > 1; first -= 200) {
    held = withEarlier(held, span(Math.max(1, first - 200), first - 1), first - 200 > 1)
  }
  expect(held.messages[0]?.seq).toBe(1)
  expect(held).toMatchObject({ hasEarlier: false, hasLater: true })
  expect(held.messages.length).toBe(3000)
})

test('a server that was restored from a backup is shown as it is now', () => {
  const held = newestOf(newest(1, 100))
  expect(seqs(withNewest(held, newest(1, 40), true))).toEqual([1, 40, 40])
  const rewritten = { messages: [...span(1, 99), said(100, 1), said(101, 1)], hasEarlier: false }
  expect(withNewest(held, rewritten, true).messages).toEqual(rewritten.messages)
})
