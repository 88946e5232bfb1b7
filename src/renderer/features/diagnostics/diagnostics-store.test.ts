import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TimelineEntry } from '../../../contract/diagnostics.ts'
import type { EventName, EventPayload } from '../../../contract/ipc.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createDiagnosticsStore, DAY } from './diagnostics-store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const now = 1_700_000_000_000
const entry = (wall: number, event = 'state'): TimelineEntry => ({
  wall,
  monotonic: wall - now,
  event,
  detail: {},
})

function connect(answers: Record<string, () => Result<unknown> | Promise<Result<unknown>>>) {
  const listeners = new Map<string, (payload: never) => void>()
  const store = createDiagnosticsStore(
    {
      ask: ((channel: string) => Promise.resolve(answers[channel]?.() ?? fail('internal', 'none'))) as never,
      on: ((event: string, listener: (payload: never) => void) => {
        listeners.set(event, listener)
        return () => listeners.delete(event)
      }) as never,
    },
    () => now,
  )
  const tell = <E extends EventName>(event: E, payload: EventPayload<E>) =>
    listeners.get(event)?.(payload as never)
  return { store, tell, listeners }
}
const events = (store: ReturnType<typeof connect>['store']) =>
  store.getState().entries.map(({ event }) => event)

test('what happens while the journal is read comes after it, once', async () => {
  let answer: (value: Result<unknown>) => void = () => {}
  const { store, tell } = connect({
    'diagnostics:timeline': () => new Promise((resolve) => (answer = resolve)),
  })
  store.follow()
  tell('diagnostics:entry', entry(now - 2, 'in both'))
  tell('diagnostics:entry', entry(now - 1, 'heard only'))
  answer(succeed({ entries: [entry(now - 3, 'read only'), entry(now - 2, 'in both')], complete: true }))
  await vi.runAllTimersAsync()
  expect(events(store)).toEqual(['read only', 'in both', 'heard only'])
})

test('a burst of events is drawn once', async () => {
  const { store, tell } = connect({ 'diagnostics:timeline': () => succeed({ entries: [], complete: true }) })
  store.follow()
  await vi.runAllTimersAsync()
  let draws = 0
  store.subscribe(() => draws++)
  for (let n = 0; n < 100; n++) tell('diagnostics:entry', entry(now - 1000 + n))
  await vi.runAllTimersAsync()
  expect([draws, store.getState().entries.length]).toEqual([1, 100])
})

test('entries older than a day go as new ones come', async () => {
  const { store, tell } = connect({
    'diagnostics:timeline': () => succeed({ entries: [entry(now - DAY - 1, 'old')], complete: true }),
  })
  store.follow()
  await vi.runAllTimersAsync()
  tell('diagnostics:entry', entry(now, 'new'))
  await vi.runAllTimersAsync()
  expect(events(store)).toEqual(['new'])
})

test('the page keeps the newest 20,000 and says that there was more', async () => {
  const entries = Array.from({ length: 20_000 }, (_, n) => entry(now - 20_000 + n))
  const { store, tell } = connect({ 'diagnostics:timeline': () => succeed({ entries, complete: true }) })
  store.follow()
  await vi.runAllTimersAsync()
  tell('diagnostics:entry', entry(now, 'newest'))
  await vi.runAllTimersAsync()
  const state = store.getState()
  expect([state.entries.length, state.entries.at(-1)?.event, state.complete]).toEqual([
    20_000,
    'newest',
    false,
  ])
})

test('a journal that cannot be read says so, and can be asked for again', async () => {
  let works = false
  const { store } = connect({
    'diagnostics:timeline': () =>
      works ? succeed({ entries: [entry(now)], complete: true }) : fail('storage-failed', 'The disk.'),
  })
  store.follow()
  await vi.runAllTimersAsync()
  expect(store.getState()).toMatchObject({ status: 'failed', failure: { message: 'The disk.' } })
  works = true
  await store.load()
  expect(store.getState()).toMatchObject({ status: 'shown', failure: null })
})

test('leaving the bundle while it is collected leaves nothing behind', async () => {
  let answer: (value: Result<unknown>) => void = () => {}
  const { store } = connect({ 'diagnostics:bundle': () => new Promise((resolve) => (answer = resolve)) })
  const prepared = store.prepareBundle()
  store.closeBundle()
  answer(succeed({ id: '00000000-0000-4000-8000-000000000001', files: [] }))
  await prepared
  expect(store.getState().bundle).toBeNull()
})
