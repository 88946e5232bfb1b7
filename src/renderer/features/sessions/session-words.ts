/** What a card says of its session, in the language of the page. */
import type { TFunction } from 'i18next'
import type { LiveSession } from '../../../contract/model.ts'
import { daysBetween, startOfDay, type TimeWords } from '../../ui/time.ts'

type Words = TFunction<'sessions'>

const isOfAnotherYear = (moment: number, now: number) =>
  Math.abs(daysBetween(now, moment)) > 1 && new Date(moment).getFullYear() !== new Date(now).getFullYear()

function dateIn(language: string, dateStyle: 'full' | 'medium', moment: number): string {
  if (language !== 'en') return new Intl.DateTimeFormat(language, { dateStyle }).format(moment)
  // A comma after the weekday is one too many in English, and whether there is one depends on the ICU.
  return new Intl.DateTimeFormat('en-GB', { dateStyle }).format(moment).replace(',', '')
}

/** `Today`, `Monday 24 November`, and with its year when that is another one. */
export const dayOf = (moment: number, now: number, { dayName }: TimeWords, language: string) =>
  isOfAnotherYear(moment, now) ? dateIn(language, 'full', moment) : dayName(moment, now)

/** `today`, `Tuesday`, `3 November`, and with its year when that is another one. */
export const shortDayOf = (moment: number, now: number, { dayWithin }: TimeWords, language: string) =>
  isOfAnotherYear(moment, now) ? dateIn(language, 'medium', moment) : dayWithin(moment, now)

/** The heading a session stands under while the list is in the order of time. */
export function groupOf(
  session: LiveSession,
  now: number,
  t: Words,
  words: TimeWords,
  language: string,
): string {
  if (session.status === 'live') return t('group.live')
  if (session.status === 'ended') return t('group.ended')
  const start = Date.parse(session.scheduledStart)
  // What should have begun yesterday and has not is still to come; it belongs on top, not in the past.
  return start < startOfDay(now) ? t('group.late') : dayOf(start, now, words, language)
}

const WEEK = 7 * 24 * 3600_000

/** `Started 42 min ago`, `Starts in 2 h 5 min`, `Ended 3 days ago`; empty where a date says it better. */
export function sessionMoment(
  session: LiveSession,
  now: number,
  t: Words,
  { lengthInWords }: TimeWords,
): string {
  const ago = (what: 'started' | 'ended', instant: string) => {
    const since = now - Date.parse(instant)
    return since < 60_000
      ? t(`moment.${what}-just-now`)
      : t(`moment.${what}`, { length: lengthInWords(since) })
  }
  switch (session.status) {
    case 'live':
      return ago('started', session.startedAt ?? session.scheduledStart)
    case 'ended': {
      const endedAt = session.endedAt ?? session.scheduledEnd
      return now - Date.parse(endedAt) < WEEK ? ago('ended', endedAt) : ''
    }
    case 'upcoming': {
      const until = Date.parse(session.scheduledStart) - now
      if (until <= 0) return t('moment.late')
      return until < 60_000 ? t('moment.soon') : t('moment.starts', { length: lengthInWords(until) })
    }
  }
}

export interface TimeLeft {
  readonly words: string
  readonly over: boolean
  /** How much of the planned time has gone, 0 to 1. */
  readonly gone: number
}

/** `Ends in 20 min`, `Over by 5 min`: of a session that is on. */
export function timeLeft(
  session: LiveSession,
  now: number,
  t: Words,
  { lengthInWords }: TimeWords,
): TimeLeft {
  const end = Date.parse(session.scheduledEnd)
  const start = Date.parse(session.startedAt ?? session.scheduledStart)
  const left = end - now
  const gone = Math.min(1, Math.max(0, (now - start) / Math.max(1, end - start)))
  if (Math.abs(left) < 60_000) return { words: t('left.now'), over: false, gone }
  return left > 0
    ? { words: t('left.ends', { length: lengthInWords(left) }), over: false, gone }
    : { words: t('left.over', { length: lengthInWords(-left) }), over: true, gone: 1 }
}

/** @param rating 1 to 5 */
export const ratingInWords = (rating: number, t: Words, language: string) =>
  t('rated', {
    rating: new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(
      rating,
    ),
  })
