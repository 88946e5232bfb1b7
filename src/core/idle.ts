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

/**
 * @param timeout seconds; null for never
 * @param teaching whether this person is holding a live session at the moment
 */
export function createIdle(
  { clock, power }: { readonly clock: Clock; readonly power: PowerEvents },
  timeout: number | null,
  teaching: () => boolean,
  listeners: IdleListeners,
): Idle {
  const warningMs = Math.min(timing.idleWarning, (timeout ?? 0) / 2) * 1000
  /** Monotonic. */
  let last = clock.monotonicNow()
  let timer: Timer | null = null
  let watching = false
  let warned = false

  function look(): void {
    timer?.cancel()
    timer = null
    if (timeout === null || !watching) return
    const now = clock.monotonicNow()
    const elsewhere = power.idleSeconds()
    if (elsewhere !== null) last = Math.max(last, now - elsewhere * 1000)
    if (teaching()) last = now

    let endsIn = last + timeout * 1000 - now
    if (endsIn > warningMs) {
      if (warned) listeners.back()
      warned = false
      timer = clock.setTimer(endsIn - warningMs, look)
      return
    }
    if (!warned) {
      // However long it is overdue.
      endsIn = warningMs
      last = now + endsIn - timeout * 1000
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
