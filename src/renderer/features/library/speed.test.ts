import { expect, test } from 'vitest'
import { createSpeed } from './speed.ts'

test('nothing is said of the speed before there is something to say', () => {
  const speed = createSpeed()
  speed.saw(1_000_000, 1000)
  expect(speed.now()).toBeNull()
})

test('a steady line has its own speed', () => {
  const speed = createSpeed()
  for (let part = 0; part < 20; part += 1) speed.saw(500_000, 500)
  expect(speed.now()).toBeCloseTo(1_000_000)
})

test('one slow part does not make hours of minutes, and a slow line is believed soon', () => {
  const speed = createSpeed()
  for (let part = 0; part < 20; part += 1) speed.saw(1_000_000, 1000)
  speed.saw(100_000, 1000)
  expect(speed.now()).toBeGreaterThan(800_000)
  for (let part = 0; part < 20; part += 1) speed.saw(100_000, 1000)
  expect(speed.now()).toBeLessThan(150_000)
})
