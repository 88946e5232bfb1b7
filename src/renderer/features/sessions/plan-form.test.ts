import { describe, expect, test } from 'vitest'
import type { LiveSession } from '../../../contract/model.ts'
import { emptyForm, formOf, instantsOf, planOf, timesIn, type PlanForm } from './plan-form.ts'

const BERLIN = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)
const now = at('2026-11-21T09:20:30.000Z')

const form = (changed: Partial<PlanForm> = {}): PlanForm => ({
  ...emptyForm(now, BERLIN),
  title: 'Chirality',
  ...changed,
})
const plan = (changed: Partial<PlanForm>, session: LiveSession | null = null) =>
  planOf(form(changed), session, now, BERLIN)
const times = (changed: Partial<PlanForm>) => {
  const { start, end } = timesIn(form(changed), now, BERLIN)
  return [start, end].map((moment) => moment !== null && new Date(moment).toISOString())
}

const session: LiveSession = {
  id: '00000000-0000-4000-8000-000000000100',
  title: 'Chirality',
  course: 'CHEM 232',
  description: '',
  status: 'upcoming',
  scheduledStart: '2026-12-01T22:30:00.000Z',
  scheduledEnd: '2026-12-02T00:00:00.000Z',
  startedAt: null,
  endedAt: null,
  host: { id: '00000000-0000-4000-8000-000000000001', displayName: 'Maya Okafor', role: 'instructor' },
  participantCount: 0,
  rating: null,
}

describe('the time on the clocks', () => {
  test('is one instant on an ordinary day, in winter and in summer', () => {
    expect(instantsOf('2026-11-21', '10:00', BERLIN)).toEqual([at('2026-11-21T09:00:00Z')])
    expect(instantsOf('2026-07-21', '10:00', BERLIN)).toEqual([at('2026-07-21T08:00:00Z')])
    expect(instantsOf('2026-07-21', '10:00', 'Asia/Kathmandu')).toEqual([at('2026-07-21T04:15:00Z')])
    expect(instantsOf('2026-07-21', '10:00', 'Pacific/Kiritimati')).toEqual([at('2026-07-20T20:00:00Z')])
  })

  test('is none in the hour that spring skips, and two in the hour that autumn repeats', () => {
    expect(instantsOf('2027-03-28', '02:30', BERLIN)).toEqual([])
    expect(instantsOf('2026-10-25', '02:30', BERLIN)).toEqual([
      at('2026-10-25T00:30:00Z'),
      at('2026-10-25T01:30:00Z'),
    ])
    // Half an hour only, on Lord Howe Island.
    expect(instantsOf('2026-10-04', '02:15', 'Australia/Lord_Howe')).toEqual([])
  })

  test('is none for what is no time', () => {
    expect(instantsOf('', '10:00', BERLIN)).toEqual([])
    expect(instantsOf('2026-02-31', '', BERLIN)).toEqual([])
  })
})

test('a new session begins with the next full hour and takes one', () => {
  expect(emptyForm(now, BERLIN)).toMatchObject({ date: '2026-11-21', start: '11:00', end: '12:00' })
  expect(emptyForm(now, 'Asia/Kathmandu')).toMatchObject({ start: '16:00', end: '17:00' })
  expect(emptyForm(at('2026-11-21T22:30:00Z'), BERLIN)).toMatchObject({
    date: '2026-11-22',
    start: '00:00',
    end: '01:00',
  })
})

test('what is typed in local time is planned at that instant', () => {
  expect(plan({ date: '2026-12-01', start: '10:00', end: '11:30', course: ' CHEM 232 ' })).toEqual({
    plan: {
      title: 'Chirality',
      course: 'CHEM 232',
      description: '',
      scheduledStart: '2026-12-01T09:00:00.000Z',
      scheduledEnd: '2026-12-01T10:30:00.000Z',
    },
  })
})

test('an end at an earlier hour is on the day after, also in the night of the time change', () => {
  expect(times({ date: '2026-12-31', start: '23:30', end: '01:00' })).toEqual([
    '2026-12-31T22:30:00.000Z',
    '2027-01-01T00:00:00.000Z',
  ])
  expect(times({ date: '2026-10-24', start: '23:00', end: '02:30' })[1]).toBe('2026-10-25T01:30:00.000Z')
  expect(plan({ date: '2026-12-01', start: '14:00', end: '13:00' })).toEqual({
    problems: { end: 'end-before-start' },
  })
  expect(plan({ date: '2026-12-01', start: '14:00', end: '14:00' })).toEqual({
    problems: { end: 'end-before-start' },
  })
})

test('a session across the change of clocks takes as long as it takes', () => {
  const [start, end] = times({ date: '2027-03-28', start: '01:00', end: '04:00' })
  expect(at(String(end)) - at(String(start))).toBe(2 * 3600_000)
})

test.each<[string, Partial<PlanForm>, object]>([
  ['no title', { title: '   ' }, { title: 'title-missing' }],
  ['a long title', { title: 'x'.repeat(201) }, { title: 'title-long' }],
  ['a long course', { course: 'x'.repeat(121) }, { course: 'course-long' }],
  ['a long description', { description: 'x'.repeat(2001) }, { description: 'description-long' }],
  ['half a letter', { title: '\ud83d' }, { title: 'letters' }],
  ['no date', { date: '' }, { date: 'date-missing' }],
  ['no start', { start: '' }, { start: 'time-missing' }],
  ['no end', { end: '' }, { end: 'time-missing' }],
  [
    'a start that no clock shows',
    { date: '2027-03-28', start: '02:30', end: '04:00' },
    { start: 'time-skipped' },
  ],
  ['a date long ago', { date: '2026-11-18' }, { start: 'start-past', end: 'end-past' }],
  ['a date in another age', { date: '0201-11-18' }, { date: 'date-far' }],
  ['a year with five digits', { date: '12026-11-18' }, { date: 'date-far' }],
  ['an end that has passed', { date: '2026-11-21', start: '08:00', end: '09:00' }, { end: 'end-past' }],
])('%s is said at its field', (_, changed, problems) => {
  expect(plan(changed)).toEqual({ problems: expect.objectContaining(problems) })
})

test('one that begins right away needs no date, and ends at the next such hour', () => {
  expect(plan({ rightAway: true, date: '', start: '', end: '12:00' })).toMatchObject({
    plan: { scheduledStart: '2026-11-21T09:20:30.000Z', scheduledEnd: '2026-11-21T11:00:00.000Z' },
  })
})

test('a plan that was opened and not touched is the same plan', () => {
  expect(formOf(session, BERLIN)).toMatchObject({ date: '2026-12-01', start: '23:30', end: '01:00' })
  const { title, course, description, scheduledStart, scheduledEnd } = session
  expect(planOf(formOf(session, BERLIN), session, now, BERLIN)).toEqual({
    plan: { title, course, description, scheduledStart, scheduledEnd },
  })
})

test('another title leaves the times of a session of several days as they are', () => {
  const days = {
    ...session,
    scheduledStart: '2026-12-01T22:30:17.000Z',
    scheduledEnd: '2026-12-04T00:00:00.000Z',
  }
  const renamed = planOf({ ...formOf(days, BERLIN), title: 'Field trip' }, days, now, BERLIN)
  expect(renamed).toMatchObject({
    plan: { title: 'Field trip', scheduledStart: days.scheduledStart, scheduledEnd: days.scheduledEnd },
  })
})

test('of a session that is on only the end moves', () => {
  const live: LiveSession = {
    ...session,
    status: 'live',
    scheduledStart: '2026-11-21T08:00:17.000Z',
    scheduledEnd: '2026-11-21T10:00:00.000Z',
    startedAt: '2026-11-21T08:00:20.000Z',
  }
  expect(planOf({ ...formOf(live, BERLIN), end: '11:45' }, live, now, BERLIN)).toMatchObject({
    plan: { scheduledStart: live.scheduledStart, scheduledEnd: '2026-11-21T10:45:00.000Z' },
  })
})
