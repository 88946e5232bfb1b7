/**
 * The folder the database lives in: held by one process at a time, and never half made.
 *
 * PGlite opens a folder that another process uses and ruins it, and cannot open one whose first initialisation was
 * killed. So a lock is held that the operating system itself releases when the process dies, and a new cluster is
 * made under another name and renamed into place when it is whole.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { StartFailure } from '../start-failure.ts'

const CLUSTER = 'postgres'
const UNFINISHED = `${CLUSTER}.new-`

/**
 * @param folder created if need be, readable by its owner only
 * @throws {StartFailure} `data-folder-in-use` or `data-folder-unusable`
 */
export async function openDataFolder(folder: string): Promise<{ pglite: PGlite; release(): Promise<void> }> {
  const path = resolve(folder)
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StartFailure('data-folder-unusable', `The data folder ${path} cannot be created.`, { cause })
  }
  const unlock = await lock(path)
  try {
    const cluster = join(path, CLUSTER)
    await removeUnfinished(path)
    if (!(await exists(cluster))) {
      const unfinished = join(path, UNFINISHED + randomUUID())
      await (await PGlite.create(unfinished)).close()
      await rename(unfinished, cluster)
    }
    // Every commit is on disk before it is answered: the default, spelt out because everything rests on it.
    const pglite = await PGlite.create(cluster, { relaxedDurability: false })
    return { pglite, release: unlock }
  } catch (cause) {
    await unlock()
    throw new StartFailure('data-folder-unusable', `The database in ${path} cannot be opened.`, { cause })
  }
}

async function removeUnfinished(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name.startsWith(UNFINISHED)) await rm(join(path, name), { recursive: true, force: true })
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Held until released or until this process dies, however it dies; so it can never be left behind. */
async function lock(path: string): Promise<() => Promise<void>> {
  try {
    return process.platform === 'linux' ? await lockByAddress(path) : await lockByFile(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE' || code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EBUSY') {
      throw new StartFailure(
        'data-folder-in-use',
        `Another Lectern server is using the data folder ${path}. Stop it first, or choose another folder.`,
      )
    }
    throw new StartFailure('data-folder-unusable', `The data folder ${path} cannot be locked.`, { cause })
  }
}

/** Linux: an abstract socket address (unix(7)) named for the folder itself, by whatever path it was reached. */
async function lockByAddress(path: string): Promise<() => Promise<void>> {
  const { dev, ino } = await stat(path, { bigint: true })
  const holder = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject)
    holder.listen(`\0lectern-data-${dev}-${ino}`, resolve)
  })
  holder.unref()
  return () => new Promise((resolve) => holder.close(() => resolve()))
}

/**
 * macOS and Windows: a file opened for this process alone. Node passes flags on as they are, and libuv documents
 * `UV_FS_O_EXLOCK` for these two (https://docs.libuv.org/en/v1.x/fs.html#c.UV_FS_O_EXLOCK); Linux has none.
 */
async function lockByFile(path: string): Promise<() => Promise<void>> {
  const O_RDWR = 2
  const flags =
    process.platform === 'win32'
      ? { create: 0x100, exclusive: 0x1000_0000, nonBlocking: 0 }
      : { create: 0x200, exclusive: 0x20, nonBlocking: 0x4 }
  const handle = await open(
    join(path, 'lock'),
    O_RDWR | flags.create | flags.exclusive | flags.nonBlocking,
    0o600,
  )
  return () => handle.close()
}
