import { expect, test } from 'vitest'
import { runningTime, secondsBetween, timeWords } from './time.ts'

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime()
const [en, de, ar] = [timeWords('en'), timeWords('de'), timeWords('ar')]

test('a running clock counts minutes, then hours, and never runs backwards', () => {
  expect(runningTime(65_000)).toBe('01:05')
  expect(runningTime(59 * 60_000 + 59_999)).toBe('59:59')
  expect(runningTime(6_127_000)).toBe('1:42:07')
  expect(runningTime(-5000)).toBe('00:00')
})

test('a length is told in the two largest parts that matter', () => {
  expect(en.lengthInWords(5400)).toBe('5 s')
  expect(en.lengthInWords(200)).toBe('1 s')
  expect(en.lengthInWords(25 * 60_000)).toBe('25 min')
  expect(en.lengthInWords(125 * 60_000)).toBe('2 h 5 min')
  expect(en.lengthInWords(120 * 60_000)).toBe('2 h')
  expect(en.lengthInWords(25 * 3_600_000)).toBe('1 day')
  expect(en.lengthInWords(75 * 3_600_000)).toBe('3 days')
})

test('a length is told in the words of the language', () => {
  expect(de.lengthInWords(125 * 60_000)).toBe('2 h 5 min')
  expect(de.lengthInWords(75 * 3_600_000)).toBe('3 Tage')
  expect(ar.lengthInWords(125 * 60_000)).toBe('ساعتان و5 دقائق')
})

test('days near today have names, whatever the hour', () => {
  expect(en.dayName(at(21, 23), at(21, 1))).toBe('Today')
  expect(en.dayName(at(22, 1), at(21, 23))).toBe('Tomorrow')
  expect(en.dayName(at(20, 23), at(21, 1))).toBe('Yesterday')
  expect(en.dayName(at(23, 9), at(21, 9))).toBe('Monday 23 November')
  expect(de.dayName(at(21, 23), at(21, 1))).toBe('Heute')
  expect(de.dayName(at(23, 9), at(21, 9))).toBe('Montag, 23. November')
  expect(ar.dayName(at(20, 9), at(21, 9))).toBe('أمس')
})

test('in the middle of a sentence a day is a weekday for a week, and a date after that', () => {
  expect(en.dayAndTime(at(21, 9), at(21, 14))).toMatch(/^today 0?9:00/)
  expect(en.dayAndTime(at(17, 14), at(21, 14))).toMatch(/^Tuesday /)
  expect(en.dayAndTime(at(3, 14), at(21, 14))).toMatch(/^3 November /)
  expect(de.dayAndTime(at(17, 14), at(21, 14))).toBe('Dienstag 14:00')
  expect(ar.dayAndTime(at(17, 14), at(21, 14))).toBe('الثلاثاء 2:00 م')
})

test('what was a while ago is told by how long ago', () => {
  expect(en.fromNow(at(21, 9), at(21, 14))).toBe('5 hours ago')
  expect(en.fromNow(at(21, 14), at(21, 13) + 1)).toBe('in 59 minutes')
  expect(de.fromNow(at(20, 14), at(21, 14))).toBe('gestern')
  expect(ar.fromNow(at(21, 12), at(21, 14))).toBe('قبل ساعتين')
})

test('a countdown of 15 s begins with 15, ends with 1 and stops at 0', () => {
  expect([0, 1, 999, 14_001, 15_000, 20_000].map((now) => secondsBetween(now, 15_000))).toEqual([
    15, 15, 15, 1, 0, 0,
  ])
  expect(secondsBetween(0, null)).toBe(0)
})
