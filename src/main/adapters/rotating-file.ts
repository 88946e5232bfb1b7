import { mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface RotatingFile {
  /** Puts one line at the end, some time soon. Never throws; a disk that refuses loses the line. */
  append(line: string): void
  /** Resolves when everything appended so far is written or given up. */
  flush(): Promise<void>
  /**
   * The lines there are, those just appended included.
   *
   * @yields one file's lines at a time, the newest file first, each oldest line first
   */
  readBack(): AsyncIterable<readonly string[]>
}

/**
 * A text file that starts anew when it is full and keeps its predecessors as `name.1`, `name.2`, …
 *
 * @param maxBytes how large one file may grow
 * @param keep how many files there are at most, the current one included
 */
export function createRotatingFile(path: string, maxBytes: number, keep: number): RotatingFile {
  let waiting: string[] = []
  let writing: Promise<void> | undefined
  let file: FileHandle | undefined
  let size = 0

  async function openCurrent(): Promise<FileHandle> {
    if (file) return file
    await mkdir(dirname(path), { recursive: true })
    const opened = await open(path, 'a', 0o600)
    size = (await opened.stat()).size
    file = opened
    return opened
  }

  async function rotate(): Promise<void> {
    await file?.close()
    file = undefined
    for (let n = keep - 1; n > 0; n -= 1) {
      const from = n === 1 ? path : `${path}.${n - 1}`
      await rename(from, `${path}.${n}`).catch(() => {})
    }
  }

  // One writer: lines that arrive while it writes go out together in its next turn.
  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const text = waiting.join('')
      waiting = []
      try {
        let current = await openCurrent()
        if (size > 0 && size + Buffer.byteLength(text) > maxBytes) {
          await rotate()
          current = await openCurrent()
        }
        await current.appendFile(text)
        size += Buffer.byteLength(text)
      } catch {
        // A full or read-only disk must not stop a class. What matters is kept in memory too.
        await file?.close().catch(() => {})
        file = undefined
      }
    }
  }

  /** A file that somebody else made larger than ours can be is read from its end. */
  async function linesOf(path: string): Promise<readonly string[]> {
    try {
      if ((await stat(path)).size <= 2 * maxBytes) return (await readFile(path, 'utf8')).split('\n')
      const handle = await open(path, 'r')
      try {
        const { size: length } = await handle.stat()
        const { buffer, bytesRead } = await handle.read({
          buffer: Buffer.alloc(maxBytes),
          position: length - maxBytes,
        })
        return buffer.toString('utf8', 0, bytesRead).split('\n')
      } finally {
        await handle.close()
      }
    } catch {
      return []
    }
  }

  const flush = async () => {
    while (writing) await writing
  }

  const start = () => {
    writing ??= writeAll().finally(() => {
      writing = undefined
      if (waiting.length > 0) start()
    })
    return writing
  }

  return {
    append(line) {
      waiting.push(`${line}\n`)
      void start()
    },
    flush,
    async *readBack() {
      for (let n = 0; n < keep; n += 1) {
        await flush()
        // A rotation between two of these gives lines of one file twice and loses none.
        const lines = await linesOf(n === 0 ? path : `${path}.${n}`)
        yield lines.filter((line) => line !== '')
      }
    },
  }
}
