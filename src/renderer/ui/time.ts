/** Times and lengths in words. Instants are ISO texts or epoch milliseconds; lengths are milliseconds. */
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY

type Moment = string | number
const at = (moment: Moment) => (typeof moment === 'number' ? moment : Date.parse(moment))

/** How one language tells the time, in this machine's time zone. */
export interface TimeWords {
  /** `10:42` */
  clockTime(moment: Moment): string
  /** `10:00 – 11:30` */
  timeSpan(from: Moment, to: Moment): string
  /** `Today`, `Tomorrow`, `Yesterday` or `Monday 24 November` */
  dayName(moment: Moment, now: number): string
  /** `today`, `Tuesday` within a week, `3 November` further away: for the middle of a sentence. */
  dayWithin(moment: Moment, now: number): string
  /** `today 14:02`, `Tuesday 14:02` */
  dayAndTime(moment: Moment, now: number): string
  /** `5 minutes ago`, `in 2 hours`, `yesterday` */
  fromNow(moment: Moment, now: number): string
  /** `5 s`, `25 min`, `2 h 5 min`, `3 days`: the two largest parts that matter. */
  lengthInWords(milliseconds: number): string
}

const known = new Map<string, TimeWords>()

/** @param language of the page, as i18next names it */
export function timeWords(language: string): TimeWords {
  const words = known.get(language) ?? createTimeWords(language)
  known.set(language, words)
  return words
}

/** As the page's language tells the time. */
export const useTimeWords = (): TimeWords => timeWords(useTranslation().i18n.language)

/** Whether noon is 12:00 or 12:00 pm is the person's own habit where the system speaks their language. */
function hour12In(language: string): boolean {
  const system = new Intl.DateTimeFormat().resolvedOptions().locale
  const habit = system.split('-')[0] === language ? system : language
  return new Intl.DateTimeFormat(habit, { hour: 'numeric' }).resolvedOptions().hour12 ?? false
}

function createTimeWords(language: string): TimeWords {
  // The day before the month, as most of the world that reads English writes it.
  const locale = language === 'en' ? 'en-GB' : language
  const hour12 = hour12In(language)
  const hours = { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit', hour12 } as const
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options)
  const clock = format(hours)
  const weekdayAndDate = format({ weekday: 'long', day: 'numeric', month: 'long' })
  const weekday = format({ weekday: 'long' })
  const date = format({ day: 'numeric', month: 'long' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const capital = (text: string) => text.replace(/^\p{Ll}/u, (letter) => letter.toLocaleUpperCase(locale))
  const length = lengthsIn(locale)

  const dayName = (moment: Moment, now: number) => {
    const days = daysBetween(now, at(moment))
    // A comma after the weekday is right in German and Arabic, and one too many in English.
    if (Math.abs(days) > 1)
      return locale === 'en-GB'
        ? weekdayAndDate.format(at(moment)).replace(',', '')
        : weekdayAndDate.format(at(moment))
    return capital(relative.format(days, 'day'))
  }

  const dayWithin = (moment: Moment, now: number) => {
    const days = daysBetween(now, at(moment))
    if (Math.abs(days) <= 1) return relative.format(days, 'day')
    return (Math.abs(days) < 7 ? weekday : date).format(at(moment))
  }

  return {
    clockTime: (moment) => clock.format(at(moment)),
    timeSpan: (from, to) => clock.formatRange(at(from), at(to)),
    dayName,
    dayWithin,
    dayAndTime: (moment, now) => `${dayWithin(moment, now)} ${clock.format(at(moment))}`,
    fromNow(moment, now) {
      const away = at(moment) - now
      const [unit, size] = unitOf(Math.abs(away))
      return relative.format(Math.trunc(away / size), unit)
    },
    lengthInWords(milliseconds) {
      const left = Math.max(0, milliseconds)
      if (left < MINUTE) return length('second', Math.max(1, Math.floor(left / 1000)))
      if (left < HOUR) return length('minute', Math.floor(left / MINUTE))
      if (left >= DAY) return length('day', Math.floor(left / DAY))
      const whole = length('hour', Math.floor(left / HOUR))
      const minutes = Math.floor((left % HOUR) / MINUTE)
      if (minutes === 0) return whole
      return length.join([whole, length('minute', minutes)])
    },
  }
}

function unitOf(length: number): ['second' | 'minute' | 'hour' | 'day' | 'week', number] {
  if (length < MINUTE) return ['second', 1000]
  if (length < HOUR) return ['minute', MINUTE]
  if (length < DAY) return ['hour', HOUR]
  return length < 4 * WEEK ? ['day', DAY] : ['week', WEEK]
}

/** Latin scripts share the symbols of the SI; other scripts write the words. Days have no symbol that people read. */
function lengthsIn(locale: string) {
  const symbols: Readonly<Record<string, string>> = { second: 's', minute: 'min', hour: 'h' }
  const latin = new Intl.Locale(locale).maximize().script === 'Latn'
  const join = new Intl.ListFormat(locale, { type: 'unit', style: latin ? 'narrow' : 'long' })
  const inWords = (unit: string, count: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  return Object.assign(
    (unit: 'second' | 'minute' | 'hour' | 'day', count: number) =>
      latin && symbols[unit] ? `${count} ${symbols[unit]}` : inWords(unit, count),
    { join: (parts: string[]) => (latin ? parts.join(' ') : join.format(parts)) },
  )
}

/** Midnights between two instants, in this machine's time zone; negative when `to` is before `from`. */
export const daysBetween = (from: number, to: number) => Math.round((startOfDay(to) - startOfDay(from)) / DAY)

/** Midnight in this machine's time zone, in epoch milliseconds. */
export function startOfDay(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0)
}

/** `07:05`, `1:42:07`: for a clock that runs. The same in every language. */
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
