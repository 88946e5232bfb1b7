import { expect, test } from 'vitest'
import { clockWarning, plannedEnd } from './clock.ts'

const scheduledEnd = '2026-11-21T11:30:00.000Z'
const at = (minutes: number) => Date.parse(scheduledEnd) + minutes * 60_000
const end = (minutes: number) => plannedEnd({ scheduledEnd, endedAt: null }, at(minutes))
const warning = (minutes: number) => clockWarning({ status: 'live', scheduledEnd }, at(minutes))

test('an instructor sees how long is left, and how long the session has run over', () => {
  expect(end(-18)).toEqual({ kind: 'left', length: 18 * 60_000 })
  expect(end(-0.5)).toEqual({ kind: 'now' })
  expect(end(0.5)).toEqual({ kind: 'now' })
  expect(end(4)).toEqual({ kind: 'over', length: 4 * 60_000 })
})

test('a session that has ended says so and counts nothing', () => {
  expect(plannedEnd({ scheduledEnd, endedAt: scheduledEnd }, at(600))).toEqual({ kind: 'ended' })
})

test('an instructor is warned ten, five and one minute before the planned end, and when it is over', () => {
  expect([-11, -10, -6, -5, -2, -1, -0.1, 0, 30].map(warning)).toEqual([
    null,
    10,
    10,
    5,
    5,
    1,
    1,
    'over',
    'over',
  ])
})

test('a session that is not on warns of nothing', () => {
  for (const status of ['upcoming', 'ended'] as const) {
    expect(clockWarning({ status, scheduledEnd }, at(0))).toBeNull()
  }
})
