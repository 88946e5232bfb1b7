import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, succeed, type Result } from '../../contract/model.ts'
import type { FileStore } from '../../core/ports.ts'

/** No path, and nothing that stands for one. */
const NAME = /^[a-z0-9][a-z0-9.-]*$/
const MAX_BYTES = 16 * 1024 * 1024
/** On Windows a virus scanner or an indexer may hold a file for a moment. Milliseconds between tries. */
const HELD_RETRIES = [10, 50, 200, 500]

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
const isHeld = (error: unknown) =>
  process.platform === 'win32' &&
  ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')

const refused = (verb: 'read' | 'saved', error: unknown) =>
  fail('storage-failed', `A file of Lectern could not be ${verb}. Is the disk full or write-protected?`, {
    retryable: true,
    cause: (error as NodeJS.ErrnoException).code ?? 'unknown',
  })

/** Puts a file in the place of another. */
export async function replace(from: string, to: string): Promise<void> {
  for (const delay of HELD_RETRIES) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (!isHeld(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, delay))
    }
  }
  await rename(from, to)
}

/** Makes the rename itself survive a power cut. Windows cannot open folders, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export interface FolderStore extends FileStore {
  /** Resolves when everything asked of it so far is done: the app may end then. */
  settled(): Promise<void>
}

/**
 * Documents as files in one folder, readable by this user only. A write goes to a file beside, is forced to the
 * disk and then takes the place of the old one: whoever reads, also after kill -9, sees the old or the new text.
 * Calls for one name are carried out in the order they were made.
 */
export function createFileStore(folder: string): FolderStore {
  const last = new Map<string, Promise<unknown>>()
  let prepared: Promise<void> | undefined

  /** Creates the folder and clears away what a killed writer left half done. */
  const prepare = () =>
    (prepared ??= (async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const halfDone = (await readdir(folder)).filter((file) => file.endsWith('~'))
      await Promise.all(halfDone.map((file) => rm(join(folder, file), { force: true })))
    })().catch((error: unknown) => {
      prepared = undefined
      throw error
    }))

  async function read(path: string): Promise<Result<string | null>> {
    try {
      if ((await stat(path)).size > MAX_BYTES) return refused('read', { code: 'EFBIG' })
      return succeed(await readFile(path, 'utf8'))
    } catch (error) {
      return isMissing(error) ? succeed(null) : refused('read', error)
    }
  }

  async function write(path: string, text: string): Promise<Result<void>> {
    if (Buffer.byteLength(text) > MAX_BYTES) return refused('saved', { code: 'EFBIG' })
    // The tilde is not in NAME, so no document can be taken for one of these.
    const beside = `${path}.${randomBytes(6).toString('hex')}~`
    try {
      await prepare()
      const handle = await open(beside, 'wx', 0o600)
      try {
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await replace(beside, path)
      await syncFolder(folder)
      return succeed(undefined)
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {})
      return refused('saved', error)
    }
  }

  async function remove(path: string): Promise<Result<void>> {
    try {
      await rm(path, { force: true })
      return succeed(undefined)
    } catch (error) {
      return refused('saved', error)
    }
  }

  function inOrder<T>(name: string, run: (path: string) => Promise<Result<T>>): Promise<Result<T>> {
    if (!NAME.test(name))
      return Promise.resolve(fail('storage-failed', 'A file of Lectern has a wrong name.'))
    const done = (last.get(name) ?? Promise.resolve()).then(() => run(join(folder, name)))
    last.set(name, done)
    return done
  }

  return {
    read: (name) => inOrder(name, read),
    write: (name, text) => inOrder(name, (path) => write(path, text)),
    remove: (name) => inOrder(name, remove),
    async settled() {
      await Promise.all(last.values())
    },
  }
}
