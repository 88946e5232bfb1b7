/** How a window keeps up with a state that main owns: one snapshot, then patches, each with a version. */
import type { EventPayload } from '../contract/ipc.ts'
import type { Participant, RoomPatch, RoomState } from '../contract/model.ts'

export interface Versioned<T> {
  readonly version: number
  readonly state: T
}

/** Messages held here: what is older, a page holds for as long as it shows it, or asks for again. */
export const NEWEST_MESSAGES = 500

/**
 * @returns the room after the patch; the very same object when the patch was already in it; `gap` when one before
 * it is missing, and only a fresh snapshot can be right.
 */
export function mergeRoomPatch(
  held: Versioned<RoomState>,
  { version, patch }: Pick<EventPayload<'room:patch'>, 'version' | 'patch'>,
): Versioned<RoomState> | 'gap' {
  if (version <= held.version) return held
  if (version > held.version + 1) return 'gap'

  const lastSeq = held.state.messages.at(-1)?.seq ?? 0
  const fresh = patch.append.filter((message) => message.seq > lastSeq)
  const messages = fresh.length > 0 ? [...held.state.messages, ...fresh] : held.state.messages
  const replaced = Object.fromEntries(Object.entries(patch.set).filter(([, value]) => value !== undefined))
  const state: RoomState = { ...held.state, ...replaced, messages }
  if (patch.people) state.participants = mergePeople(state.participants, patch.people)
  if (messages.length > NEWEST_MESSAGES) {
    state.messages = messages.slice(-NEWEST_MESSAGES)
    state.hasEarlier = true
  }
  return { version, state }
}

/** Everybody keeps the place they have; who is new comes last. */
function mergePeople(
  known: readonly Participant[],
  { changed, gone }: NonNullable<RoomPatch['people']>,
): Participant[] {
  const people = new Map([...known, ...changed].map((person) => [person.id, person]))
  for (const id of gone) people.delete(id)
  return [...people.values()]
}
