import { expect, test } from 'vitest'
import type { ChatMessage, Participant, RoomState } from '../contract/model.ts'
import { mergeRoomPatch, NEWEST_MESSAGES } from './versions.ts'

const host = {
  id: '00000000-0000-4000-8000-000000000001',
  displayName: 'Maya Okafor',
  role: 'instructor' as const,
}

const message = (seq: number): ChatMessage => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  seq,
  author: host,
  text: `message ${seq}`,
  sentAt: '2026-11-21T08:00:00.000Z',
  idempotencyKey: `key-of-message-${String(seq).padStart(4, '0')}`,
})

const room: RoomState = {
  session: {
    id: '00000000-0000-4000-8000-000000000100',
    title: 'Linear maps',
    course: 'Linear Algebra I',
    description: '',
    status: 'live',
    scheduledStart: '2026-11-21T08:00:00.000Z',
    scheduledEnd: '2026-11-21T09:30:00.000Z',
    startedAt: '2026-11-21T08:00:00.000Z',
    endedAt: null,
    host,
    participantCount: 1,
    rating: null,
  },
  connection: 'live',
  participants: [],
  messages: [message(3), message(5)],
  hasEarlier: false,
  handWaiting: null,
  asOf: null,
  pending: [],
  lastSeq: 5,
}
const held = { version: 7, state: room }

test('a new message is put at the end of what was there', () => {
  const merged = mergeRoomPatch(held, { version: 8, patch: { set: { lastSeq: 6 }, append: [message(6)] } })
  if (merged === 'gap') throw new Error('nothing was missing')
  expect(merged.version).toBe(8)
  expect(merged.state.messages.map(({ seq }) => seq)).toEqual([3, 5, 6])
  expect(merged.state.lastSeq).toBe(6)
})

test('a change that is already in the snapshot is not applied again', () => {
  expect(mergeRoomPatch(held, { version: 7, patch: { set: {}, append: [message(5)] } })).toBe(held)
  expect(mergeRoomPatch(held, { version: 2, patch: { set: { connection: 'closed' }, append: [] } })).toBe(
    held,
  )
})

test('a missing change is noticed instead of showing a room with a hole', () => {
  expect(mergeRoomPatch(held, { version: 9, patch: { set: {}, append: [message(9)] } })).toBe('gap')
})

test('a message the room already shows is not shown twice', () => {
  const merged = mergeRoomPatch(held, {
    version: 8,
    patch: { set: {}, append: [message(5), message(6)] },
  })
  if (merged === 'gap') throw new Error('nothing was missing')
  expect(merged.state.messages.map(({ seq }) => seq)).toEqual([3, 5, 6])
})

test('when only the connection changes, the messages stay the very same list, so no row is drawn again', () => {
  const merged = mergeRoomPatch(held, {
    version: 8,
    patch: { set: { connection: 'reconnecting', participants: undefined }, append: [] },
  })
  if (merged === 'gap') throw new Error('nothing was missing')
  expect(merged.state.connection).toBe('reconnecting')
  expect(merged.state.participants).toBe(room.participants)
  expect(merged.state.messages).toBe(room.messages)
})

test('people come, change and leave without everybody else being named anew', () => {
  const [maya, lev, amara] = ['Maya Okafor', 'Lev Abramov', 'Amara Diallo'].map(
    (displayName, index): Participant => ({
      ...host,
      id: `00000000-0000-4000-8000-00000000000${index + 1}`,
      displayName,
      joinedAt: '2026-11-21T08:00:00.000Z',
      presence: 'here',
      handRaisedAt: null,
    }),
  ) as [Participant, Participant, Participant]
  const full = { version: 7, state: { ...room, participants: [maya, lev] } }
  const mayaAway: Participant = { ...maya, presence: 'away' }
  const merged = mergeRoomPatch(full, {
    version: 8,
    patch: { set: {}, append: [], people: { changed: [mayaAway, amara], gone: [lev.id] } },
  })
  if (merged === 'gap') throw new Error('nothing was missing')
  expect(merged.state.participants).toEqual([mayaAway, amara])
})

test('a window that is open for a whole day keeps the newest messages, and knows that there were others', () => {
  let merged: typeof held = held
  for (let seq = 6; seq <= 2000; seq += 1) {
    const next = mergeRoomPatch(merged, {
      version: merged.version + 1,
      patch: { set: { lastSeq: seq }, append: [message(seq)] },
    })
    if (next === 'gap') throw new Error('nothing was missing')
    merged = next
  }
  expect(merged.state.messages).toHaveLength(NEWEST_MESSAGES)
  expect(merged.state.messages.at(-1)?.seq).toBe(2000)
  expect(merged.state.hasEarlier).toBe(true)
})
