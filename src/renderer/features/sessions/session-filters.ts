/** Which sessions are looked for: as a question to the server, and as a look through those that are known here. */
import type { EndpointInput } from '../../../contract/api.ts'
import type { ListedSession, SessionSort } from '../../../contract/live-sessions.ts'
import { startOfDay } from '../../ui/time.ts'

export type Tab = 'live' | 'upcoming' | 'all'
export const periods = ['any', 'today', 'this-week', 'last-week', 'this-month'] as const
export type Period = (typeof periods)[number]

export interface Filters {
  readonly whose: 'everybody' | 'mine'
  /** Empty for every course. */
  readonly course: string
  /** Counts on the tab of all sessions; what is on or to come is few enough to look through. */
  readonly period: Period
  readonly sort: SessionSort
}

export const noFilters: Filters = { whose: 'everybody', course: '', period: 'any', sort: 'start' }

export interface Search extends Filters {
  readonly tab: Tab
  /** What is searched for; empty for everything. */
  readonly text: string
}

/** Two searches with the same name find the same. */
export const nameOf = ({ tab, text, whose, course, period, sort }: Search) =>
  JSON.stringify([tab, text, whose, course, tab === 'all' ? period : 'any', sort])

/** Whether anything but the order is other than it is at first. */
export const isFiltered = ({ tab, whose, course, period }: Search) =>
  whose !== 'everybody' || course !== '' || (tab === 'all' && period !== 'any')

/**
 * Where a week begins here.
 *
 * @returns 0 for Sunday, 1 for Monday
 */
export function firstWeekday(locale = new Intl.DateTimeFormat().resolvedOptions().locale): number {
  // A property once, a method now; TypeScript knows of neither.
  const week = new Intl.Locale(locale) as Intl.Locale & {
    readonly weekInfo?: { firstDay: number }
    getWeekInfo?(): { firstDay: number }
  }
  return ((week.getWeekInfo?.() ?? week.weekInfo)?.firstDay ?? 1) % 7
}

/** Midnights in this machine's time zone around this week, in epoch milliseconds; `away` is 1 for the next one. */
export function weekAround(now: number, away = 0, first = firstWeekday()): { from: number; to: number } {
  const midnight = new Date(startOfDay(now))
  const since = (midnight.getDay() - first + 7) % 7
  const day = (days: number) => new Date(midnight).setDate(midnight.getDate() - since + 7 * away + days)
  return { from: day(0), to: day(7) }
}

/** @returns null when any time will do */
export function periodAround(period: Period, now: number): { from: number; to: number } | null {
  const today = new Date(startOfDay(now))
  switch (period) {
    case 'any':
      return null
    case 'today':
      return { from: today.getTime(), to: new Date(today).setDate(today.getDate() + 1) }
    case 'this-week':
      return weekAround(now)
    case 'last-week':
      return weekAround(now, -1)
    case 'this-month':
      return {
        from: new Date(today).setDate(1),
        to: new Date(today.getFullYear(), today.getMonth() + 1, 1).getTime(),
      }
  }
}

export function queryOf(search: Search, now: number): EndpointInput<'listLiveSessions'>['query'] & object {
  const { tab, text, whose, course, period, sort } = search
  const time = tab === 'all' ? periodAround(period, now) : null
  return {
    ...(tab === 'all' ? {} : { status: tab }),
    ...(text ? { search: text } : {}),
    ...(whose === 'mine' ? { whose } : {}),
    ...(course ? { course } : {}),
    ...(time && { from: new Date(time.from).toISOString(), to: new Date(time.to).toISOString() }),
    ...(sort === 'start' ? {} : { sort }),
  }
}

const rank = { live: 0, upcoming: 1, ended: 2 } as const
const startOf = (session: ListedSession) => Date.parse(session.scheduledStart)
const peopleOf = (session: ListedSession) =>
  session.status === 'ended' ? session.attended : session.participantCount

const byStart = (a: ListedSession, b: ListedSession) =>
  rank[a.status] - rank[b.status] ||
  (a.status === 'ended' ? startOf(b) - startOf(a) : startOf(a) - startOf(b)) ||
  (a.id < b.id ? -1 : 1)

/** As the server sorts. */
const orders: Readonly<Record<SessionSort, (a: ListedSession, b: ListedSession) => number>> = {
  start: byStart,
  title: (a, b) => a.title.localeCompare(b.title) || byStart(a, b),
  people: (a, b) => peopleOf(b) - peopleOf(a) || byStart(a, b),
  rating: (a, b) => (b.rating ?? 0) - (a.rating ?? 0) || byStart(a, b),
}

/** The same search among sessions that are known without asking anybody. */
export function findAmong(
  sessions: readonly ListedSession[],
  search: Search,
  accountId: string,
  now: number,
): readonly ListedSession[] {
  const { tab, whose, course, period } = search
  const text = search.text.toLowerCase()
  const time = tab === 'all' ? periodAround(period, now) : null
  const found = sessions.filter((session) => {
    const start = startOf(session)
    return (
      (tab === 'all' || session.status === tab) &&
      (whose === 'everybody' || session.host.id === accountId || session.tookPart) &&
      (course === '' || session.course === course) &&
      (!time || (time.from <= start && start < time.to)) &&
      [session.title, session.course, session.host.displayName].some((words) =>
        words.toLowerCase().includes(text),
      )
    )
  })
  return found.toSorted(orders[search.sort])
}
