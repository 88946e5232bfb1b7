import { EventEmitter } from 'node:events'
import type { PowerMonitor, PowerSaveBlocker } from 'electron'
import { expect, test, vi } from 'vitest'
import { createPowerEvents } from './power.ts'

function computer() {
  const monitor = Object.assign(new EventEmitter(), { seconds: 0, getSystemIdleTime: () => monitor.seconds })
  return { monitor, power: createPowerEvents(monitor as unknown as PowerMonitor, {} as PowerSaveBlocker) }
}

test('a system that always says 0 cannot tell, so nobody counts as being there', () => {
  const { power } = computer()
  expect(power.idleSeconds()).toBeNull()
})

test('once it has said more, 0 is somebody at the keyboard', () => {
  const { monitor, power } = computer()
  monitor.seconds = 40
  expect(power.idleSeconds()).toBe(40)
  monitor.seconds = 0
  expect(power.idleSeconds()).toBe(0)
})

test('a pause between two keys is noticed while nobody asks', () => {
  vi.useFakeTimers()
  const { monitor, power } = computer()
  monitor.seconds = 3
  vi.advanceTimersByTime(2000)
  monitor.seconds = 0
  expect(power.idleSeconds()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})
