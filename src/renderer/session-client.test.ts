import { expect, test, vi } from 'vitest'
import type { ChannelName, EventName } from '../contract/ipc.ts'
import { fail, succeed, type RoomState, type SessionState } from '../contract/model.ts'
import { createSessionClient, type Bridge } from './session-client.ts'

const sessionId = '00000000-0000-4000-8000-000000000100'
const account = {
  id: '00000000-0000-4000-8000-000000000001',
  email: 'maya@school.example',
  displayName: 'Maya Okafor',
  role: 'instructor' as const,
}
const restoring: SessionState = { kind: 'restoring' }
const active: SessionState = { kind: 'active', account, accessExpiresAt: null, sessionExpiresAt: null }

const emptyRoom: RoomState = {
  session: {
    id: sessionId,
    title: 'Linear maps',
    course: '',
    description: '',
    status: 'live',
    scheduledStart: '2026-11-21T08:00:00.000Z',
    scheduledEnd: '2026-11-21T09:30:00.000Z',
    startedAt: null,
    endedAt: null,
    host: account,
    participantCount: 1,
    rating: null,
  },
  connection: 'connecting',
  participants: [],
  messages: [],
  hasEarlier: false,
  handWaiting: null,
  asOf: null,
  pending: [],
  lastSeq: 0,
}

/** The other end of the bridge: keeps each request open until the test answers it, and sends events. */
function startMain() {
  const listeners = new Map<EventName, Set<(payload: unknown) => void>>()
  const open: { channel: ChannelName; answer: (result: unknown) => void }[] = []
  const bridge: Bridge = {
    window: { kind: 'main', sessionId: null },
    invoke: (channel) => new Promise((answer) => open.push({ channel, answer })),
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener))
      return () => set.delete(listener)
    },
  }
  return {
    client: createSessionClient(bridge),
    emit: (event: EventName, payload: unknown) => listeners.get(event)?.forEach((listen) => listen(payload)),
    listenersOf: (event: EventName) => listeners.get(event)?.size ?? 0,
    asked: () => open.map(({ channel }) => channel),
    async answer(channel: ChannelName, result: unknown) {
      const at = open.findIndex((request) => request.channel === channel)
      const [request] = open.splice(at, 1)
      if (at < 0 || !request) throw new Error(`nobody asked ${channel}`)
      request.answer(result)
      await Promise.resolve()
      await Promise.resolve()
    },
  }
}

const patch = (version: number, set: Partial<RoomState>) => ({
  sessionId,
  version,
  patch: { set, append: [] },
})

function followRoom() {
  const main = startMain()
  const seen: RoomState[] = []
  const failed = vi.fn()
  const following = main.client.followRoom(sessionId, { changed: (room) => seen.push(room), failed })
  return { main, seen, failed, following, connections: () => seen.map(({ connection }) => connection) }
}

test('a state that arrives before the answer to the first question is not overwritten by that older answer', async () => {
  const main = startMain()
  const seen: SessionState[] = []
  main.client.followSession((state) => seen.push(state), vi.fn())
  main.emit('session:state', { version: 5, state: active })
  await main.answer('session:get', succeed({ version: 4, state: restoring }))
  main.emit('session:state', { version: 5, state: restoring })
  expect(seen).toEqual([active])
})

test('a window opened late is right at once, and hears nothing after it stopped listening', async () => {
  const main = startMain()
  const seen: SessionState[] = []
  const stop = main.client.followSession((state) => seen.push(state), vi.fn())
  await main.answer('session:get', succeed({ version: 9, state: active }))
  stop()
  expect(seen).toEqual([active])
  expect(main.listenersOf('session:state')).toBe(0)
})

test('when main gives no answer at all, the window is told so', async () => {
  const main = startMain()
  const failed = vi.fn()
  main.client.followSession(vi.fn(), failed)
  const refusal = fail('internal', 'Something went wrong inside Lectern.')
  await main.answer('session:get', refusal)
  expect(failed).toHaveBeenCalledWith(refusal.failure)
})

test('what happens in a room while it is being opened is not lost and not applied twice', async () => {
  const { main, connections } = followRoom()
  main.emit('room:patch', patch(3, { connection: 'reconnecting' }))
  main.emit('room:patch', patch(4, { connection: 'live' }))
  await main.answer('room:open', succeed({ version: 3, state: { ...emptyRoom, connection: 'reconnecting' } }))
  expect(connections()).toEqual(['reconnecting', 'live'])
})

test('changes of another room do not reach this one', async () => {
  const { main, connections } = followRoom()
  await main.answer('room:open', succeed({ version: 1, state: emptyRoom }))
  main.emit('room:patch', { ...patch(2, { connection: 'closed' }), sessionId: account.id })
  expect(connections()).toEqual(['connecting'])
})

test('after a missed change the whole room is asked for again, once, and then followed on', async () => {
  const { main, connections } = followRoom()
  await main.answer('room:open', succeed({ version: 1, state: emptyRoom }))
  main.emit('room:patch', patch(3, { connection: 'live' }))
  main.emit('room:patch', patch(4, { connection: 'reconnecting' }))
  expect(main.asked()).toEqual(['room:open'])
  await main.answer('room:open', succeed({ version: 4, state: { ...emptyRoom, connection: 'reconnecting' } }))
  main.emit('room:patch', patch(5, { connection: 'live' }))
  expect(connections()).toEqual(['connecting', 'reconnecting', 'live'])
})

test('a change that fits no snapshot does not make the window ask without end', async () => {
  const { main, connections } = followRoom()
  await main.answer('room:open', succeed({ version: 1, state: emptyRoom }))
  main.emit('room:patch', patch(99, { connection: 'closed' }))
  await main.answer('room:open', succeed({ version: 2, state: emptyRoom }))
  expect(main.asked()).toEqual([])
  main.emit('room:patch', patch(3, { connection: 'live' }))
  expect(connections().at(-1)).toBe('live')
})

test('a room that cannot be opened says why, and can be tried again', async () => {
  const { main, failed, following, connections } = followRoom()
  const refusal = fail('offline', 'The server cannot be reached.')
  await main.answer('room:open', refusal)
  expect(failed).toHaveBeenCalledWith(refusal.failure)
  following.reopen()
  await main.answer('room:open', succeed({ version: 1, state: emptyRoom }))
  expect(connections()).toEqual(['connecting'])
})

test('a window that turned away from a room tells main, and ignores an answer that comes too late', async () => {
  const { main, following, seen } = followRoom()
  following.stop()
  expect(main.asked()).toEqual(['room:open', 'room:close'])
  await main.answer('room:open', succeed({ version: 1, state: emptyRoom }))
  expect(seen).toEqual([])
  expect(main.listenersOf('room:patch')).toBe(0)
})
