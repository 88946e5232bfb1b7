/**
 * The refresh token has an end of its own, and no renewal moves it. A person is told a day and an hour before, once
 * each, so that it never comes in the middle of a class as a surprise.
 */
import { timing } from '../contract/settings.ts'
import type { Clock, Timer } from './ports.ts'

export interface SessionEnd {
  /** Reckon again: a token was renewed, the machine woke, the server's clock is known better. */
  plan(): void
  stop(): void
}

export interface SessionEndPorts {
  readonly clock: Clock
  /** Epoch milliseconds on the server's clock; null when nobody is signed in. */
  readonly endsAt: () => number | null
  /** The server's clock now; null before its first answer. */
  readonly serverNow: () => number | null
  /** @param secondsLeft about how long the sign-in still lasts */
  readonly warn: (secondsLeft: number) => void
}

export function createSessionEnd({ clock, endsAt, serverNow, warn }: SessionEndPorts): SessionEnd {
  const thresholds = timing.sessionEndWarnings.toSorted((a, b) => a - b)
  let timer: Timer | null = null
  /** The end that was warned of, and the threshold of the last warning. */
  let warned: { readonly end: number; readonly threshold: number } | null = null

  const stop = () => {
    timer?.cancel()
    timer = null
  }

  function plan(): void {
    stop()
    const end = endsAt()
    const now = serverNow()
    if (end === null || now === null || end <= now) return
    const left = (end - now) / 1000
    const passed = thresholds.find((threshold) => left <= threshold)
    // Each renewal names the end anew, a second here or there.
    const same = warned !== null && Math.abs(warned.end - end) < 60_000
    if (passed !== undefined && !(same && warned !== null && warned.threshold <= passed)) {
      warned = { end, threshold: passed }
      warn(left)
    }
    const next = thresholds.findLast((threshold) => threshold < left)
    if (next !== undefined) timer = clock.setTimer((left - next) * 1000, plan)
  }

  return { plan, stop }
}
