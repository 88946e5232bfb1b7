import fc from 'fast-check'
import { expect, it } from 'vitest'
import { issued, marginMs, reckonAgain, remainingMs, renewInMs } from './expiry.ts'

const token = (expiresIn: number) =>
  issued({ token: 't', expiresIn, sentMonotonic: 1000, serverDate: 50_000 })

it.each([
  [4, 800],
  [60, 12_000],
  [900, 180_000],
  [3600, 300_000],
])('renews a token of %i s %i ms before its end', (seconds, margin) => {
  expect(marginMs(token(seconds))).toBe(margin)
  expect(renewInMs(token(seconds), 1000, 0)).toBe(seconds * 1000 - margin)
})

it('always renews before the end and never in the past', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 86_400 }),
      fc.nat(10 ** 8),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (seconds, now, jitter) => {
        const wait = renewInMs(token(seconds), 1000 + now, jitter)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(Math.max(0, remainingMs(token(seconds), 1000 + now)))
      },
    ),
  )
})

it('knows after a sleep in which the monotonic clock stood still that the token is dead', () => {
  // The server's clock moved on by an hour, ours by two seconds.
  const after = reckonAgain(token(900), 50_000 + 3_600_000, 3000)
  expect(remainingMs(after, 3000)).toBeLessThan(0)
})

it('never lengthens a life because a server’s clock went back', () => {
  const after = reckonAgain(token(900), 50_000 - 3_600_000, 3000)
  expect(after.expiresMonotonic).toBe(token(900).expiresMonotonic)
})
