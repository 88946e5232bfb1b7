import { expect, test } from 'vitest'
import type { TimelineEntry } from '../../../contract/diagnostics.ts'
import { lanesOf, type Lanes } from './lanes.ts'

const start = 1_700_000_000_000
const MINUTE = 60_000
const lifetime = 15 * MINUTE

/** A journal, written by minutes since the start. */
function journal(
  ...lines: [minute: number, event: string, detail?: TimelineEntry['detail']][]
): TimelineEntry[] {
  return lines.map(([minute, event, detail = {}]) => ({
    wall: start + minute * MINUTE,
    monotonic: minute * MINUTE,
    event,
    detail,
  }))
}
const lanes = (entries: TimelineEntry[], nowMinute: number): Lanes =>
  lanesOf(entries, start, start + nowMinute * MINUTE)
/** As `[code, from, to]` in minutes. */
const said = (marks: Lanes['sleep']) =>
  marks.map(({ code, from, to }) => [code, (from - start) / MINUTE, (to - start) / MINUTE])

test('an access token is good until its end, and in use until the next one', () => {
  const { access, refresh } = lanes(
    journal(
      [0, 'signed-in', { memoryOnly: false, lastsMs: lifetime }],
      [12, 'refresh-started', { cause: 'due' }],
      [12.005, 'refresh-succeeded', { generation: 2, lastsMs: lifetime }],
    ),
    20,
  )
  expect(said(access)).toEqual([
    ['token', 0, 15],
    ['token', 12.005, 27.005],
  ])
  expect(access.map(({ usedUntil, outcome }) => [usedUntil, outcome])).toEqual([
    [start + 12.005 * MINUTE, 'good'],
    [null, 'open'],
  ])
  expect(refresh).toMatchObject([{ code: 'renewed', why: 'due', tookMs: 300 }])
})

test('a renewal that failed is told with its reason, and the token goes on', () => {
  const { access, refresh } = lanes(
    journal(
      [0, 'signed-in', { memoryOnly: false, lastsMs: lifetime }],
      [12, 'refresh-started', { cause: 'due' }],
      [12.1, 'refresh-failed', { code: 'timeout', attempt: 0, alive: true }],
    ),
    13,
  )
  expect(refresh).toMatchObject([{ outcome: 'bad', code: 'not-renewed', why: 'timeout' }])
  expect(said(access)).toEqual([['token', 0, 15]])
})

test('an announced sleep is one bar, though the clocks notice it as well', () => {
  const { sleep } = lanes(
    journal([1, 'suspend'], [61, 'resume'], [61.02, 'clock-jump', { wallMs: 60 * MINUTE, monotonicMs: 900 }]),
    70,
  )
  expect(said(sleep)).toEqual([['asleep', 1, 61]])
})

test('a sleep that nobody announced is found by the jump of the clock', () => {
  const { sleep } = lanes(
    journal([1, 'state', {}], [61, 'clock-jump', { wallMs: 60 * MINUTE, monotonicMs: 2000 }]),
    70,
  )
  expect(said(sleep)).toEqual([['standstill', 1, 61]])
})

test('a clock that was set back is no sleep and turns no bar inside out', () => {
  const { sleep, outage } = lanes(
    journal(
      [10, 'state', { from: 'active', to: 'offline' }],
      [10, 'clock-jump', { wallMs: -60 * MINUTE, monotonicMs: 2000 }],
      [2, 'state', { from: 'recovering', to: 'active' }],
    ),
    70,
  )
  expect(sleep).toEqual([])
  expect(said(outage)).toEqual([['outage', 10, 10]])
})

test('a sleep that was announced and did not come leaves nothing', () => {
  expect(lanes(journal([1, 'suspend'], [2, 'sleep-did-not-come']), 3).sleep).toEqual([])
})

test('an outage lasts until the connection is back, and the recovery that ended it says how long it took', () => {
  const { outage, recovery } = lanes(
    journal(
      [5, 'recovery', { cause: 'outage' }],
      [5, 'state', { from: 'active', to: 'recovering' }],
      [5.1, 'state', { from: 'recovering', to: 'offline' }],
      [6, 'state', { from: 'offline', to: 'recovering' }],
      [7, 'recovery', { cause: 'outage' }],
      [8, 'recovered', { tookMs: 180_000 }],
      [8, 'state', { from: 'recovering', to: 'active' }],
    ),
    9,
  )
  expect(said(outage)).toEqual([['outage', 5.1, 8]])
  expect(recovery).toMatchObject([
    { code: 'recovered', why: 'outage', tookMs: 180_000, from: start + 5 * MINUTE },
  ])
})

test('a recovery that a closing lid cut short is shown as interrupted', () => {
  const { recovery } = lanes(
    journal(
      [5, 'recovery', { cause: 'outage' }],
      [6, 'suspend'],
      [6, 'state', { from: 'recovering', to: 'suspended' }],
    ),
    9,
  )
  expect(recovery).toMatchObject([{ code: 'recovery-stopped', outcome: 'bad', to: start + 6 * MINUTE }])
})

test('what goes on ends now and is marked as going on', () => {
  const { sleep, outage, recovery } = lanes(
    journal(
      [1, 'recovery', { cause: 'asked' }],
      [2, 'state', { from: 'recovering', to: 'offline' }],
      [3, 'suspend'],
    ),
    9,
  )
  for (const [mark] of [sleep, outage, recovery]) {
    expect(mark).toMatchObject({ outcome: 'open', to: start + 9 * MINUTE })
  }
})

test('between quitting and the next start Lectern was not running, and nothing of before goes on', () => {
  const { sleep, access } = lanes(
    journal(
      [0, 'app-started', { version: '0.1.0' }],
      [1, 'signed-in', { memoryOnly: false, lastsMs: lifetime }],
      [4, 'app-quit'],
      [9, 'app-started', { version: '0.1.0' }],
    ),
    10,
  )
  expect(sleep).toMatchObject([
    { code: 'not-running', why: 'quit', from: start + 4 * MINUTE, to: start + 9 * MINUTE },
  ])
  expect(access).toMatchObject([{ usedUntil: start + 4 * MINUTE, outcome: 'good' }])
})

test('after a crash the gap begins with the last line before it', () => {
  const { sleep, outage } = lanes(
    journal(
      [1, 'state', { from: 'active', to: 'offline' }],
      [3, 'recovery-try-failed', { tries: 3 }],
      [30, 'app-started', { version: '0.1.0' }],
    ),
    31,
  )
  expect(sleep).toMatchObject([{ code: 'not-running', why: 'killed', from: start + 3 * MINUTE }])
  expect(said(outage)).toEqual([['outage', 1, 3]])
})

test('a sign-in that the server ended is told apart from one a person ended', () => {
  const marks = lanes(
    journal(
      [1, 'signed-in', { memoryOnly: true, lastsMs: lifetime }],
      [2, 'session-ended', { reason: 'signed-out' }],
      [3, 'session-ended', { reason: 'revoked', why: 'revoked' }],
    ),
    4,
  )['sign-in']
  expect(marks.map(({ code, outcome, why }) => [code, outcome, why])).toEqual([
    ['signed-in', 'good', 'memory-only'],
    ['signed-out', 'good', 'signed-out'],
    ['session-ended', 'bad', 'revoked'],
  ])
})

test('a journal that was cut in the middle of a sleep or an outage begins with it', () => {
  expect(said(lanes(journal([5, 'resume']), 9).sleep)).toEqual([['asleep', 0, 5]])
  expect(said(lanes(journal([5, 'state', { from: 'offline', to: 'active' }]), 9).outage)).toEqual([
    ['outage', 0, 5],
  ])
  expect(lanes(journal([5, 'recovered', { tookMs: 2 * MINUTE }]), 9).recovery).toMatchObject([
    { from: start + 3 * MINUTE, to: start + 5 * MINUTE },
  ])
})

test('events nobody knows yet are no trouble', () => {
  const known = lanes(journal([1, 'a-new-event', { odd: null }]), 2)
  expect(Object.values(known).flat()).toEqual([])
})
