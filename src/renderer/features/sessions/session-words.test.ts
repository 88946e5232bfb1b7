import { expect, test } from 'vitest'
import type { LiveSession } from '../../../contract/model.ts'
import { groupSessions, peopleInRoom, sessionMoment } from './session-words.ts'

const now = new Date(2026, 10, 21, 10, 0).getTime()
const minutes = (count: number) => new Date(now + count * 60_000).toISOString()
const DAY = 24 * 60

const session = (title: string, start: number, more: Partial<LiveSession> = {}): LiveSession => ({
  id: '00000000-0000-4000-8000-000000000100',
  title,
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

test('live sessions come first, then days in order, then what is over with the newest on top', () => {
  const groups = groupSessions(
    [
      session('older', -5 * DAY, { status: 'ended' }),
      session('newer', -2 * DAY, { status: 'ended' }),
      session('tomorrow', DAY),
      session('in an hour', 60),
      session('on air', -10, { status: 'live' }),
    ],
    now,
  )
  expect(groups.map(({ title, sessions }) => [title, sessions.map((one) => one.title)])).toEqual([
    ['Live now', ['on air']],
    ['Today', ['in an hour']],
    ['Tomorrow', ['tomorrow']],
    ['Ended', ['newer', 'older']],
  ])
})

test('a session that should have begun on an earlier day is not filed under the past', () => {
  expect(groupSessions([session('late', -2 * DAY)], now)[0]?.title).toBe('Not started yet')
})

test('when a session starts, runs or ended is told relative to now', () => {
  expect(sessionMoment(session('a', 25), now)).toBe('Starts in 25 min')
  expect(sessionMoment(session('a', -5), now)).toBe('Should have started')
  expect(sessionMoment(session('a', -60, { status: 'live', startedAt: minutes(-42) }), now)).toBe(
    'Started 42 min ago',
  )
  expect(sessionMoment(session('a', -DAY, { status: 'ended', endedAt: minutes(-3 * 60) }), now)).toBe(
    'Ended 3 h ago',
  )
})

test('the number of people is a sentence for zero and one too', () => {
  expect([0, 1, 2].map(peopleInRoom)).toEqual(['Nobody is here yet', '1 person', '2 people'])
})
