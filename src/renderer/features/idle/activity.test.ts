import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fail, succeed, type Result, type SessionState } from '../../../contract/model.ts'
import { createActivityReport, watchInput } from './activity.ts'

const signedIn = {
  account: {
    id: '00000000-0000-4000-8000-000000000001',
    email: 'maya@school.example',
    displayName: 'Maya Okafor',
    role: 'instructor' as const,
  },
  accessExpiresAt: null,
  sessionExpiresAt: null,
}
const active: SessionState = { kind: 'active', ...signedIn }
const warning = (endsAt: number): SessionState => ({ kind: 'idle-warning', ...signedIn, endsAt })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function atTheKeyboard() {
  const desk = { state: active, answer: succeed(undefined) as Result<undefined>, told: 0 }
  const report = createActivityReport(
    {
      ask: () => {
        desk.told += 1
        return Promise.resolve(desk.answer as Result<never>)
      },
    },
    () => desk.state,
  )
  return { desk, report }
}

test('somebody who types for two minutes is told of twice a minute', () => {
  const { desk, report } = atTheKeyboard()
  for (let second = 0; second < 120; second += 1) {
    report()
    vi.advanceTimersByTime(1000)
  }
  expect(desk.told).toBe(4)
})

test('one key answers a warning at once, and ten more say nothing new', () => {
  const { desk, report } = atTheKeyboard()
  report()
  desk.state = warning(1000)
  for (let key = 0; key < 10; key += 1) report()
  expect(desk.told).toBe(2)
  desk.state = active
  report()
  desk.state = warning(2000)
  report()
  expect(desk.told).toBe(3)
})

test('an answer to a warning that did not arrive is given again with the next key', async () => {
  const { desk, report } = atTheKeyboard()
  desk.state = warning(1000)
  desk.answer = fail('internal', 'Something went wrong inside Lectern.')
  report()
  await vi.runAllTimersAsync()
  report()
  expect(desk.told).toBe(2)
})

test.each(['keydown', 'pointerdown', 'wheel', 'touchstart'])('%s is somebody being there', (input) => {
  const page = new EventTarget()
  let heard = 0
  watchInput(page, () => (heard += 1))
  page.dispatchEvent(new Event(input))
  page.dispatchEvent(new Event('mousemove'))
  expect(heard).toBe(1)
})
