import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RoomEvent } from '../../src/contract/frames.ts'
import type { Participant } from '../../src/contract/model.ts'
import { applyPatch, happened, newRoom } from '../../src/core/room-state.ts'
import { mergeRoomPatch, type Versioned } from '../../src/renderer/versions.ts'
import type { RoomState } from '../../src/contract/model.ts'
import { VirtualTime } from './virtual-clock.ts'
import { ben, VirtualServer } from './virtual-server.ts'

const server = new VirtualServer(new VirtualTime())
const session = server.session()
const { email: _, ...shown } = ben
const idOf = (n: number) => `0190a000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`
const person = (n: number): Participant => ({
  ...{ ...shown, id: idOf(n), presence: 'here', handRaisedAt: null },
  joinedAt: '2026-11-21T08:00:00.000Z',
})

const anyEvent: fc.Arbitrary<RoomEvent> = fc.oneof(
  fc.nat(12).map((n): RoomEvent => ({ type: 'participant-joined', participant: person(n) })),
  fc.tuple(fc.nat(12), fc.constantFrom('here', 'away')).map(([n, presence]): RoomEvent => {
    return { type: 'participant-changed', participant: { ...person(n), presence } }
  }),
  fc.nat(12).map((n): RoomEvent => ({ type: 'participant-left', accountId: idOf(n) })),
)

it('a window shows who is in a room as the core does, whoever comes, changes and goes', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let state = newRoom(session)
      let window: Versioned<RoomState> = { version: 0, state }
      const expected = new Map<string, Participant>()
      events.forEach((event, index) => {
        const version = index + 1
        const patch = happened(state, version, event, 0)
        state = applyPatch(state, patch)
        const merged = mergeRoomPatch(window, { version, patch })
        if (merged === 'gap') throw new Error('no version was left out')
        window = merged
        if ('participant' in event) expected.set(event.participant.id, event.participant)
        if (event.type === 'participant-left') expected.delete(event.accountId)
      })
      expect(state.participants).toEqual([...expected.values()])
      expect(state.session.participantCount).toBe(expected.size)
      expect(window).toEqual({ version: events.length, state })
    }),
  )
})
