import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { PutOptions, Stored } from './object-store.ts'

/** Read at a time from a file. */
const PIECE_BYTES = 256 * 1024

/**
 * Takes a body up to its end, its failure, the limit or the abort, whichever comes first.
 *
 * @throws what `write` throws, and nothing of the body's
 */
export async function receive(
  body: AsyncIterable<Uint8Array>,
  { limit, signal }: PutOptions,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<Stored> {
  // Leaving the loop early would destroy a Node stream, and nobody could read the rest of a request off its connection.
  const chunks: AsyncIterator<Uint8Array> =
    body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body[Symbol.asyncIterator]()
  let onAbort = () => {}
  const aborted = new Promise<null>((resolve) => (onAbort = () => resolve(null)))
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  let size = 0
  try {
    for (;;) {
      const next = await Promise.race([aborted, chunks.next()]).catch(() => null)
      if (next === null) return { size, ended: 'cut' }
      if (next.done) return { size, ended: 'complete' }
      const taken = next.value.subarray(0, limit - size)
      if (taken.length > 0) await write(taken)
      size += taken.length
      if (taken.length < next.value.length) return { size, ended: 'limit' }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: a generator that waits for its next chunk hears of this only when that has come.
    void Promise.resolve(chunks.return?.()).catch(() => undefined)
  }
}

/** Reads by position, so that the same handle can be read again from the start. */
export async function* piecesOf(
  handle: FileHandle,
  { start, end } = { start: 0, end: Infinity },
): AsyncGenerator<Buffer, void> {
  for (let position = start; position < end;) {
    const length = Math.min(PIECE_BYTES, end - position)
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

/**
 * `Readable.from` for pieces that hold something open: `Readable.from` never starts, and so never ends, a generator
 * whose stream is destroyed before it was read.
 *
 * @param release called once, whatever happens; what then still fails is nobody's business any more
 */
export function readableOf(pieces: AsyncIterator<Uint8Array>, release: () => Promise<void>): Readable {
  return new Readable({
    read() {
      pieces.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      release().then(
        () => done(error),
        () => done(error),
      )
    },
  })
}
