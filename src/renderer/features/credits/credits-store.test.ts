import { expect, test } from 'vitest'
import type { CreditEntry } from '../../../contract/credits.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createCreditsStore } from './credits-store.ts'

const entry = (seq: number): CreditEntry => ({
  seq,
  amount: -1,
  balance: 200 - seq,
  note: `Line ${seq}`,
  at: '2026-11-21T08:00:00.000Z',
})
const balance = (credits: number, cached = false) =>
  succeed({ balance: credits, asOf: '2026-11-21T08:00:00.000Z', cached })

/** A server that answers when the test says so. */
function startServer() {
  const asked: { endpoint: string; query: unknown; answer: (answer: Result<unknown>) => void }[] = []
  const store = createCreditsStore({
    call: ((endpoint: string, { query }: { query: unknown }) =>
      new Promise((answer) => asked.push({ endpoint, query, answer }))) as never,
  })
  return { store, asked, state: store.getState }
}

test('the ledger goes on before the oldest line that is shown', async () => {
  const { asked, state } = startServer()
  const opening = state().open()
  asked[0]?.answer(succeed({ items: [entry(9), entry(8)], hasMore: true }))
  await opening
  const more = state().more()
  expect(asked[1]?.query).toMatchObject({ beforeSeq: 8 })
  // A second click while the first is under way asks for nothing.
  await state().more()
  asked[1]?.answer(succeed({ items: [entry(7)], hasMore: false }))
  await more
  expect(state().entries?.map(({ seq }) => seq)).toEqual([9, 8, 7])
  await state().more()
  expect(asked).toHaveLength(2)
})

test('a balance that cannot be refreshed stays, and the failure is known', async () => {
  const { asked, state } = startServer()
  const first = state().refresh()
  asked[0]?.answer(balance(200))
  await first
  const second = state().refresh(true)
  expect(asked[1]?.query).toEqual({ refresh: 'true' })
  asked[1]?.answer(fail('offline', 'The server cannot be reached.'))
  await second
  expect(state().balance?.balance).toBe(200)
  expect(state().failure?.code).toBe('offline')
})

test('the credits of the person who signed out are not shown to the next one', async () => {
  const { asked, state } = startServer()
  const first = state().refresh()
  const ledger = state().open()
  state().forget()
  asked[0]?.answer(balance(200))
  asked[1]?.answer(succeed({ items: [entry(1)], hasMore: false }))
  await Promise.all([first, ledger])
  expect(state()).toMatchObject({ balance: null, entries: null })
})
