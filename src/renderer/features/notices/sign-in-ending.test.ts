import { expect, test } from 'vitest'
import { nearnessOf } from './sign-in-ending.ts'

const HOUR = 3_600_000

test('a sign-in that ends is announced a day and an hour before, and not when it is over', () => {
  const near = (hours: number) => nearnessOf(100 * HOUR, (100 - hours) * HOUR)
  expect([25, 24, 2, 1, 0.1, 0, -1].map(near)).toEqual([null, 'day', 'day', 'hour', 'hour', null, null])
  expect(nearnessOf(null, 0)).toBe(null)
})
