import { expect, test } from 'vitest'
import type { EndpointResponse } from '../../../contract/api.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createSessionsStore } from './sessions-store.ts'

type Answer = Result<EndpointResponse<'listLiveSessions'>>

const nothing = { items: [], total: 0, counts: { live: 0, upcoming: 0, ended: 0 } }
const counting = (live: number, total = live): Answer =>
  succeed({ ...nothing, total, counts: { ...nothing.counts, live } })

/** A server that answers when the test says so, and only what it is asked of the list. */
function startServer() {
  const asked: { query: Record<string, unknown>; answer: (answer: Answer) => void }[] = []
  const store = createSessionsStore({
    call: (endpoint, input) =>
      new Promise((answer) => {
        if (endpoint === 'listLiveSessions') {
          const query = input.query as Record<string, unknown>
          asked.push({ query, answer: answer as (answer: Answer) => void })
        } else answer(fail('server-unavailable', 'Not in this test.') as never)
      }),
    ask: () => Promise.resolve(fail('internal', 'Not in this test.')),
  })
  return { store, asked }
}

const page = { offset: 0, limit: 100 }

test('a failed refresh leaves the list that was there', async () => {
  const { store, asked } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(counting(2))
  await first
  const shown = store.getState().listings.live
  const second = store.getState().refresh()
  asked[1]?.answer(fail('server-unavailable', 'The server cannot answer at the moment.'))
  await second
  expect(shown).toBeDefined()
  expect(store.getState().listings.live).toBe(shown)
  expect(store.getState().failure?.code).toBe('server-unavailable')
})

test('a slow answer does not replace a newer one', async () => {
  const { store, asked } = startServer()
  const slow = store.getState().refresh()
  const fast = store.getState().refresh()
  asked[1]?.answer(counting(5))
  asked[0]?.answer(counting(1))
  await Promise.all([slow, fast])
  expect(store.getState().counts?.live).toBe(5)
  expect(store.getState().listings.live?.total).toBe(5)
})

test('each tab asks the server for its own sessions', () => {
  const { store, asked } = startServer()
  void store.getState().refresh()
  store.getState().show('upcoming')
  store.getState().show('all')
  expect(asked.map(({ query }) => query)).toEqual([
    { status: 'live', ...page },
    { status: 'upcoming', ...page },
    page,
  ])
})

test('a filter asks anew from the beginning, and the answer to the search before it is not shown', async () => {
  const { store, asked } = startServer()
  const first = store.getState().refresh()
  store.getState().filter({ whose: 'mine' })
  expect(asked[1]?.query).toEqual({ status: 'live', whose: 'mine', ...page })
  asked[1]?.answer(counting(1))
  asked[0]?.answer(counting(4))
  await first
  expect(store.getState().listings.live?.total).toBe(1)
})

test('only the pages on screen are asked for, each once', async () => {
  const { store, asked } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(counting(0, 5000))
  await first
  // Somebody drags the scroll bar past the middle.
  store.getState().see(1000, 1008)
  store.getState().see(2495, 2503)
  await expect.poll(() => asked.length).toBe(3)
  expect(asked.slice(1).map(({ query }) => query['offset'])).toEqual([2400, 2500])
  store.getState().see(2496, 2504)
  store.getState().see(2600, 2608)
  await expect.poll(() => asked.length).toBe(4)
  expect(asked[3]?.query['offset']).toBe(2600)
})

test('an answer for the person who signed out is not shown to the next one', async () => {
  const { store, asked } = startServer()
  const refresh = store.getState().refresh()
  store.getState().forget()
  asked[0]?.answer(counting(3))
  await refresh
  expect(store.getState().counts).toBeNull()
})
