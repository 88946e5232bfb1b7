import { EventEmitter } from 'node:events'
import { complete, completeClass } from '../unimplemented.ts'
import { record } from './desktop.ts'

/** Nothing is heard of the real machine: tests emit `suspend`, `resume`, `lock-screen` and `unlock-screen` here. */
class PowerMonitor extends EventEmitter {
  static {
    completeClass(PowerMonitor, 'powerMonitor')
  }
  /** Seconds. */
  getSystemIdleTime(): number {
    return 0
  }
  getSystemIdleState(_thresholdSeconds: number): 'active' {
    return 'active'
  }
  getCurrentThermalState(): 'unknown' {
    return 'unknown'
  }
  isOnBatteryPower(): boolean {
    return false
  }
  get onBatteryPower(): boolean {
    return false
  }
}

export const powerMonitor = new PowerMonitor()

/** Counts its holders as Electron does, and keeps no machine awake. */
function createPowerSaveBlocker() {
  const held = new Set<number>()
  let lastId = -1
  return complete('powerSaveBlocker', {
    start(type: 'prevent-app-suspension' | 'prevent-display-sleep'): number {
      if (type !== 'prevent-app-suspension' && type !== 'prevent-display-sleep') {
        throw new TypeError('Error processing argument at index 0, conversion failure')
      }
      record('powerSaveBlocker.start', type)
      held.add(++lastId)
      return lastId
    },
    stop: (id: number) => {
      record('powerSaveBlocker.stop', id)
      return held.delete(id)
    },
    isStarted: (id: number) => held.has(id),
  })
}

export const powerSaveBlocker = createPowerSaveBlocker()
