/** Reads a stream of bytes by the number, however it arrives cut, and holds no more of it than was asked for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  #ended = false

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  /** The next `count` bytes, which stay to be read; fewer only where the stream ends. */
  async peek(count: number): Promise<Uint8Array> {
    await this.#hold(count)
    return this.#held.subarray(0, count)
  }

  /** The next `count` bytes; fewer only where the stream ends. */
  async read(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count)
    this.#held = this.#held.subarray(bytes.length)
    return bytes
  }

  /** @returns how many bytes there were to leave out: fewer than `count` only where the stream ends */
  async skip(count: number): Promise<number> {
    let skipped = 0
    while (skipped < count) {
      const { length } = await this.read(Math.min(count - skipped, 64 * 1024))
      if (length === 0) break
      skipped += length
    }
    return skipped
  }

  async #hold(count: number): Promise<void> {
    if (this.#held.length >= count || this.#ended) return
    const parts = [this.#held]
    let length = this.#held.length
    while (length < count) {
      const next = await this.#chunks.next()
      if (next.done) {
        this.#ended = true
        break
      }
      parts.push(next.value)
      length += next.value.length
    }
    this.#held = joined(parts, length)
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Whether `text`, in ASCII, stands at `offset`. */
export function says(bytes: Uint8Array, text: string, offset = 0): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false
  }
  return true
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
