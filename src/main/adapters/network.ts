import type { Network } from '../../core/ports.ts'

/** Main has no event for this (only pages do), so the state Chromium keeps is compared every two seconds. */
const LOOK_EVERY_MS = 2000

/** @param isOnline `net.isOnline` of Electron; cheap, asks nobody. */
export function createNetwork(isOnline: () => boolean): Network {
  return {
    subscribe(listener) {
      let last = isOnline()
      const timer = setInterval(() => {
        const now = isOnline()
        if (now === last) return
        last = now
        listener(now)
      }, LOOK_EVERY_MS)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}
