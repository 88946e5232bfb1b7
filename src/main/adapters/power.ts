import type { PowerMonitor, PowerSaveBlocker } from 'electron'
import type { PowerEvent, PowerEvents } from '../../core/ports.ts'

/** Sleep, wake and lock as the system announces them; on some Linux desktops it never does. */
export function createPowerEvents(monitor: PowerMonitor, blocker: PowerSaveBlocker): PowerEvents {
  const idleSeconds = readIdleSeconds(monitor)
  return {
    subscribe(listener: (event: PowerEvent) => void) {
      const suspend = () => listener('suspend')
      const resume = () => listener('resume')
      const lock = () => listener('lock')
      const unlock = () => listener('unlock')
      monitor.on('suspend', suspend)
      monitor.on('resume', resume)
      monitor.on('lock-screen', lock)
      monitor.on('unlock-screen', unlock)
      return () => {
        monitor.off('suspend', suspend)
        monitor.off('resume', resume)
        monitor.off('lock-screen', lock)
        monitor.off('unlock-screen', unlock)
      }
    },
    idleSeconds,
    holdAwake() {
      const id = blocker.start('prevent-app-suspension')
      return () => {
        if (blocker.isStarted(id)) blocker.stop(id)
      }
    },
  }
}

/** Often enough to meet a pause between two key strokes within the first minutes. Milliseconds. */
const LOOK_EVERY_MS = 2000

/**
 * Electron says 0 of somebody at the keyboard, and also where the system keeps it to itself (some Wayland desktops).
 * One answer above 0 tells the two apart, so it is looked for from the start.
 */
function readIdleSeconds(monitor: Pick<PowerMonitor, 'getSystemIdleTime'>): () => number | null {
  let canTell = false
  const read = () => {
    const seconds = monitor.getSystemIdleTime()
    if (seconds > 0 && !canTell) {
      canTell = true
      clearInterval(looking)
    }
    return canTell ? seconds : null
  }
  const looking = setInterval(read, LOOK_EVERY_MS)
  looking.unref()
  return read
}
