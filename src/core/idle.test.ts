import { expect, test } from 'vitest'
import { VirtualTime } from '../../tests/simulation/virtual-clock.ts'
import { createIdle } from './idle.ts'

const MINUTE = 60_000

function watched(timeout: number | null) {
  const time = new VirtualTime()
  const settings = { timeout }
  const heard: string[] = []
  const idle = createIdle(
    {
      clock: {
        wallNow: () => time.now,
        monotonicNow: () => time.now,
        setTimer: (delayMs, run) => time.at(delayMs, run),
      },
      power: { subscribe: () => () => {}, idleSeconds: () => null, holdAwake: () => () => {} },
    },
    () => settings.timeout,
    () => false,
    {
      warn: (inMs) => heard.push(`warned ${inMs / 1000} s before`),
      back: () => heard.push('back'),
      ended: () => heard.push('ended'),
    },
  )
  idle.watch()
  return { time, settings, heard }
}

test('a shorter idle time counts within a minute, and the warning keeps its full length', async () => {
  const { time, settings, heard } = watched(3600)
  await time.advance(20 * MINUTE)
  settings.timeout = 600
  await time.advance(MINUTE)
  expect(heard).toEqual(['warned 120 s before'])
  await time.advance(2 * MINUTE)
  expect(heard).toEqual(['warned 120 s before', 'ended'])
})

test('somebody who sets "never" while the warning is shown is not locked out', async () => {
  const { time, settings, heard } = watched(600)
  await time.advance(9 * MINUTE)
  settings.timeout = null
  await time.advance(60 * MINUTE)
  expect(heard).toEqual(['warned 120 s before', 'back'])
})

test('an idle time can be set where there was none', async () => {
  const { time, settings, heard } = watched(null)
  await time.advance(60 * MINUTE)
  settings.timeout = 300
  await time.advance(MINUTE)
  expect(heard).toEqual(['warned 120 s before'])
})
