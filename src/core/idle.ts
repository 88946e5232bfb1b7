/**
 * Whether anybody is there. Input in the app, input anywhere on the computer and teaching count; time asleep does not,
 * opening the lid is activity, and nobody is locked out while the connection is away: the warning always comes first,
 * and always for its full length.
 */
import { timing } from '../contract/settings.ts'
import type { Clock, PowerEvents, Timer } from './ports.ts'

export interface IdleListeners {
  /** Nobody was there for long. @param inMs until the session ends */
  warn(inMs: number): void
  /** Somebody is there again. */
  back(): void
  ended(): void
}

export interface Idle {
  /** Somebody is there, now. */
  activity(): void
  /** The session is connected: watch. */
  watch(): void
  /** It is not, for now; who was there last is remembered. */
  pause(): void
}

/** Input outside the app is asked for this often while a warning is shown. */
const LOOK_MS = 1000
/** Somebody may set another timeout at any time; it counts within a minute. */
const LONGEST_WAIT_MS = 60_000

/**
 * @param timeout seconds, null for never; asked at each look
 * @param teaching whether this person is holding a live session at the moment
 */
export function createIdle(
  { clock, power }: { readonly clock: Clock; readonly power: PowerEvents },
  timeout: () => number | null,
  teaching: () => boolean,
  listeners: IdleListeners,
): Idle {
  /** Monotonic. */
  let last = clock.monotonicNow()
  let timer: Timer | null = null
  let watching = false
  let warned = false

  function look(): void {
    timer?.cancel()
    timer = null
    if (!watching) return
    const seconds = timeout()
    if (seconds === null) {
      if (warned) listeners.back()
      warned = false
      timer = clock.setTimer(LONGEST_WAIT_MS, look)
      return
    }
    const timeoutMs = seconds * 1000
    const warningMs = Math.min(timing.idleWarning * 1000, timeoutMs / 2)
    const now = clock.monotonicNow()
    const elsewhere = power.idleSeconds()
    if (elsewhere !== null) last = Math.max(last, now - elsewhere * 1000)
    if (teaching()) last = now

    let endsIn = last + timeoutMs - now
    if (endsIn > warningMs) {
      if (warned) listeners.back()
      warned = false
      timer = clock.setTimer(Math.min(endsIn - warningMs, LONGEST_WAIT_MS), look)
      return
    }
    if (!warned) {
      // However long it is overdue.
      endsIn = warningMs
      last = now + endsIn - timeoutMs
      warned = true
      listeners.warn(endsIn)
    } else if (endsIn <= 0) {
      return listeners.ended()
    }
    timer = clock.setTimer(Math.min(endsIn, LOOK_MS), look)
  }

  return {
    activity() {
      last = clock.monotonicNow()
      if (warned) look()
    },
    watch() {
      watching = true
      warned = false
      look()
    },
    pause() {
      watching = false
      warned = false
      timer?.cancel()
      timer = null
    },
  }
}
