import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import type { TimelineEntry } from '../../../contract/diagnostics.ts'
import { preciseWords } from '../../ui/precise-time.ts'
import { startWords } from '../../words.ts'
import { eventGroups, eventInWords, isOfGroup, isProblem, markInWords, rawEvent } from './event-words.ts'

beforeAll(() => startWords())

const t = () => i18next.getFixedT('en', 'diagnostics')
const precise = preciseWords('en')
const entry = (event: string, detail: TimelineEntry['detail'] = {}): TimelineEntry => ({
  wall: 0,
  monotonic: 0,
  event,
  detail,
})
const say = (event: string, detail?: TimelineEntry['detail']) =>
  eventInWords(entry(event, detail), t(), precise)

/** Every event that core writes into the journal, as its own source says. */
function eventsOfCore(): string[] {
  const sources = import.meta.glob<string>(['../../../core/*.ts', '!../../../core/*.test.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const text = Object.values(sources).join('\n')
  return [...new Set([...text.matchAll(/\brecord\(\s*'([a-z-]+)'/g)].map(([, event]) => event ?? ''))]
}

test('every event of the journal has words and a group', () => {
  const events = [
    ...eventsOfCore().filter((event) => event !== 'network'),
    'suspend',
    'resume',
    'lock',
    'unlock',
  ]
  expect(events.length).toBeGreaterThan(30)
  expect(events.filter((event) => say(event) === event)).toEqual([])
  const groups = eventGroups.filter((group) => group !== 'all' && group !== 'problems')
  expect(events.filter((event) => !groups.some((group) => isOfGroup(entry(event), group)))).toEqual([])
})

test('an event says why and how long', () => {
  expect(say('refresh-failed', { code: 'timeout' })).toBe('Access could not be renewed: no answer in time')
  expect(say('recovered', { tookMs: 420 })).toBe('Connection restored in 0.4 s')
  expect(say('network', { online: false })).toBe('The computer has no network')
  expect(say('state', { from: 'active', to: 'offline' })).toBe('Session: offline')
})

test('an event nobody knows yet is shown as it stands', () => {
  expect(say('something-new')).toBe('something-new')
  expect(rawEvent(entry('something-new', { a: 1, b: null }))).toBe('something-new a=1 b=null')
})

test('a failure is a problem, and signing out on purpose is none', () => {
  expect(isProblem(entry('refresh-failed'))).toBe(true)
  expect(isProblem(entry('session-ended', { reason: 'revoked' }))).toBe(true)
  expect(isProblem(entry('session-ended', { reason: 'signed-out' }))).toBe(false)
  expect(isProblem(entry('refresh-succeeded'))).toBe(false)
})

test('a mark says what, when, how long and why', () => {
  const from = new Date(2026, 10, 21, 14, 2, 7).getTime()
  const recovery = {
    kind: 'recovery',
    code: 'recovered',
    from,
    to: from + 90_000,
    outcome: 'good',
    why: 'resume',
    tookMs: 90_000,
    usedUntil: null,
  } as const
  expect(markInWords(recovery, t(), precise)).toEqual({
    title: 'Connection restored',
    when: expect.stringMatching(/^21 Nov, 14:02:07\s–\s14:03:37$/),
    more: '1 min 30 s, the computer woke up',
  })
  expect(markInWords({ ...recovery, outcome: 'open' }, t(), precise)).toMatchObject({
    title: 'Restoring the connection',
    when: 'since 21 Nov, 14:02:07',
  })
})
