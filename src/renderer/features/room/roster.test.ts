import { expect, test } from 'vitest'
import type { Participant } from '../../../contract/model.ts'
import { goneAfter, rosterChange, rosterRows } from './roster.ts'

const person = (id: number, displayName: string, hand: string | null = null): Participant => ({
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  displayName,
  role: 'learner',
  joinedAt: '2026-11-21T08:00:00.000Z',
  presence: 'here',
  handRaisedAt: hand && `2026-11-21T${hand}.000Z`,
})
const maya = person(1, 'Maya Okafor')
const jose = person(2, 'José Álvarez')
const amara = person(3, 'Amara Diallo')
const withHand = (of: Participant, hand: string) => ({ ...of, handRaisedAt: `2026-11-21T${hand}.000Z` })

test('raised hands come first, in the order they went up; everybody else as they came', () => {
  const rows = rosterRows([maya, withHand(jose, '08:05:00'), withHand(amara, '08:04:59')], '')
  expect(rows.map(({ person: { displayName }, place }) => [displayName, place])).toEqual([
    ['Amara Diallo', 1],
    ['José Álvarez', 2],
    ['Maya Okafor', null],
  ])
})

test('a name is found without its capitals and accents, and a hand keeps its place in the whole order', () => {
  const room = [maya, withHand(jose, '08:05:00'), withHand(amara, '08:04:59')]
  expect(rosterRows(room, ' alvarez')).toMatchObject([{ place: 2 }])
  expect(rosterRows(room, 'JOSÉ')).toHaveLength(1)
  expect(rosterRows(room, 'nobody')).toEqual([])
})

test('who came, who left and whose hand went up is told apart from a person who only changed', () => {
  const away = { ...maya, presence: 'away' as const }
  expect(rosterChange([maya, jose], [away, jose])).toBeNull()
  expect(rosterChange([maya, jose], [away, withHand(amara, '08:04:59')])).toEqual({
    joined: [withHand(amara, '08:04:59')],
    left: [jose],
    raised: [withHand(amara, '08:04:59')],
  })
})

test('a person who came back is not listed as gone, and the list stays short', () => {
  const left = goneAfter([], { joined: [], left: [jose], raised: [] }, 1)
  expect(left).toEqual([{ person: jose, at: 1 }])
  expect(goneAfter(left, { joined: [jose], left: [maya], raised: [] }, 2)).toEqual([{ person: maya, at: 2 }])
  const crowd = Array.from({ length: 2000 }, (_, id) => person(id, 'Somebody'))
  expect(goneAfter([], { joined: [], left: crowd, raised: [] }, 3)).toHaveLength(50)
})
