/** Times and lengths in words. Instants are ISO texts or epoch milliseconds; lengths are milliseconds. */
import { useSyncExternalStore } from 'react'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Moment = string | number
const at = (moment: Moment) => (typeof moment === 'number' ? moment : Date.parse(moment))

// The words are English; whether noon is 12:00 or 12:00 pm is the person's own habit.
const hour12 = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ?? false
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: hour12 ? 'numeric' : '2-digit',
  minute: '2-digit',
  hour12,
})
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })

/** `10:42` */
export const clockTime = (moment: Moment) => clock.format(at(moment))

/** `10:00 – 11:30` */
export const timeSpan = (from: Moment, to: Moment) => clock.formatRange(at(from), at(to))

/** `Today`, `Tomorrow`, `Yesterday` or `Monday 24 November`, in this machine's time zone. */
export function dayName(moment: Moment, now: number): string {
  const days = Math.round((startOfDay(at(moment)) - startOfDay(now)) / DAY)
  if (days === 0) return 'Today'
  if (days === 1) return 'Tomorrow'
  if (days === -1) return 'Yesterday'
  return weekday.format(at(moment)).replace(',', '')
}

/** Midnight in this machine's time zone, in epoch milliseconds. */
export function startOfDay(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0)
}

/** `5 s`, `25 min`, `2 h 5 min`, `3 days`: the two largest parts that matter. */
export function lengthInWords(milliseconds: number): string {
  const length = Math.max(0, milliseconds)
  if (length < MINUTE) return `${Math.max(1, Math.floor(length / 1000))} s`
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`
  if (length < DAY) {
    const minutes = Math.floor((length % HOUR) / MINUTE)
    const hours = `${Math.floor(length / HOUR)} h`
    return minutes === 0 ? hours : `${hours} ${minutes} min`
  }
  const days = Math.floor(length / DAY)
  return days === 1 ? '1 day' : `${days} days`
}

/** `07:05`, `1:42:07`: for a clock that runs. */
export function runningTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return hours > 0
    ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`
    : `${two(minutes)}:${two(seconds % 60)}`
}

/** The wall clock in epoch milliseconds, rounded down to `step`, re-rendering when it moves on. */
export function useNow(step: number): number {
  return useSyncExternalStore(
    (changed) => {
      const timer = setInterval(changed, Math.min(step, 1000))
      return () => clearInterval(timer)
    },
    () => Math.floor(Date.now() / step) * step,
  )
}

/**
 * Whole seconds from now until `moment`, re-rendering when one has gone. Rounded up, so that 15 s begin with 15 and 0
 * means that it is time.
 */
export function useSecondsUntil(moment: number | null): number {
  return useSyncExternalStore(
    (changed) => {
      if (moment === null) return () => {}
      const timer = setInterval(changed, 200)
      return () => clearInterval(timer)
    },
    () => secondsBetween(Date.now(), moment),
  )
}

export const secondsBetween = (now: number, moment: number | null) =>
  moment === null ? 0 : Math.max(0, Math.ceil((moment - now) / 1000))
