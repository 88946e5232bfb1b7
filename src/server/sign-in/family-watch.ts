/**
 * Tells whoever serves a sign-in that it has ended: at once when this server ended it, as soon as it is heard of when
 * another one did, and when a hint was lost, at the next doubt.
 */
import { lookWhenTold, type Notices } from '../database/notices.ts'

export interface FamilyWatch {
  /** Calls back once when this family has ended, whoever ended it. Returns what undoes it. */
  watch(familyId: string, listener: () => void): () => void
  /** This server has ended these. */
  ended(familyIds: readonly string[]): void
}

/**
 * @param living which of these families have not ended
 * @param failed hears why they could not be looked up; the next doubt looks again
 */
export function createFamilyWatch(
  notices: Notices,
  living: (familyIds: readonly string[]) => Promise<ReadonlySet<string>>,
  failed: (error: unknown) => void,
): FamilyWatch {
  const watched = new Map<string, Set<() => void>>()

  function say(familyId: string): void {
    const listeners = watched.get(familyId)
    watched.delete(familyId)
    for (const listener of listeners ?? []) listener()
  }

  async function look(told: readonly string[] | null): Promise<void> {
    const familyIds = (told ?? [...watched.keys()]).filter((id) => watched.has(id))
    if (familyIds.length === 0) return
    const alive = await living(familyIds)
    for (const familyId of familyIds) if (!alive.has(familyId)) say(familyId)
  }

  lookWhenTold(notices, 'sign-in', look, failed)

  return {
    watch(familyId, listener) {
      // The same function may watch a family twice.
      const once = () => listener()
      const listeners = watched.get(familyId) ?? new Set()
      watched.set(familyId, listeners.add(once))
      return () => {
        listeners.delete(once)
        if (listeners.size === 0 && watched.get(familyId) === listeners) watched.delete(familyId)
      }
    },
    ended(familyIds) {
      for (const familyId of familyIds) {
        notices.tell('sign-in', familyId)
        say(familyId)
      }
    },
  }
}
