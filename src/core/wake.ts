/**
 * Notices sleep and changed clocks by itself, because not every system announces them: a cheap tick compares how
 * far the two clocks moved.
 */
import { timing } from '../contract/settings.ts'
import type { Clock, Timer } from './ports.ts'

const TICK_MS = 2000

export interface Wake {
  start(): void
  /** Somebody announced the end of a sleep: what the clocks did in it is said now, and not once more at the next tick. */
  look(): void
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
  let wall = 0
  let monotonic = 0
  let steadySince = 0

  function watch(): void {
    timer?.cancel()
    wall = clock.wallNow()
    monotonic = clock.monotonicNow()
    timer = clock.setTimer(TICK_MS, look)
  }

  function look(): void {
    const wallMs = clock.wallNow() - wall
    const monotonicMs = clock.monotonicNow() - monotonic
    const jumped = Math.abs(wallMs - monotonicMs) > limit || monotonicMs - TICK_MS > limit
    watch()
    if (!jumped) return listeners.steady(monotonic - steadySince)
    steadySince = monotonic
    listeners.jumped({ wallMs, monotonicMs })
  }

  return {
    start() {
      watch()
      steadySince = monotonic
    },
    look,
    stop() {
      timer?.cancel()
      timer = null
    },
  }
}
