import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ben, maya, VirtualServer } from '../../tests/simulation/virtual-server.ts'
import { VirtualTime } from '../../tests/simulation/virtual-clock.ts'
import type { RoomEvent } from '../contract/frames.ts'
import type { ChatMessage, Participant, RoomState } from '../contract/model.ts'
import { applyPatch, happened, messagesLoaded, newRoom, participantsNamed, welcomed } from './room-state.ts'

const session = new VirtualServer(new VirtualTime()).session()
const message = (seq: number): ChatMessage => ({
  id: '0190a000-0000-7000-8000-000000000099',
  seq,
  author: { id: ben.id, displayName: ben.displayName, role: ben.role },
  text: `message ${seq}`,
  sentAt: '2026-11-21T08:00:00.000Z',
  idempotencyKey: `key-of-message-${seq}`,
})
const participant = ({ id, displayName, role }: typeof maya): Participant => ({
  id,
  displayName,
  role,
  joinedAt: '2026-11-21T08:00:00.000Z',
  presence: 'here',
  handRaisedAt: null,
})
const see = (state: RoomState, seq: number, event: RoomEvent, shownSeq = 0) =>
  applyPatch(state, happened(state, seq, event, shownSeq))

it('shows each message once and in order, however often and in whatever order they come', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50)), fc.array(fc.nat(50)), (live, history) => {
      let state = newRoom(session)
      state = applyPatch(
        state,
        messagesLoaded(
          state,
          history.map((n) => message(n + 1)),
          false,
        ),
      )
      for (const n of live.toSorted((a, b) => a - b)) {
        state = see(state, n + 1, { type: 'message-posted', message: message(n + 1) })
      }
      const seqs = state.messages.map(({ seq }) => seq)
      expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b))
      for (const n of history) expect(seqs).toContain(n + 1)
    }),
  )
})

it('shows a person once, however often it is said that they came in', () => {
  let state = newRoom(session)
  state = see(state, 1, { type: 'participant-joined', participant: participant(maya) })
  state = see(state, 2, { type: 'participant-joined', participant: participant(maya) })
  state = see(state, 3, {
    type: 'participant-changed',
    participant: { ...participant(maya), presence: 'away' },
  })
  expect(state.participants).toEqual([{ ...participant(maya), presence: 'away' }])
  expect(state.session.participantCount).toBe(1)
})

it('shows everybody in a room too full for one welcome, each once', () => {
  const full = { ...session, participantCount: 2 }
  let state = applyPatch(newRoom(session), welcomed({ session: full, participants: [participant(maya)] }))
  const away = { ...participant(maya), presence: 'away' as const }
  state = applyPatch(state, participantsNamed([away, participant(ben)]))
  state = applyPatch(state, participantsNamed([participant(ben)]))
  expect(state.participants).toEqual([away, participant(ben)])
  expect(state.session.participantCount).toBe(2)
})

it('tells windows of one person who changed, and not of all the others', () => {
  let state = applyPatch(newRoom(session), welcomed({ session, participants: [participant(maya)] }))
  const came = happened(state, 1, { type: 'participant-joined', participant: participant(ben) }, 0)
  expect(came).toEqual({
    set: { lastSeq: 1, session: { ...session, participantCount: 2 } },
    append: [],
    people: { changed: [participant(ben)], gone: [] },
  })
  state = applyPatch(state, came)
  const left = happened(state, 2, { type: 'participant-left', accountId: maya.id }, 0)
  expect(left.people).toEqual({ changed: [], gone: [maya.id] })
  expect(applyPatch(state, left)).toMatchObject({
    participants: [participant(ben)],
    session: { participantCount: 1 },
  })
})

it('says that there are earlier messages when the server does, and when it holds no more of them', () => {
  const loaded = (hasMore: boolean) =>
    applyPatch(newRoom(session), messagesLoaded(newRoom(session), [message(7)], hasMore))
  expect(loaded(false).hasEarlier).toBe(false)
  expect(loaded(true).hasEarlier).toBe(true)
  let state = loaded(false)
  for (let seq = 8; seq < 507; seq++)
    state = see(state, seq, { type: 'message-posted', message: message(seq) })
  expect(state).toMatchObject({ hasEarlier: false, messages: { length: 500 } })
  state = see(state, 507, { type: 'message-posted', message: message(507) })
  expect(state).toMatchObject({ hasEarlier: true, messages: { length: 500 } })
})

it('does not bring back somebody who left while we were away', () => {
  let state = applyPatch(newRoom(session), welcomed({ session, participants: [participant(maya)] }))
  state = see(state, 4, { type: 'participant-joined', participant: participant(ben) }, 5)
  state = see(state, 5, { type: 'participant-left', accountId: ben.id }, 5)
  expect(state.participants.map(({ id }) => id)).toEqual([maya.id])
  expect(state.lastSeq).toBe(5)
})

it('is closed and empty once the session has ended', () => {
  const people = [participant(maya), participant(ben)]
  const ended = { ...session, status: 'ended' as const, participantCount: 2 }
  let state = applyPatch(newRoom(session), welcomed({ session, participants: people }))
  state = see(state, 1, { type: 'session-changed', session: { ...session, title: 'Chemistry' } })
  expect(state).toMatchObject({ participants: people })
  state = see(state, 2, { type: 'session-changed', session: ended })
  expect(state).toMatchObject({ connection: 'closed', participants: [], session: { participantCount: 0 } })
})
