import { expect, test } from 'vitest'
import type { LiveSession } from '../../../contract/model.ts'
import { timeWords } from '../../ui/time.ts'
import ar from '../../../locales/ar/sessions.json'
import de from '../../../locales/de/sessions.json'
import { startWords } from '../../words.ts'
import { dayOf, groupOf, shortDayOf, ratingInWords, sessionMoment, timeLeft } from './session-words.ts'

const now = new Date(2026, 10, 21, 10, 0).getTime()
const minutes = (count: number) => new Date(now + count * 60_000).toISOString()
const DAY = 24 * 60

const i18n = await startWords()
const t = i18n.getFixedT('en', 'sessions')
const english = timeWords('en')

const session = (start: number, more: Partial<LiveSession> = {}): LiveSession => ({
  id: '00000000-0000-4000-8000-000000000100',
  title: 'Chirality',
  course: '',
  description: '',
  status: 'upcoming',
  scheduledStart: minutes(start),
  scheduledEnd: minutes(start + 90),
  startedAt: null,
  endedAt: null,
  host: { id: '00000000-0000-4000-8000-000000000001', displayName: 'Maya Okafor', role: 'instructor' },
  participantCount: 0,
  rating: null,
  ...more,
})
const live = (start: number, more: Partial<LiveSession> = {}) =>
  session(start, { status: 'live', startedAt: minutes(start), ...more })

test('a session stands under what it is or the day it is planned for', () => {
  const heading = (one: LiveSession) => groupOf(one, now, t, english, 'en')
  expect(heading(live(-10))).toBe('Live now')
  expect(heading(session(60))).toBe('Today')
  expect(heading(session(DAY))).toBe('Tomorrow')
  expect(heading(session(-2 * DAY, { status: 'ended' }))).toBe('Ended')
})

test('a session that should have begun on an earlier day is not filed under the past', () => {
  expect(groupOf(session(-2 * DAY), now, t, english, 'en')).toBe('Not started yet')
})

test('when a session starts, runs or ended is told relative to now', () => {
  const moment = (one: LiveSession) => sessionMoment(one, now, t, english)
  expect(moment(session(25))).toBe('Starts in 25 min')
  expect(moment(session(-5))).toBe('Should have started')
  expect(moment(live(-42))).toBe('Started 42 min ago')
  expect(moment(live(0))).toBe('Started just now')
  expect(moment(session(-DAY, { status: 'ended', endedAt: minutes(-3 * 60) }))).toBe('Ended 3 h ago')
  expect(moment(session(-9 * DAY, { status: 'ended', endedAt: minutes(-9 * DAY + 90) }))).toBe('')
})

test('a live session says how long it has left, and by how much it is over', () => {
  const left = (one: LiveSession) => timeLeft(one, now, t, english)
  expect(left(live(-70))).toEqual({ words: 'Ends in 20 min', over: false, gone: 70 / 90 })
  expect(left(live(-90)).words).toBe('Ends now')
  expect(left(live(-95))).toEqual({ words: 'Over by 5 min', over: true, gone: 1 })
})

test('a day of another year has its year', () => {
  const at = (days: number) => now + days * DAY * 60_000
  const short = (days: number) => shortDayOf(at(days), now, english, 'en')
  expect([-1, -18, -714].map(short)).toEqual(['yesterday', '3 November', '7 Dec 2024'])
  expect(dayOf(at(2), now, english, 'en')).toBe('Monday 23 November')
  expect(dayOf(at(60), now, english, 'en')).toBe('Wednesday 20 January 2027')
  expect(dayOf(at(60), now, timeWords('de'), 'de')).toBe('Mittwoch, 20. Januar 2027')
})

test('the number of people is a sentence for zero and one too', () => {
  expect([0, 1, 2].map((count) => t('people', { count }))).toEqual([
    'Nobody is here yet',
    '1 person',
    '2 people',
  ])
})

test('cards speak German and Arabic, with their numbers', () => {
  i18n.addResourceBundle('de', 'sessions', de)
  i18n.addResourceBundle('ar', 'sessions', ar)
  const german = i18n.getFixedT('de', 'sessions')
  expect(timeLeft(live(-70), now, german, timeWords('de')).words).toBe('Endet in 20 min')
  expect(ratingInWords(4.5, german, 'de')).toBe('Bewertet mit 4,5 von 5')
  const arabic = i18n.getFixedT('ar', 'sessions')
  expect([0, 1, 2, 3, 11, 100].map((count) => arabic('people', { count }))).toEqual([
    'لا أحد هنا بعد',
    'شخص واحد',
    'شخصان',
    '3 أشخاص',
    '11 شخصًا',
    '100 شخص',
  ])
})
