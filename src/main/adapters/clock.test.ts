import { expect, it } from 'vitest'
import { clock } from './clock.ts'

const timer = (delayMs: number) =>
  new Promise<number>((resolve) => {
    const start = clock.monotonicNow()
    clock.setTimer(delayMs, () => resolve(clock.monotonicNow() - start))
  })

it('runs a timer no earlier than asked, fractions included', async () => {
  for (const delay of [0, 0.4, 1.6, 5.01, 12.9]) expect(await timer(delay)).toBeGreaterThanOrEqual(delay)
})

it('does not run a timer of many days at once', async () => {
  let ran = false
  const long = clock.setTimer(60 * 24 * 3600 * 1000, () => (ran = true))
  await timer(20)
  expect(ran).toBe(false)
  long.cancel()
})

it('never runs a cancelled timer', async () => {
  let ran = false
  clock.setTimer(5, () => (ran = true)).cancel()
  await timer(20)
  expect(ran).toBe(false)
})
