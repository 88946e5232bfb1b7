import { expect, test } from 'vitest'
import { preciseWords } from './precise-time.ts'

const { work, size, clockTime } = preciseWords('en')

test.each([
  [0, '0 ms'],
  [12.4, '12 ms'],
  [420, '0.4 s'],
  [9940, '9.9 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [93_000, '1 min 33 s'],
  [3_600_000, '1 h'],
  [5_430_000, '1 h 30 min'],
  [90_000_000, '25 h'],
])('%i ms of work are "%s"', (milliseconds, words) => {
  expect(work(milliseconds)).toBe(words)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [4_200_000_000, '4.2 GB'],
])('%i bytes are "%s"', (bytes, words) => {
  expect(size(bytes)).toBe(words)
})

test('a time has its seconds, in 24 hours, for a log that is compared with another', () => {
  expect(clockTime(new Date(2026, 10, 21, 14, 2, 7).getTime())).toBe('14:02:07')
})

test('each language has its own numbers and units', () => {
  expect(preciseWords('de').work(420)).toBe('0,4 s')
  expect(preciseWords('ar').work(60_000)).not.toContain('min')
})
