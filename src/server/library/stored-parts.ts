/** The parts of a file, one after the other: each is one object of the store, written once. */
import { Problem } from '../http/problem.ts'
import type { ByteRange, ObjectStore } from '../storage/object-store.ts'

export interface StoredPart {
  /** Where in the file it begins. */
  readonly offset: number
  readonly size: number
  readonly key: string
  readonly storedAt: Date
}

/**
 * Reads what is asked for and no more; whoever stops early leaves nothing open.
 *
 * @param parts in order, without a gap
 * @param missing makes the error for a part that the store does not hold, or not all of
 */
export async function* bytesOf(
  store: ObjectStore,
  parts: readonly StoredPart[],
  { start, end }: ByteRange,
  missing: (part: StoredPart) => Error,
): AsyncGenerator<Uint8Array, void> {
  for (const part of parts) {
    const from = Math.max(0, start - part.offset)
    const to = Math.min(part.size, end - part.offset)
    if (from >= to) continue
    const stream = await store.read(part.key, { start: from, end: to })
    if (!stream) throw missing(part)
    let left = to - from
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      left -= piece.length
      yield piece
    }
    if (left > 0) throw missing(part)
  }
}

export const missingPart = (name: string, { offset, size, storedAt }: StoredPart) =>
  new Problem(
    'file-missing',
    `A piece of “${name}” is not where the server keeps files: ${size} bytes from byte ${offset} on, stored at ${storedAt.toISOString()}. Whoever runs the server may have it in a backup.`,
  )

export type PartFound = 'whole' | 'missing' | 'wrong-size'

const ASKED_AT_ONCE = 8

/** What the store holds of each part, in their order. */
export async function findParts(store: ObjectStore, parts: readonly StoredPart[]): Promise<PartFound[]> {
  const found: PartFound[] = []
  for (let next = 0; next < parts.length; next += ASKED_AT_ONCE) {
    const sizes = parts.slice(next, next + ASKED_AT_ONCE).map(async ({ key, size }): Promise<PartFound> => {
      const stored = await store.size(key)
      return stored === null ? 'missing' : stored === size ? 'whole' : 'wrong-size'
    })
    found.push(...(await Promise.all(sizes)))
  }
  return found
}
