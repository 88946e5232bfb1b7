import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import type { Result } from '../contract/model.ts'
import type { FileStore } from '../core/ports.ts'
import { createQueue } from '../core/queue.ts'

const FILE = 'muted-rooms.json'
const MOST = 500
const Document = z.object({ version: z.literal(1), rooms: z.array(z.uuid()).max(MOST) })

/** The rooms of which this computer keeps quiet. */
export interface MutedRooms {
  has(sessionId: string): boolean
  set(sessionId: string, muted: boolean): Promise<Result<void>>
}

/** A file that cannot be read mutes nothing: a notification too many is better than one too few. */
export async function openMutedRooms(files: FileStore): Promise<MutedRooms> {
  const stored = await files.read(FILE)
  const document = stored.ok && stored.value !== null ? parseJson(Document, stored.value) : null
  let rooms: readonly string[] = document?.rooms ?? []
  // One after the other, or the second of two changes would be written without the first.
  const inOrder = createQueue()

  return {
    has: (sessionId) => rooms.includes(sessionId),
    set: (sessionId, muted) =>
      inOrder(async () => {
        const others = rooms.filter((room) => room !== sessionId)
        const next = muted ? [...others, sessionId].slice(-MOST) : others
        const saved = await files.write(FILE, JSON.stringify({ version: 1, rooms: next }))
        if (saved.ok) rooms = next
        return saved
      }),
  }
}
