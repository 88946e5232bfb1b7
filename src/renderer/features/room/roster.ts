/** The people of a room, in the order they are shown, and what changed among them. */
import type { Participant, Person } from '../../../contract/model.ts'

export interface RosterRow {
  readonly person: Participant
  /** 1 for the hand that went up first; null when it is down. */
  readonly place: number | null
}

const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** Those with a hand up, in the order the hands went up. */
export const raisedHands = (people: readonly Participant[]): readonly Participant[] =>
  people
    .filter(({ handRaisedAt }) => handRaisedAt !== null)
    .toSorted((a, b) => Date.parse(a.handRaisedAt ?? '') - Date.parse(b.handRaisedAt ?? ''))

/** Raised hands first, everybody else as they came. @param search part of a name, without regard to case and accents */
export function rosterRows(people: readonly Participant[], search: string): readonly RosterRow[] {
  const wanted = folded(search.trim())
  const rows: RosterRow[] = [
    ...raisedHands(people).map((person, index) => ({ person, place: index + 1 })),
    ...people.filter(({ handRaisedAt }) => handRaisedAt === null).map((person) => ({ person, place: null })),
  ]
  return wanted === '' ? rows : rows.filter(({ person }) => folded(person.displayName).includes(wanted))
}

export interface RosterChange {
  readonly joined: readonly Participant[]
  readonly left: readonly Participant[]
  readonly raised: readonly Participant[]
}

/** @returns null when nobody came, went or raised a hand */
export function rosterChange(
  before: readonly Participant[],
  after: readonly Participant[],
): RosterChange | null {
  const known = new Map(before.map((person) => [person.id, person]))
  const joined: Participant[] = []
  const raised: Participant[] = []
  for (const person of after) {
    const was = known.get(person.id)
    if (!was) joined.push(person)
    if (person.handRaisedAt !== null && !was?.handRaisedAt) raised.push(person)
    known.delete(person.id)
  }
  const left = [...known.values()]
  return joined.length + left.length + raised.length > 0 ? { joined, left, raised } : null
}

export interface Gone {
  readonly person: Person
  /** Epoch milliseconds. */
  readonly at: number
}

const MOST_GONE = 50

/** Who left lately, the last first; whoever came back is not among them. */
export function goneAfter(gone: readonly Gone[], change: RosterChange, now: number): readonly Gone[] {
  const back = new Set(change.joined.map(({ id }) => id))
  const staying = gone.filter(({ person }) => !back.has(person.id))
  return [...change.left.map((person) => ({ person, at: now })), ...staying].slice(0, MOST_GONE)
}
