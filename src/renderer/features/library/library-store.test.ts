import { expect, test } from 'vitest'
import type { StoredFile } from '../../../contract/library.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createLibraryStore } from './library-store.ts'

const file = (id: string): StoredFile => ({
  id,
  name: `${id}.wav`,
  contentType: 'audio/wav',
  size: 10,
  received: 10,
  status: 'ready',
  problem: null,
  createdAt: '2026-11-21T08:00:00.000Z',
  expiresAt: null,
})
const list = (...ids: string[]) => succeed({ items: ids.map(file) })

/** A server that answers when the test says so. */
function startServer() {
  const asked: { endpoint: string; answer: (answer: Result<unknown>) => void }[] = []
  const store = createLibraryStore({
    call: ((endpoint: string) => new Promise((answer) => asked.push({ endpoint, answer }))) as never,
  })
  const shown = () => store.getState().files?.map(({ id }) => id)
  return { store, asked, shown }
}

test('a failed refresh leaves the files that were there', async () => {
  const { store, asked, shown } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(list('a'))
  await first
  const second = store.getState().refresh()
  asked[1]?.answer(fail('offline', 'The server cannot be reached.'))
  await second
  expect(shown()).toEqual(['a'])
  expect(store.getState().failure?.code).toBe('offline')
})

test('a file that has just arrived is not lost to an answer from before', async () => {
  const { store, asked, shown } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(list('a'))
  await first
  const slow = store.getState().refresh()
  store.getState().put(file('new'))
  asked[1]?.answer(list('a'))
  await slow
  expect(shown()).toEqual(['new', 'a'])
})

test('a file is gone from the list when the server has deleted it, and not before', async () => {
  const { store, asked, shown } = startServer()
  const first = store.getState().refresh()
  asked[0]?.answer(list('a', 'b'))
  await first
  const refused = store.getState().remove('a')
  asked[1]?.answer(fail('offline', 'The server cannot be reached.'))
  expect((await refused).ok).toBe(false)
  expect(shown()).toEqual(['a', 'b'])
  const done = store.getState().remove('a')
  asked[2]?.answer(succeed({ deleted: true }))
  await done
  expect(shown()).toEqual(['b'])
})

test('an answer for the person who signed out is not shown to the next one', async () => {
  const { store, asked, shown } = startServer()
  const refresh = store.getState().refresh()
  store.getState().forget()
  asked[0]?.answer(list('theirs'))
  await refresh
  expect(shown()).toBeUndefined()
})
