import { useSyncExternalStore } from 'react'
import { millisecondsLeft, roundedTimeLeft, type Pace, type TimeLeft } from './time-left.ts'

const known = new Map<string, TimeLeft>()

/** How long a job still takes, also while nothing is heard of it; null while nobody can tell. */
export function useTimeLeft(pace: Pace | undefined): TimeLeft | null {
  return useSyncExternalStore(
    (changed) => {
      const timer = setInterval(changed, 1000)
      return () => clearInterval(timer)
    },
    () => {
      // By the second: two looks of one rendering have to find the same.
      const left = pace ? millisecondsLeft(pace, Math.floor(performance.now() / 1000) * 1000) : null
      return left === null ? null : same(roundedTimeLeft(left))
    },
  )
}

/** What says the same is the same object, so that React does not draw again for nothing. */
function same(left: TimeLeft): TimeLeft {
  const name = 'count' in left ? `${left.count} ${left.unit}` : left.unit
  const before = known.get(name)
  if (before) return before
  known.set(name, left)
  return left
}
