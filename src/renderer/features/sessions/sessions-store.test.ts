import { expect, test } from 'vitest'
import type { EndpointResponse } from '../../../contract/api.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createSessionsStore } from './sessions-store.ts'

type Answer = Result<EndpointResponse<'listLiveSessions'>>

const nothing = { items: [], counts: { live: 0, upcoming: 0, ended: 0 } }
const counting = (live: number): Answer => succeed({ ...nothing, counts: { ...nothing.counts, live } })

/** A server that answers when the test says so. */
function startServer() {
  const asked: { query: unknown; answer: (answer: Answer) => void }[] = []
  const store = createSessionsStore({
    call: (_endpoint, input) =>
      new Promise((answer) => {
        asked.push({ query: input.query, answer: answer as (answer: Answer) => void })
      }),
  })
  return { store, asked }
}

test('a failed refresh leaves the list that was there', async () => {
  const { store, asked } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(counting(2))
  await first
  const shown = store.getState().listings.live
  const second = store.getState().refresh()
  asked[1]?.answer(fail('server-unavailable', 'The server cannot answer at the moment.'))
  await second
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
})

test('each tab asks the server for its own sessions', () => {
  const { store, asked } = startServer()
  void store.getState().refresh()
  store.getState().show('upcoming')
  store.getState().show('all')
  expect(asked.map(({ query }) => query)).toEqual([{ status: 'live' }, { status: 'upcoming' }, {}])
})

test('an answer for the person who signed out is not shown to the next one', async () => {
  const { store, asked } = startServer()
  const refresh = store.getState().refresh()
  store.getState().forget()
  asked[0]?.answer(counting(3))
  await refresh
  expect(store.getState().counts).toBeNull()
})
