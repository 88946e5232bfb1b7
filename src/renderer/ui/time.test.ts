import { expect, test } from 'vitest'
import { dayName, lengthInWords, runningTime, secondsBetween } from './time.ts'

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime()

test('a running clock counts minutes, then hours, and never runs backwards', () => {
  expect(runningTime(65_000)).toBe('01:05')
  expect(runningTime(59 * 60_000 + 59_999)).toBe('59:59')
  expect(runningTime(6_127_000)).toBe('1:42:07')
  expect(runningTime(-5000)).toBe('00:00')
})

test('a length is told in the two largest parts that matter', () => {
  expect(lengthInWords(5400)).toBe('5 s')
  expect(lengthInWords(200)).toBe('1 s')
  expect(lengthInWords(25 * 60_000)).toBe('25 min')
  expect(lengthInWords(125 * 60_000)).toBe('2 h 5 min')
  expect(lengthInWords(120 * 60_000)).toBe('2 h')
  expect(lengthInWords(25 * 3_600_000)).toBe('1 day')
  expect(lengthInWords(75 * 3_600_000)).toBe('3 days')
})

test('days near today have names, whatever the hour', () => {
  expect(dayName(at(21, 23), at(21, 1))).toBe('Today')
  expect(dayName(at(22, 1), at(21, 23))).toBe('Tomorrow')
  expect(dayName(at(20, 23), at(21, 1))).toBe('Yesterday')
  expect(dayName(at(23, 9), at(21, 9))).toBe('Monday 23 November')
})

test('a countdown of 15 s begins with 15, ends with 1 and stops at 0', () => {
  expect([0, 1, 999, 14_001, 15_000, 20_000].map((now) => secondsBetween(now, 15_000))).toEqual([
    15, 15, 15, 1, 0, 0,
  ])
  expect(secondsBetween(0, null)).toBe(0)
})
