/**
 * Where the bytes of uploaded files live. A file is a list of objects and the database holds that list; an object is
 * written before the row that names it is committed, once, and never changed. So a server killed at any moment leaves
 * at most an object that no row names, which `sweep` finds.
 */
import type { Readable } from 'node:stream'

export interface Stored {
  /** Bytes that are kept; 0 means that no object was made. */
  readonly size: number
  /**
   * `complete`: the body came to its end. `cut`: it failed or was aborted before that; what had come is kept, and the
   * sender goes on from there. `limit`: it holds more than was asked for, and the rest of it was not read.
   */
  readonly ended: 'complete' | 'cut' | 'limit'
}

export interface PutOptions {
  /** The most bytes to take from the body; at least 1. */
  readonly limit: number
  /** Ends the body where it is, as if it had been cut: what has come is stored all the same. */
  readonly signal?: AbortSignal
}

/** Bytes `start` up to, not including, `end`, as in `Array.slice`; what lies beyond the object's end is left out. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * A key is one or more names of a-z, 0-9 and `-` with `/` between them, at most 200 characters. Whoever stores makes
 * it up, and never uses it twice. A key that is none is a mistake of the caller and throws TypeError; a wrong limit or
 * range throws RangeError.
 *
 * Every method throws {@link StorageFailure} and nothing else when the store itself fails.
 */
export interface ObjectStore {
  /**
   * Streams `body` into a new object. When this resolves the object outlives a power cut (disk: file and folders are
   * synced; S3: the service has answered). When it throws, nothing was promised: at most an orphan is left.
   *
   * A Node stream that is not read to its end is left as it is: a request can still be answered, and its rest be read
   * (`resume`) so that the connection stays of use.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Stored>

  /**
   * @returns the object's bytes, or null if there is no such object. Whoever does not read them to the end destroys
   * the stream; what goes wrong on the way comes out of it as a StorageFailure.
   */
  read(key: string, range?: ByteRange): Promise<Readable | null>

  /** @returns bytes, or null if there is no such object */
  size(key: string): Promise<number | null>

  /** Objects that are gone already are no error. One that fails does not keep the others from being removed. */
  remove(keys: readonly string[]): Promise<void>

  /**
   * Removes every object older than `olderThan` that is not known, and what killed servers left half written.
   *
   * @param olderThan long before now: longer than the time between a `put` and the commit of its row, than the slowest
   * upload of one object, and than two clocks may differ
   * @param known of at most 1000 keys at a time, those that are to stay
   * @returns how many objects were removed
   */
  sweep(olderThan: Date, known: (keys: readonly string[]) => Promise<Iterable<string>>): Promise<number>

  /** Ends a sweep and whatever waits for a service; they fail as if the store could not be reached. */
  close(): Promise<void>
}

const NAME = '[a-z0-9][a-z0-9-]*'
const KEY = new RegExp(`^${NAME}(/${NAME})*$`)

export const isKey = (text: string) => text.length <= 200 && KEY.test(text)

export function checkKey(key: string): void {
  if (!isKey(key)) throw new TypeError(`Not a key of an object: ${JSON.stringify(key.slice(0, 200))}`)
}

export function checkPut(key: string, { limit }: PutOptions): void {
  checkKey(key)
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`Not a limit in bytes: ${limit}`)
}

export function checkRange({ start, end }: ByteRange): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start)
    throw new RangeError(`Not a range of bytes: ${start} to ${end}`)
}

export interface Found {
  readonly key: string
  readonly storedAt: Date
}

/** `sweep` for any store that can list what it holds, a page of at most 1000 at a time. */
export async function sweepPages(
  pages: AsyncIterable<readonly Found[]>,
  { remove }: Pick<ObjectStore, 'remove'>,
  ...[olderThan, known]: Parameters<ObjectStore['sweep']>
): Promise<number> {
  let removed = 0
  for await (const page of pages) {
    const old = page.filter(({ storedAt }) => storedAt < olderThan).map(({ key }) => key)
    if (old.length === 0) continue
    const stays = new Set(await known(old))
    const orphans = old.filter((key) => !stays.has(key))
    await remove(orphans)
    removed += orphans.length
  }
  return removed
}
