import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { above, below } from '../../../contract/drafts.ts'
import { fail, succeed, type Failure, type Result } from '../../../contract/model.ts'
import { createDraftsStore, draftKey, type Place } from './drafts-store.ts'

const sessionId = '00000000-0000-4000-8000-000000000100'
const maya = { accountId: '00000000-0000-4000-8000-000000000001', sessionId, kind: 'chat' as const }
const noah = { accountId: '00000000-0000-4000-8000-000000000002', sessionId, kind: 'chat' as const }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What main keeps, for whoever is signed in, and one or more windows on it. */
function desk() {
  const main = {
    person: maya.accountId as string | null,
    kept: {} as Record<string, string>,
    writes: [] as string[],
    refuses: null as Failure | null,
    /** Holds up whoever asks what is kept. */
    reads: Promise.resolve(),
    post: (_text: string) => Promise.resolve<Result<unknown>>(succeed({ idempotencyKey: 'k' })),
  }
  const troubles: string[] = []
  const answer = (channel: string, { text = '', added }: { text?: string; added?: string }) => {
    if (channel === 'room:post-message') return main.post(text)
    if (main.refuses) return { ok: false, failure: main.refuses }
    if (main.person === null) return fail('unauthenticated', 'Sign in to write in this room.')
    const kept = main.kept[main.person] ?? ''
    if (channel === 'draft:get') return main.reads.then(() => succeed({ text: kept }))
    main.kept[main.person] = added === undefined ? text : below(above(kept, added), text)
    main.writes.push(text)
    return succeed(undefined)
  }
  const openWindow = () => {
    const store = createDraftsStore(
      {
        ask: async (channel, ...[request]) => (await answer(channel, request as object)) as Result<never>,
      },
      () => main.person,
      ({ message }) => troubles.push(message),
    )
    return {
      ...store.getState(),
      unsaved: () => store.getState().unsaved,
      text: (place: Place = maya) => store.getState().texts[draftKey(place)] ?? '',
    }
  }
  return { main, troubles, openWindow }
}
const pause = () => vi.advanceTimersByTimeAsync(300)

test('what was typed is on disk 300 ms after the last key, in one write', async () => {
  const { main, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  for (const text of ['H', 'He', 'Hel']) window.type(maya, text)
  await vi.advanceTimersByTimeAsync(299)
  expect(main.writes).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(main.writes).toEqual(['Hel'])
})

test('somebody who never pauses loses a second at most', async () => {
  const { main, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  for (let key = 1; key <= 40; key += 1) {
    window.type(maya, 'x'.repeat(key))
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(main.writes.length).toBe(4)
})

test('leaving the box writes at once, and a second time only when there is more', async () => {
  const { main, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'half a sentence')
  window.keep(maya)
  window.keep(maya)
  expect(main.writes).toEqual(['half a sentence'])
})

test('a page that was closed in the middle of a sentence shows it again', async () => {
  const { openWindow } = desk()
  const before = openWindow()
  await before.read(maya)
  before.type(maya, 'half a sentence')
  before.keep(maya)
  const after = openWindow()
  await after.read(maya)
  expect(after.text()).toBe('half a sentence')
})

test('a key that is quicker than the disk takes nothing away', async () => {
  const { main, openWindow } = desk()
  main.kept[maya.accountId] = 'from yesterday'
  const window = openWindow()
  const reading = window.read(maya)
  window.type(maya, 'new')
  window.keep(maya)
  await reading
  await pause()
  expect(window.text()).toBe('from yesterday\nnew')
  expect(main.kept[maya.accountId]).toBe('from yesterday\nnew')
})

test('what was typed before the disk has answered is handed over all the same, once and below', async () => {
  const { main, openWindow } = desk()
  main.kept[maya.accountId] = 'from yesterday'
  main.reads = new Promise(() => {})
  const window = openWindow()
  void window.read(maya)
  window.type(maya, 'new')
  window.keep(maya)
  window.type(maya, 'newer')
  window.keep(maya)
  expect(main.kept[maya.accountId]).toBe('from yesterday\nnewer')
})

test('what was handed over before the disk has answered is not shown twice once it does', async () => {
  const { main, openWindow } = desk()
  main.kept[maya.accountId] = 'from yesterday'
  let answered = () => {}
  main.reads = new Promise((resolve) => (answered = resolve))
  const window = openWindow()
  window.type(maya, 'new')
  window.keep(maya)
  window.type(maya, 'newer')
  answered()
  await pause()
  expect([window.text(), main.kept[maya.accountId]]).toEqual(Array(2).fill('from yesterday\nnewer'))
})

test('a message sent before the disk has answered does not take along what stood there', async () => {
  const { main, openWindow } = desk()
  main.kept[maya.accountId] = 'from yesterday'
  // As core does: the draft becomes the message.
  main.post = () => {
    main.kept[maya.accountId] = ''
    return Promise.resolve(succeed({ idempotencyKey: 'k' }))
  }
  const window = openWindow()
  window.type(maya, 'new')
  await window.send(maya, 'new')
  expect([window.text(), main.kept[maya.accountId]]).toEqual(Array(2).fill('from yesterday'))
})

test('a second window takes over what the first one wrote, but not in the middle of typing', async () => {
  const { main, openWindow } = desk()
  const [first, second] = [openWindow(), openWindow()]
  await first.read(maya)
  await second.read(maya)
  first.type(maya, 'from the first')
  await pause()
  await second.read(maya)
  expect(second.text()).toBe('from the first')

  first.type(maya, 'from the first, longer')
  await pause()
  second.type(maya, 'typed in the second')
  await second.read(maya)
  expect(second.text()).toBe('typed in the second')

  const asked = second.read(maya)
  second.type(maya, 'typed in the second meanwhile')
  second.keep(maya)
  await asked
  await pause()
  expect(second.text()).toBe('typed in the second meanwhile')
  expect(main.kept[maya.accountId]).toBe('typed in the second meanwhile')
})

test('two windows of a room stay in step while nobody types in this one', async () => {
  const { openWindow } = desk()
  const [first, second] = [openWindow(), openWindow()]
  await first.read(maya)
  await second.read(maya)
  second.changed({ sessionId, kind: 'chat', text: 'from the first' })
  expect(second.text()).toBe('from the first')

  second.type(maya, 'from the first, and on')
  second.changed({ sessionId, kind: 'chat', text: 'from the first, otherwise' })
  expect(second.text()).toBe('from the first, and on')
})

test('notes say when they are on this computer, and when they could not be kept', async () => {
  const { main, openWindow } = desk()
  const notes = { ...maya, kind: 'notes' as const }
  const window = openWindow()
  await window.read(notes)
  window.type(notes, 'Ask about the bulky base')
  expect(window.unsaved()[draftKey(notes)]).toBe('soon')
  await pause()
  expect(window.unsaved()[draftKey(notes)]).toBeUndefined()
  expect(window.text()).toBe('')
  main.refuses = { code: 'storage-failed', message: 'The keychain is not open.', retryable: true }
  window.type(notes, 'Ask about the bulky base again')
  await pause()
  expect(window.unsaved()[draftKey(notes)]).toBe('failed')
})

test('a draft is gone when it was sent, here and on disk', async () => {
  const { main, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'Good morning')
  await pause()
  await window.send(maya, 'Good morning')
  expect(window.text()).toBe('')
  expect(main.kept[maya.accountId]).toBe('')
})

test('until a message is accepted, a crash leaves it in the composer, together with what was typed since', async () => {
  const { main, openWindow } = desk()
  let accept = () => {}
  main.post = () => new Promise((resolve) => (accept = () => resolve(succeed({ idempotencyKey: 'k' }))))
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'on its way')
  await pause()
  const sent = window.send(maya, 'on its way')
  expect(window.text()).toBe('')
  window.type(maya, 'the next one')
  await pause()
  expect(main.kept[maya.accountId]).toBe('on its way\nthe next one')
  accept()
  await sent
  expect(main.kept[maya.accountId]).toBe('the next one')
})

test('a message that is not accepted comes back above what was typed since', async () => {
  const { main, openWindow } = desk()
  main.post = () => Promise.resolve(fail('storage-failed', 'The disk is full.'))
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'first')
  const sent = window.send(maya, 'first')
  window.type(maya, 'second')
  expect((await sent).ok).toBe(false)
  expect(window.text()).toBe('first\nsecond')
})

test('what cannot be kept is said once, stays on the page, and is kept as soon as it can be', async () => {
  const { main, troubles, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  main.refuses = { code: 'storage-failed', message: 'The keychain is not open.', retryable: true }
  window.type(maya, 'a')
  await pause()
  window.type(maya, 'ab')
  await pause()
  expect(troubles).toEqual(['The keychain is not open.'])
  main.refuses = null
  window.keepAll()
  await pause()
  expect([window.text(), main.kept[maya.accountId]]).toEqual(['ab', 'ab'])
})

test('a draft that could not be read is never written over', async () => {
  const { main, openWindow } = desk()
  main.kept[maya.accountId] = 'from yesterday'
  main.refuses = { code: 'storage-failed', message: 'The keychain is not open.', retryable: true }
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'new')
  await pause()
  main.refuses = null
  window.keep(maya)
  await pause()
  expect(main.kept[maya.accountId]).toBe('from yesterday\nnew')
})

test('a draft is never shown to another person, and never saved as theirs', async () => {
  const { main, openWindow } = desk()
  const window = openWindow()
  await window.read(maya)
  window.type(maya, 'for my eyes only')
  main.person = null
  window.forgetKept()
  main.person = noah.accountId
  await window.read(noah)
  await pause()
  expect(window.text(noah)).toBe('')
  expect(main.kept).toEqual({})

  main.person = maya.accountId
  await window.read(maya)
  window.keepAll()
  expect(window.text()).toBe('for my eyes only')
  expect(main.kept[maya.accountId]).toBe('for my eyes only')
})
