/** The pages of an Ogg file, one by one. @see RFC 3533 §6 */
import { says, viewOf, type ByteReader } from './byte-reader.ts'

const HEADER_BYTES = 27

export interface OggPage {
  readonly serial: number
  /** First and last page of its logical stream. */
  readonly first: boolean
  readonly last: boolean
  /** Granule position, of which the codec says what it means; null where no packet ends on the page. */
  readonly position: number | null
  /** The whole page, and what follows its header. */
  readonly bytes: Uint8Array
  readonly body: Uint8Array
}

export class OggPages {
  readonly #bytes: ByteReader
  /** False once bytes were found that belong to no page, or a page was cut off. */
  intact = true

  constructor(bytes: ByteReader) {
    this.#bytes = bytes
  }

  /** @returns null at the end of the file */
  async next(): Promise<OggPage | null> {
    const header = await this.#seek()
    if (!header) return null
    const view = viewOf(header)
    const headerBytes = HEADER_BYTES + view.getUint8(26)
    const table = (await this.#bytes.peek(headerBytes)).subarray(HEADER_BYTES)
    const pageBytes = headerBytes + table.reduce((sum, segment) => sum + segment, 0)
    // A copy: whoever takes a page may write in it.
    const bytes = new Uint8Array(await this.#bytes.read(pageBytes))
    if (bytes.length < pageBytes) {
      this.intact = false
      return null
    }
    const position = viewOf(bytes).getBigInt64(6, true)
    return {
      serial: view.getUint32(14, true),
      first: (view.getUint8(5) & 2) !== 0,
      last: (view.getUint8(5) & 4) !== 0,
      position: position < 0n ? null : Number(position),
      bytes,
      body: bytes.subarray(headerBytes),
    }
  }

  /** Goes on to the next page, if need be past bytes that belong to none. */
  async #seek(): Promise<Uint8Array | null> {
    for (;;) {
      const ahead = await this.#bytes.peek(4096)
      if (ahead.length < HEADER_BYTES) {
        this.intact &&= ahead.length === 0
        return null
      }
      if (says(ahead, 'OggS\0')) return ahead
      this.intact = false
      let next = 1
      while (next < ahead.length && !says(ahead.subarray(next, next + 5), 'OggS\0')) next++
      // The mark may straddle what was looked at.
      await this.#bytes.skip(next < ahead.length ? next : ahead.length - 4)
    }
  }
}
