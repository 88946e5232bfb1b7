/** The one Chromium of this process: an app is one process, and its windows all live in there. */
import type { Chromium } from './chromium/process.ts'
import type { Relay } from './chromium/relay.ts'

export interface Running {
  readonly chromium: Chromium
  readonly relay: Relay
}

let running: Running | undefined

export function setRunning(value: Running): void {
  running = value
}

/** @throws Error before the app is ready. */
export function getRunning(): Running {
  if (!running) throw new Error('electron-host: this can only be used after the app is ready.')
  return running
}
