import { expect, test } from 'vitest'
import type { ChatMessage, PendingMessage } from '../../../contract/model.ts'
import { messageRows } from './message-rows.ts'

const me = {
  id: '00000000-0000-4000-8000-000000000001',
  displayName: 'Maya Okafor',
  role: 'instructor' as const,
}
const lev = {
  id: '00000000-0000-4000-8000-000000000002',
  displayName: 'Lev Abramov',
  role: 'learner' as const,
}
const noon = new Date(2026, 10, 21, 12, 0).getTime()

const message = (seq: number, author: typeof me | typeof lev, minutes: number): ChatMessage => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  author,
  text: `message ${seq}`,
  sentAt: new Date(noon + minutes * 60_000).toISOString(),
  idempotencyKey: `key-of-message-${String(seq).padStart(4, '0')}`,
})

const waiting = (idempotencyKey: string, minutes: number): PendingMessage => ({
  idempotencyKey,
  text: 'not sent yet',
  writtenAt: noon + minutes * 60_000,
  status: 'waiting',
  problem: null,
})

test('what one person writes in one go carries their name once', () => {
  const rows = messageRows([message(1, lev, 0), message(2, lev, 1), message(3, me, 2)], [], me)
  expect(rows.map(({ startsGroup }) => startsGroup)).toEqual([true, false, true])
})

test('after a silence the name and the time are written again', () => {
  const rows = messageRows([message(1, lev, 0), message(2, lev, 6)], [], me)
  expect(rows.map(({ startsGroup }) => startsGroup)).toEqual([true, true])
})

test('a new day is marked, and starts a new group', () => {
  const rows = messageRows([message(1, lev, 719), message(2, lev, 721)], [], me)
  expect(rows.map(({ startsDay, startsGroup }) => [startsDay, startsGroup])).toEqual([
    [true, true],
    [true, true],
  ])
})

test('a message that is confirmed while it still counts as waiting is shown once, in the same place', () => {
  const sent = message(4, me, 0)
  const [before] = messageRows([], [waiting(sent.idempotencyKey, 0)], me)
  const after = messageRows([sent], [waiting(sent.idempotencyKey, 0)], me)
  expect(after).toHaveLength(1)
  expect(after[0]).toMatchObject({ seq: 4, pending: null, key: before?.key })
})

test('somebody else cannot make my waiting message vanish by using its key', () => {
  const theirs = message(4, lev, 0)
  const rows = messageRows([theirs], [waiting(theirs.idempotencyKey, 0)], me)
  expect(rows.map(({ seq }) => seq)).toEqual([4, null])
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2)
})

test('what was missed begins with a line and a name of its own', () => {
  const rows = messageRows([message(1, lev, 0), message(2, lev, 1), message(3, lev, 2)], [], me, 2)
  expect(rows.map(({ startsMissed }) => startsMissed)).toEqual([false, true, false])
  expect(rows[1]?.startsGroup).toBe(true)
})
