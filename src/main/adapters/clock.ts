import type { Clock } from '../../core/ports.ts'

/** Node fires a timer with a longer delay at once (it is kept in 32 bits), so long ones are walked in steps. */
const LONGEST_STEP_MS = 2 ** 31 - 1

export const clock: Clock = {
  wallNow: () => Date.now(),
  monotonicNow: () => performance.now(),
  setTimer(delayMs, run) {
    const due = performance.now() + delayMs
    let handle: NodeJS.Timeout
    const step = () => {
      const left = due - performance.now()
      if (left > LONGEST_STEP_MS) handle = setTimeout(step, LONGEST_STEP_MS)
      // Rounded up: Node cuts fractions off, and a timer must never run early.
      else handle = setTimeout(run, Math.max(0, Math.ceil(left)))
    }
    step()
    return { cancel: () => clearTimeout(handle) }
  },
}
