import type { PowerMonitor, PowerSaveBlocker } from 'electron'
import type { PowerEvent, PowerEvents } from '../../core/ports.ts'

/** Sleep, wake and lock as the system announces them; on some Linux desktops it never does. */
export function createPowerEvents(monitor: PowerMonitor, blocker: PowerSaveBlocker): PowerEvents {
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
    holdAwake() {
      const id = blocker.start('prevent-app-suspension')
      return () => {
        if (blocker.isStarted(id)) blocker.stop(id)
      }
    },
  }
}
