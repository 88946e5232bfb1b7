import { expect, test } from 'vitest'
import { fail, succeed, type Result, type RoomState } from '../../../contract/model.ts'
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
const room = { messages: [], pending: [waiting] } as unknown as RoomState

function openRoom({ leaving = succeed(undefined) as Result<undefined> } = {}) {
  const log: string[] = []
  let listeners: RoomListeners | undefined
  const store = createRoomsStore({
    ask: () => Promise.resolve(leaving as Result<never>),
    call: () => Promise.resolve(fail('internal', 'not asked in these tests')),
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
