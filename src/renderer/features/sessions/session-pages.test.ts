import { expect, test } from 'vitest'
import type { ListedSession } from '../../../contract/live-sessions.ts'
import { indexOf, PAGE_SIZE, sessionAt, withPage, withSession, type Listing } from './session-pages.ts'

const session = (number: number): ListedSession => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  title: `Session ${number}`,
  course: '',
  description: '',
  status: 'upcoming',
  scheduledStart: '2026-12-01T10:00:00.000Z',
  scheduledEnd: '2026-12-01T11:00:00.000Z',
  startedAt: null,
  endedAt: null,
  host: { id: '00000000-0000-4000-8000-000000000001', displayName: 'Maya Okafor', role: 'instructor' },
  participantCount: 0,
  rating: null,
  attended: 0,
  tookPart: false,
  ownStars: null,
})
const sessions = (from: number) => Array.from({ length: PAGE_SIZE }, (_, place) => session(from + place))
const answer = (from: number, more: { total?: number; fetchedAt?: number; turn?: number } = {}) => ({
  items: sessions(from),
  total: 1000,
  fetchedAt: 1,
  turn: 1,
  ...more,
})
const titled = (listing: Listing, index: number) => sessionAt(listing, index)?.title

test('a page that was asked for out of turn is in its place, and what is before it is not known yet', () => {
  const listing = withPage(undefined, 'all', 3, answer(300))
  expect(titled(listing, 305)).toBe('Session 305')
  expect(titled(listing, 5)).toBeUndefined()
  expect(titled(withPage(listing, 'all', 0, answer(0)), 5)).toBe('Session 5')
})

test('a session that moved to another page is in the list once', () => {
  const first = withPage(undefined, 'all', 0, answer(0))
  // One was put before them all, and session 99 is the first of the second page now.
  const both = withPage(first, 'all', 1, answer(99, { fetchedAt: 2 }))
  expect(indexOf(both, session(99).id)).toBe(100)
  expect(titled(both, 99)).toBeUndefined()
  expect(both.pages.get(0)?.fetchedAt).toBe(0)
})

test('pages past a shorter end are gone, and the others are to be asked for again', () => {
  const two = withPage(withPage(undefined, 'all', 9, answer(900)), 'all', 1, answer(100))
  const shorter = withPage(two, 'all', 0, answer(0, { total: 250, fetchedAt: 5 }))
  expect([...shorter.pages.keys()].toSorted()).toEqual([0, 1])
  expect(shorter.pages.get(1)?.fetchedAt).toBe(0)
  expect(titled(shorter, 100)).toBe('Session 100')
})

test('the answer to another search leaves nothing of the one before', () => {
  const listing = withPage(withPage(undefined, 'all', 1, answer(100)), 'mine', 0, answer(0))
  expect([...listing.pages.keys()]).toEqual([0])
})

test('what is newly known of a session is shown where it stands', () => {
  const listing = withSession(withPage(undefined, 'all', 1, answer(100)), {
    id: session(150).id,
    ownStars: 4,
  })
  expect(sessionAt(listing, 150)).toMatchObject({ title: 'Session 150', ownStars: 4 })
  expect(withSession(listing, { id: session(5).id, ownStars: 4 })).toBe(listing)
})
