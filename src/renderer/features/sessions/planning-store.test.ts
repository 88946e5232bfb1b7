import { expect, test } from 'vitest'
import {
  fail,
  succeed,
  type LiveSession,
  type LiveSessionPlan,
  type Result,
} from '../../../contract/model.ts'
import { createPlanningStore } from './planning-store.ts'

const now = Date.parse('2026-11-21T09:20:00.000Z')

interface Asked {
  readonly endpoint: string
  readonly body: LiveSessionPlan
  readonly idempotencyKey?: string
  answer(answer: Result<LiveSession>): void
}

const made = (plan: LiveSessionPlan, more: Partial<LiveSession> = {}): LiveSession => ({
  ...plan,
  id: '00000000-0000-4000-8000-000000000100',
  status: 'upcoming',
  startedAt: null,
  endedAt: null,
  host: { id: '00000000-0000-4000-8000-000000000001', displayName: 'Maya Okafor', role: 'instructor' },
  participantCount: 0,
  rating: null,
  ...more,
})

/** A server that answers when the test says so. */
function start() {
  const asked: Asked[] = []
  const planned: LiveSession[] = []
  const failures: string[] = []
  const store = createPlanningStore(
    {
      call: (endpoint, input) =>
        new Promise((answer) => asked.push({ endpoint, ...input, answer } as unknown as Asked)),
    },
    (session) => planned.push(session),
    ({ code }) => failures.push(code),
    () => now,
  )
  return { store, asked, planned, failures }
}

const offline = fail('offline', 'There is no connection.')

test('pressed twice, a session is asked for once', async () => {
  const { store, asked, planned } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality' })
  const first = store.getState().submit()
  await store.getState().submit()
  expect(asked).toHaveLength(1)
  asked[0]?.answer(succeed(made(asked[0].body)))
  expect((await first)?.title).toBe('Chirality')
  expect(planned).toHaveLength(1)
  expect(store.getState()).toMatchObject({ open: null, drafts: {} })
})

test('what could not be sent stays in the dialog, and is sent again under the same key', async () => {
  const { store, asked } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality' })
  const first = store.getState().submit()
  asked[0]?.answer(offline)
  await first
  expect(store.getState().drafts['new']).toMatchObject({
    form: { title: 'Chirality' },
    failure: { code: 'offline' },
  })
  void store.getState().submit()
  expect(asked[1]?.idempotencyKey).toBe(asked[0]?.idempotencyKey)
})

test('what is typed after a lost answer is said to the session that was made, not to another one', async () => {
  const { store, asked, planned } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality' })
  const first = store.getState().submit()
  asked[0]?.answer(offline)
  await first
  store.getState().change({ title: 'Chirality and light' })
  const second = store.getState().submit()
  asked[1]?.answer(succeed(made(asked[0]!.body)))
  await expect.poll(() => asked.length).toBe(3)
  expect(asked[2]).toMatchObject({ endpoint: 'changeLiveSession', body: { title: 'Chirality and light' } })
  asked[2]?.answer(succeed(made(asked[2].body)))
  await second
  expect(planned.map(({ title }) => title)).toEqual(['Chirality and light'])
})

test('one that is to begin right away is begun, also when the server’s clock says it is not due', async () => {
  const { store, asked, planned } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality', rightAway: true, end: '23:59' })
  const submitted = store.getState().submit()
  asked[0]?.answer(succeed(made(asked[0].body)))
  await expect.poll(() => asked.length).toBe(2)
  expect(asked[1]?.endpoint).toBe('startLiveSession')
  asked[1]?.answer(succeed(made(asked[0]!.body, { status: 'live' })))
  await submitted
  expect(planned[0]?.status).toBe('live')
})

test('a closed dialog keeps what was typed, and nothing when nothing was', () => {
  const { store } = start()
  store.getState().begin(null)
  store.getState().close()
  expect(store.getState().drafts).toEqual({})
  store.getState().begin(null)
  store.getState().change({ title: 'Half a tit' })
  store.getState().close()
  store.getState().begin(null)
  expect(store.getState()).toMatchObject({
    resumed: true,
    drafts: { new: { form: { title: 'Half a tit' } } },
  })
  store.getState().startOver()
  expect(store.getState()).toMatchObject({ resumed: false, drafts: { new: { form: { title: '' } } } })
})

test('nothing is asked of the server while a field is wrong, and a mended field is wrong no more', async () => {
  const { store, asked } = start()
  store.getState().begin(null)
  store.getState().change({ end: '' })
  await store.getState().submit()
  expect(asked).toEqual([])
  expect(store.getState().drafts['new']?.problems).toEqual({ title: 'title-missing', end: 'time-missing' })
  store.getState().change({ title: 'C' })
  expect(store.getState().drafts['new']?.problems).toEqual({ end: 'time-missing' })
})

test('a failure after the dialog was closed is told elsewhere, and the draft is kept', async () => {
  const { store, asked, failures } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality' })
  const submitted = store.getState().submit()
  store.getState().close()
  asked[0]?.answer(offline)
  await submitted
  expect(failures).toEqual(['offline'])
  expect(store.getState().drafts['new']?.form.title).toBe('Chirality')
})

test('the draft of one person is not there for the next', async () => {
  const { store, asked, planned } = start()
  store.getState().begin(null)
  store.getState().change({ title: 'Chirality' })
  const submitted = store.getState().submit()
  store.getState().forget()
  asked[0]?.answer(succeed(made(asked[0].body)))
  expect(await submitted).toBeNull()
  expect(planned).toEqual([])
})
