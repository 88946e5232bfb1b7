import fc from 'fast-check'
import { expect, test } from 'vitest'
import { look, millisecondsLeft, roundedTimeLeft, type Pace } from './time-left.ts'

/** Looks at a job that goes on as `progressAt` says, every quarter of a second. */
function watch(progressAt: (ms: number) => number, until: number): { pace: Pace; said: (number | null)[] } {
  let pace = look(null, progressAt(0), 0)
  const said: (number | null)[] = []
  for (let at = 250; at <= until; at += 250) {
    pace = look(pace, progressAt(at), at)
    said.push(pace.left)
  }
  return { pace, said }
}

const evenly = (whole: number) => (ms: number) => Math.min(1, ms / whole)

test('nothing is said in the first three seconds', () => {
  const { said } = watch(evenly(30_000), 2750)
  expect(said.every((left) => left === null)).toBe(true)
})

test('nothing is said of a job that has hardly moved, however long it has been looked at', () => {
  const { pace } = watch((ms) => ms / 10_000_000, 60_000)
  expect(pace.left).toBeNull()
})

test('a job that goes on evenly ends when it was said to', () => {
  const { pace } = watch(evenly(120_000), 60_000)
  expect(pace.left).toBeGreaterThan(58_000)
  expect(pace.left).toBeLessThan(62_000)
  expect(millisecondsLeft(pace, 60_000)).toBe(pace.left)
})

test('a job that stands still takes longer and longer, without a leap', () => {
  const { pace } = watch(evenly(60_000), 30_000)
  const soon = millisecondsLeft(pace, 31_000) ?? 0
  const later = millisecondsLeft(pace, 60_000) ?? 0
  expect(soon).toBeLessThan(38_000)
  expect(later).toBeGreaterThan(35_000)
})

test('a job that was begun again is looked at from the start', () => {
  const { pace } = watch(evenly(60_000), 30_000)
  const again = look(pace, 0.02, 30_250)
  expect(again.left).toBeNull()
})

test('whatever a job does, the time left is never negative and never leaps', () => {
  const steps = fc.array(
    fc.record({
      passed: fc.integer({ min: 1, max: 5000 }),
      moved: fc.double({ min: 0, max: 0.2, noNaN: true }),
    }),
    { minLength: 1, maxLength: 80 },
  )
  fc.assert(
    fc.property(steps, (looks) => {
      let pace = look(null, 0, 0)
      for (const { passed, moved } of looks) {
        const before = pace
        pace = look(pace, Math.min(1, pace.progress + moved), pace.at + passed)
        if (pace.left === null) continue
        expect(pace.left).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(pace.left)).toBe(true)
        if (before.left === null) continue
        const most = Math.exp((0.2 * passed) / 1000)
        expect(pace.left).toBeLessThanOrEqual(Math.max(before.left, 2000) * most + 1)
        const least = (before.left - passed) / most
        if (before.left - passed > 4000) expect(pace.left).toBeGreaterThanOrEqual(least - 1)
      }
    }),
  )
})

test('what is said is as exact as it can be meant', () => {
  expect(roundedTimeLeft(3000)).toEqual({ unit: 'moments' })
  expect(roundedTimeLeft(30_000)).toEqual({ unit: 'under-a-minute' })
  expect(roundedTimeLeft(50_000)).toEqual({ unit: 'minutes', count: 1 })
  expect(roundedTimeLeft(130_000)).toEqual({ unit: 'minutes', count: 2 })
  expect(roundedTimeLeft(22 * 60_000)).toEqual({ unit: 'minutes', count: 20 })
  expect(roundedTimeLeft(59 * 60_000)).toEqual({ unit: 'minutes', count: 60 })
  expect(roundedTimeLeft(100 * 60_000)).toEqual({ unit: 'hours', count: 2 })
})
