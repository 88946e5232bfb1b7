/** "Still here": said to every room this person is in; outside of rooms, the server is asked whether it still knows us. */
import { timing } from '../contract/settings.ts'
import type { Clock, Timer } from './ports.ts'

export interface HeartbeatPorts {
  readonly clock: Clock
  /** Tells all rooms. False when there are none. */
  readonly sayHere: () => boolean
  /** Finds out whether the sign-in still holds. */
  readonly verify: () => Promise<void>
}

export interface Heartbeat {
  start(): void
  stop(): void
}

export function createHeartbeat({ clock, sayHere, verify }: HeartbeatPorts): Heartbeat {
  let timer: Timer | null = null

  function start(): void {
    timer?.cancel()
    timer = clock.setTimer(timing.heartbeatInterval * 1000, () => {
      start()
      if (!sayHere()) void verify()
    })
  }

  return { start, stop: () => timer?.cancel() }
}
