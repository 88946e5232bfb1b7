/** How a window keeps up with a state that main owns: one snapshot, then patches, each with a version. */
import type { EventPayload } from '../contract/ipc.ts'
import type { RoomState } from '../contract/model.ts'

export interface Versioned<T> {
  readonly version: number
  readonly state: T
}

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
  const replaced = Object.fromEntries(Object.entries(patch.set).filter(([, value]) => value !== undefined))
  return {
    version,
    state: {
      ...held.state,
      ...replaced,
      messages: fresh.length > 0 ? [...held.state.messages, ...fresh] : held.state.messages,
    },
  }
}
