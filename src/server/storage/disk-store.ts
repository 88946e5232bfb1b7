import { randomUUID } from 'node:crypto'
import { mkdir, open, opendir, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { StartFailure } from '../start-failure.ts'
import { piecesOf, readableOf, receive } from './incoming-body.ts'
import {
  checkKey,
  checkPut,
  checkRange,
  isKey,
  sweepPages,
  type Found,
  type ObjectStore,
  type PutOptions,
  type Stored,
} from './object-store.ts'
import { diskFailure, StorageFailure } from './storage-failure.ts'

/** Keys hold no dot: neither an object and a folder nor an object and this folder can have the same name. */
const OBJECT = '.object'
const UNFINISHED = '.unfinished'

const PAGE = 500
const FOLDER_TRIES = 50
/** Milliseconds between tries while something holds a file. */
const HELD_MS = [10, 50, 200, 500]

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ''
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT'
/** On Windows a virus scanner or an indexer may hold a new file for a moment. */
const isHeld = (error: unknown) =>
  process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error))

/** @returns null if there is no such file */
const unlessMissing = <T>(outcome: Promise<T>): Promise<T | null> =>
  outcome.catch((error: unknown) => {
    if (isMissing(error)) return null
    throw diskFailure(error)
  })

/**
 * Objects as files in a folder, readable by this user only. Several servers may share the folder.
 *
 * @param folder created if need be
 * @param namespace everything is below this name in the folder
 * @throws {StartFailure} `storage-unusable` when nothing can be written there
 */
export async function openDiskStore(folder: string, namespace: string): Promise<ObjectStore> {
  const root = join(resolve(folder), namespace)
  const unfinished = join(root, UNFINISHED)
  const pathOf = (key: string) => join(root, ...key.split('/')) + OBJECT
  let closed = false

  try {
    const made = await mkdir(unfinished, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncFolders(root, dirname(made))
    const probe = join(unfinished, randomUUID())
    const handle = await open(probe, 'wx', 0o600)
    try {
      await handle.writeFile('Lectern asks whether it can write here.')
      await handle.sync()
    } finally {
      await handle.close()
      await unlink(probe)
    }
  } catch (cause) {
    throw new StartFailure(
      'storage-unusable',
      `The folder for uploaded files ${resolve(folder)} cannot be written to (${codeOf(cause)}). ` +
        'Give this user the right to write there and free space, or choose another folder.',
      { cause },
    )
  }

  async function* pages(): AsyncGenerator<Found[]> {
    let page: Found[] = []
    for await (const key of keysBelow(root)) {
      if (closed) throw new StorageFailure('storage-unreachable', 'The store was closed', null)
      const found = await unlessMissing(stat(pathOf(key)))
      if (found) page.push({ key, storedAt: found.mtime })
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    yield page
  }

  async function removeOne(key: string): Promise<void> {
    const path = pathOf(key)
    await unlessMissing(unlink(path))
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
      try {
        await rmdir(folder)
      } catch (error) {
        // Not empty, or held by somebody: then it is of use, or costs nothing.
        if (!isMissing(error)) return
      }
    }
  }

  const store: ObjectStore = {
    async put(key, body, options) {
      checkPut(key, options)
      const beside = join(unfinished, randomUUID())
      try {
        const stored = await write(beside, body, options)
        if (stored.size === 0) {
          await unlink(beside)
          return stored
        }
        const path = pathOf(key)
        await moveTo(path, beside)
        // All of them: another put may have made a folder on the way and not have synced it yet.
        await syncFolders(dirname(path), root)
        return stored
      } catch (error) {
        await rm(beside, { force: true }).catch(() => undefined)
        throw diskFailure(error)
      }
    },

    async read(key, range) {
      checkKey(key)
      if (range) checkRange(range)
      const handle = await unlessMissing(open(pathOf(key), 'r'))
      return handle && readableOf(typed(piecesOf(handle, range)), () => handle.close())
    },

    async size(key) {
      checkKey(key)
      return (await unlessMissing(stat(pathOf(key))))?.size ?? null
    },

    async remove(keys) {
      keys.forEach(checkKey)
      const failures: unknown[] = []
      for (const key of keys) await removeOne(key).catch((error: unknown) => failures.push(error))
      if (failures.length > 0) throw failures[0]
    },

    async sweep(olderThan, known) {
      await removeUnfinished(unfinished, olderThan)
      return sweepPages(pages(), store, olderThan, known)
    },

    async close() {
      closed = true
    },
  }
  return store
}

async function write(path: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Stored> {
  const handle = await open(path, 'wx', 0o600)
  try {
    const stored = await receive(body, options, (chunk) => handle.writeFile(chunk))
    await handle.sync()
    return stored
  } finally {
    await handle.close()
  }
}

async function moveTo(path: string, from: string): Promise<void> {
  const pauses = HELD_MS.values()
  for (let tries = 1; ; tries += 1) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      return await rename(from, path)
    } catch (error) {
      // The folder was empty, and a removal took it away between the two.
      if (isMissing(error) && tries < FOLDER_TRIES) continue
      const pause = isHeld(error) ? pauses.next().value : undefined
      if (pause === undefined) throw error
      await wait(pause)
    }
  }
}

/**
 * Makes new names in these folders survive a power cut: in `from` and in each above it up to `to`. Windows cannot open
 * folders, and needs no such thing.
 */
async function syncFolders(from: string, to: string): Promise<void> {
  if (process.platform === 'win32') return
  for (let folder = from; ; folder = dirname(folder)) {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (folder === to) return
  }
}

async function* keysBelow(folder: string, above = ''): AsyncGenerator<string> {
  const entries = await unlessMissing(opendir(folder))
  if (!entries) return
  for await (const entry of entries) {
    const inside = entry.isDirectory()
    if (!inside && !entry.name.endsWith(OBJECT)) continue
    const key = above + (inside ? entry.name : entry.name.slice(0, -OBJECT.length))
    if (!isKey(key)) continue
    if (inside) yield* keysBelow(join(folder, entry.name), `${key}/`)
    else yield key
  }
}

async function removeUnfinished(folder: string, olderThan: Date): Promise<void> {
  for (const name of (await unlessMissing(readdir(folder))) ?? []) {
    const path = join(folder, name)
    const found = await unlessMissing(stat(path))
    if (found && found.mtime < olderThan) await unlessMissing(unlink(path))
  }
}

async function* typed(pieces: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    yield* pieces
  } catch (error) {
    throw diskFailure(error)
  }
}
