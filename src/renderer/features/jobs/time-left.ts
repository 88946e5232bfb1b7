/** How long a job still takes, by how fast it went lately: smoothed, and silent while nobody can know. */

/** What was seen of one job so far. Times are in milliseconds of a clock that is not set, such as `performance.now()`. */
export interface Pace {
  readonly progress: number
  readonly at: number
  /** When it was first seen moving. */
  readonly since: number
  /** Progress and milliseconds lately: what is longer ago counts for less. */
  readonly done: number
  readonly took: number
  /** What was said last, in milliseconds; null while nothing is. */
  readonly left: number | null
}

/** After this long, what was seen counts for a third. */
const MEMORY = 20_000
/** A guess sooner or from less would be one. */
const LEAST_TIME = 3000
const LEAST_PROGRESS = 0.03
/** Logarithm of how far the estimate may move in a second, beside the second that has passed: about a fifth. */
const FASTEST_CHANGE = 0.2
/** Milliseconds: below this, what is said moves by steps and not by ratios. */
const SHORT = 2000

/**
 * One more look at a job.
 *
 * @param before null at the first look, and when it has begun again
 * @param progress 0 to 1
 */
export function look(before: Pace | null, progress: number, at: number): Pace {
  if (!before || progress < before.progress || at < before.at) {
    return { progress, at, since: at, done: 0, took: 0, left: null }
  }
  const passed = at - before.at
  if (passed === 0 && progress === before.progress) return before
  const fade = Math.exp(-passed / MEMORY)
  const done = before.done * fade + (progress - before.progress)
  const took = before.took * fade + passed
  const known = before.left !== null || (at - before.since >= LEAST_TIME && done >= LEAST_PROGRESS)
  const raw = known && done > 0 ? ((1 - progress) * took) / done : null
  return { progress, at, since: before.since, done, took, left: steady(before.left, raw, passed) }
}

/** Milliseconds left, or null while nobody can tell. */
export const millisecondsLeft = (pace: Pace, at: number): number | null =>
  look(pace, pace.progress, Math.max(at, pace.at)).left

/** What was said goes down as time passes, and moves to what is true now without a leap. */
function steady(said: number | null, raw: number | null, passed: number): number | null {
  if (raw === null || said === null) return raw
  const expected = Math.max(said - passed, SHORT)
  const most = Math.exp((FASTEST_CHANGE * passed) / 1000)
  if (raw < SHORT && expected <= SHORT * most) return raw
  return Math.min(Math.max(raw, expected / most), expected * most)
}

/** What to say of it: rounded, because nobody knows better. */
export type TimeLeft =
  | { readonly unit: 'moments' | 'under-a-minute' }
  | { readonly unit: 'minutes' | 'hours'; readonly count: number }

export function roundedTimeLeft(milliseconds: number): TimeLeft {
  const seconds = milliseconds / 1000
  if (seconds < 10) return { unit: 'moments' }
  if (seconds < 45) return { unit: 'under-a-minute' }
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 10) return { unit: 'minutes', count: minutes }
  if (minutes < 60) return { unit: 'minutes', count: Math.round(minutes / 5) * 5 }
  return { unit: 'hours', count: Math.round(minutes / 60) }
}
