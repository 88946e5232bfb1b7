import { expect, test } from 'vitest'
import type { ListedSession } from '../../../contract/live-sessions.ts'
import {
  findAmong,
  firstWeekday,
  noFilters,
  periodAround,
  queryOf,
  weekAround,
  type Search,
} from './session-filters.ts'

// A Saturday.
const now = new Date(2026, 10, 21, 10, 0).getTime()
const day = (month: number, date: number) => new Date(2026, month - 1, date).getTime()
const search = (changed: Partial<Search> = {}): Search => ({ tab: 'all', text: '', ...noFilters, ...changed })
const me = '00000000-0000-4000-8000-000000000001'

const session = (changed: Partial<ListedSession>): ListedSession => ({
  id: '00000000-0000-4000-8000-000000000100',
  title: 'Chirality',
  course: 'CHEM 232',
  description: '',
  status: 'upcoming',
  scheduledStart: new Date(now + 3600_000).toISOString(),
  scheduledEnd: new Date(now + 7200_000).toISOString(),
  startedAt: null,
  endedAt: null,
  host: { id: '00000000-0000-4000-8000-000000000002', displayName: 'Daniel Reyes', role: 'instructor' },
  participantCount: 0,
  rating: null,
  attended: 0,
  tookPart: false,
  ownStars: null,
  ...changed,
})

test('a week begins on the day it begins on here', () => {
  expect([firstWeekday('en-GB'), firstWeekday('en-US'), firstWeekday('ar-EG')]).toEqual([1, 0, 6])
  expect(weekAround(now, 0, 1)).toEqual({ from: day(11, 16), to: day(11, 23) })
  expect(weekAround(now, 0, 0)).toEqual({ from: day(11, 15), to: day(11, 22) })
  expect(weekAround(now, -1, 6)).toEqual({ from: day(11, 14), to: day(11, 21) })
})

test('a period is made of whole days', () => {
  expect(periodAround('any', now)).toBeNull()
  expect(periodAround('today', now)).toEqual({ from: day(11, 21), to: day(11, 22) })
  expect(periodAround('this-month', now)).toEqual({ from: day(11, 1), to: day(12, 1) })
})

test('the server is asked for what is wanted, and for nothing that is not', () => {
  expect(queryOf(search(), now)).toEqual({})
  const narrow = { tab: 'live', text: 'chem', whose: 'mine', course: 'CHEM 232', sort: 'title' } as const
  expect(queryOf(search({ ...narrow, period: 'today' }), now)).toEqual({
    status: 'live',
    search: 'chem',
    whose: 'mine',
    course: 'CHEM 232',
    sort: 'title',
  })
  expect(queryOf(search({ period: 'today' }), now)).toEqual({
    from: new Date(day(11, 21)).toISOString(),
    to: new Date(day(11, 22)).toISOString(),
  })
})

test('without the server the same is found among what is known', () => {
  const known = [
    session({ title: 'Mine', host: { id: me, displayName: 'Maya Okafor', role: 'instructor' } }),
    session({ title: 'Visited', tookPart: true, course: 'BIOL 118' }),
    session({ title: 'On', status: 'live' }),
    session({ title: 'Long ago', status: 'ended', scheduledStart: '2026-01-05T10:00:00.000Z' }),
  ]
  const found = (changed: Partial<Search>) =>
    findAmong(known, search(changed), me, now).map(({ title }) => title)
  expect(found({})).toEqual(['On', 'Mine', 'Visited', 'Long ago'])
  expect(found({ sort: 'title' })).toEqual(['Long ago', 'Mine', 'On', 'Visited'])
  expect(found({ tab: 'live' })).toEqual(['On'])
  expect(found({ whose: 'mine' })).toEqual(['Mine', 'Visited'])
  expect(found({ course: 'BIOL 118' })).toEqual(['Visited'])
  expect(found({ text: 'MAYA' })).toEqual(['Mine'])
  expect(found({ period: 'this-month' })).not.toContain('Long ago')
})
