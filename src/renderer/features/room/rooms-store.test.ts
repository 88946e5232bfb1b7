import { expect, test } from 'vitest'
import {
  fail,
  succeed,
  type ChatMessage,
  type Participant,
  type Result,
  type RoomState,
} from '../../../contract/model.ts'
import type { RoomListeners } from '../../session-client.ts'
import { createRoomsStore, unsentCount } from './rooms-store.ts'

const sessionId = '00000000-0000-4000-8000-000000000100'
const waiting = {
  idempotencyKey: 'key-of-what-waits-0001',
  text: 'not sent yet',
  writtenAt: 0,
  status: 'waiting' as const,
  problem: null,
}
const room = { messages: [], participants: [], pending: [waiting] } as unknown as RoomState

function openRoom({
  leaving = succeed(undefined) as Result<undefined>,
  said = [] as readonly ChatMessage[],
} = {}) {
  const log: string[] = []
  let listeners: RoomListeners | undefined
  const store = createRoomsStore({
    ask: () => Promise.resolve(leaving as Result<never>),
    call(endpoint, input) {
      const { beforeSeq, limit } = (input as { query: { beforeSeq: number; limit: number } }).query
      log.push(`${endpoint} before ${beforeSeq}`)
      const before = said.filter(({ seq }) => seq < beforeSeq)
      const items = before.slice(-limit)
      return Promise.resolve(succeed({ items, hasMore: items.length < before.length }) as Result<never>)
    },
    followRoom(_sessionId, given) {
      listeners = given
      log.push('follow')
      return { reopen: () => log.push('reopen'), stop: () => log.push('stop') }
    },
  })
  store.getState().open(sessionId)
  return { store, log, main: () => listeners as RoomListeners }
}

test('what was shown of a room stays when the room cannot be opened again', () => {
  const { store, main } = openRoom()
  main().changed(room)
  main().failed({ code: 'offline', message: 'The server cannot be reached.', retryable: true })
  expect(store.getState().rooms[sessionId]).toMatchObject({ status: 'failed', state: room })
})

test('a room that could not be opened is tried again when the server answers; one that is open is left alone', () => {
  const { store, log, main } = openRoom()
  main().changed(room)
  store.getState().catchUp(false)
  expect(log).toEqual(['follow'])
  main().failed({ code: 'offline', message: 'The server cannot be reached.', retryable: true })
  store.getState().catchUp(false)
  expect(log).toEqual(['follow', 'reopen'])
})

test('a person who could not leave is still in the room', async () => {
  const { store, log, main } = openRoom({ leaving: fail('offline', 'The server cannot be reached.') })
  main().changed(room)
  await store.getState().leave(sessionId)
  expect(store.getState().rooms[sessionId]?.status).toBe('open')
  expect(log).toEqual(['follow'])
})

test('messages that wait count until they are sent, so that nobody signs out over them unasked', () => {
  const { store, main } = openRoom()
  main().changed(room)
  expect(unsentCount(store.getState())).toBe(1)
  main().changed({ ...room, pending: [] })
  expect(unsentCount(store.getState())).toBe(0)
})

const lev = { id: '00000000-0000-4000-8000-000000000002', displayName: 'Lev', role: 'learner' as const }
const message = (seq: number): ChatMessage => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  author: lev,
  text: `message ${seq}`,
  sentAt: '2026-11-21T08:00:00.000Z',
  idempotencyKey: `key-of-message-${String(seq).padStart(6, '0')}`,
})
const span = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index))

test('earlier messages are fetched a page at a time, once, until there are none', async () => {
  const { store, log, main } = openRoom({ said: span(1, 700) })
  main().changed({ ...room, messages: span(401, 700), hasEarlier: true, lastSeq: 700 })
  const { fetchEarlier } = store.getState()
  await Promise.all([fetchEarlier(sessionId), fetchEarlier(sessionId)])
  await fetchEarlier(sessionId)
  await fetchEarlier(sessionId)
  expect(log.slice(1)).toEqual(['listMessages before 401', 'listMessages before 201'])
  expect(store.getState().rooms[sessionId]?.chat.messages).toEqual(span(1, 700))
})

test('one who read far above reads on to the newest, over stretches in which people only came and went', async () => {
  const newest = span(2001, 2500)
  const { store, main } = openRoom({ said: [...span(1, 500), message(1100), ...newest] })
  main().changed({ ...room, messages: span(1, 500), hasEarlier: false, lastSeq: 500 })
  store.getState().setAtEnd(sessionId, false)
  main().changed({ ...room, messages: newest, hasEarlier: true, lastSeq: 2500 })
  const chat = () => store.getState().rooms[sessionId]?.chat
  for (let pages = 0; chat()?.hasLater && pages < 20; pages += 1) await store.getState().fetchLater(sessionId)
  expect(chat()?.hasLater).toBe(false)
  expect(chat()?.messages.map(({ seq }) => seq)).toEqual(
    [...span(1, 500), message(1100), ...newest].map(({ seq }) => seq),
  )
})

test('a jump to the newest needs no server', () => {
  const { store, main, log } = openRoom()
  main().changed({ ...room, messages: span(1, 500), lastSeq: 500 })
  store.getState().setAtEnd(sessionId, false)
  main().changed({ ...room, messages: span(2001, 2500), hasEarlier: true, lastSeq: 2500 })
  store.getState().toNewest(sessionId)
  expect(store.getState().rooms[sessionId]?.chat.messages).toEqual(span(2001, 2500))
  expect(log).toEqual(['follow'])
})

test('a room that ends does not list everybody as gone', () => {
  const { store, main } = openRoom()
  const here: Participant = {
    ...lev,
    joinedAt: '2026-11-21T08:00:00.000Z',
    presence: 'here',
    handRaisedAt: null,
  }
  main().changed({ ...room, connection: 'live', participants: [here] })
  main().changed({ ...room, connection: 'closed', participants: [] })
  expect(store.getState().rooms[sessionId]).toMatchObject({ gone: [], news: null })
})
