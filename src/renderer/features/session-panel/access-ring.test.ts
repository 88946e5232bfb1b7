import { expect, test } from 'vitest'
import { leftOf } from './access-ring.tsx'

test('the ring is full at the issue, half in the middle and empty at the end', () => {
  expect([leftOf(0, 900, 0), leftOf(0, 900, 450), leftOf(0, 900, 900)]).toEqual([1, 0.5, 0])
})

test('a clock that runs ahead or behind never draws more than a ring or less than none', () => {
  expect([leftOf(0, 900, -5000), leftOf(0, 900, 5000), leftOf(900, 900, 900)]).toEqual([1, 0, 0])
})
