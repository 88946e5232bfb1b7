/**
 * Notices sleep and changed clocks by itself, because not every system announces them: a cheap tick compares how
 * far the two clocks moved.
 */
import { timing } from '../contract/settings.ts'
import type { Clock, Timer } from './ports.ts'

const TICK_MS = 2000

export interface Wake {
  start(): void
  stop(): void
}

export interface WakeListeners {
  /** Timers stood still, or the clocks moved apart, by more than `timing.clockDivergence`. */
  jumped(detail: { readonly wallMs: number; readonly monotonicMs: number }): void
  /** All is as it should be for this many milliseconds on end. */
  steady(forMs: number): void
}

export function createWake(clock: Clock, listeners: WakeListeners): Wake {
  const limit = timing.clockDivergence * 1000
  let timer: Timer | null = null

  function watch(steadySince: number): void {
    const wall = clock.wallNow()
    const monotonic = clock.monotonicNow()
    timer = clock.setTimer(TICK_MS, () => {
      const wallMs = clock.wallNow() - wall
      const monotonicMs = clock.monotonicNow() - monotonic
      const jumped = Math.abs(wallMs - monotonicMs) > limit || monotonicMs - TICK_MS > limit
      watch(jumped ? clock.monotonicNow() : steadySince)
      if (jumped) listeners.jumped({ wallMs, monotonicMs })
      else listeners.steady(clock.monotonicNow() - steadySince)
    })
  }

  return {
    start() {
      timer?.cancel()
      watch(clock.monotonicNow())
    },
    stop() {
      timer?.cancel()
      timer = null
    },
  }
}
