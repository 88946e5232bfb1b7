import { expect, test } from 'vitest'
import { plannedEnd } from './clock-words.ts'

const end = '2026-11-21T11:30:00.000Z'
const at = (minutes: number) => Date.parse(end) + minutes * 60_000
const words = (minutes: number) => plannedEnd({ scheduledEnd: end, endedAt: null }, at(minutes))

test('an instructor sees how long is left, and how long the session has run over', () => {
  expect(words(-18)).toMatch(/^Ends .+, 18 min left$/)
  expect(words(-90)).toMatch(/, 1 h 30 min left$/)
  expect(words(0)).toMatch(/, now$/)
  expect(words(4)).toMatch(/, 4 min over$/)
})

test('a session that has ended says so and counts nothing', () => {
  expect(plannedEnd({ scheduledEnd: end, endedAt: end }, at(600))).toMatch(/^Ended [\d:]+( [ap]m)?$/)
})
