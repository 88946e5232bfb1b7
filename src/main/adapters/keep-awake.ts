import type { PowerSaveBlocker } from 'electron'

/** @returns keeps the screen on while it is told `true`, and lets go at once when it is told `false` */
export function createKeepAwake(blocker: PowerSaveBlocker): (awake: boolean) => void {
  let held: number | null = null
  return (awake) => {
    if (awake) {
      held ??= blocker.start('prevent-display-sleep')
    } else if (held !== null) {
      blocker.stop(held)
      held = null
    }
  }
}
