/** The frames of an MPEG audio stream, counted without decoding them. @see ISO/IEC 11172-3 §2.4.1.3, ISO/IEC 13818-3 */
import { says, viewOf } from './byte-reader.ts'

const HEADER_BYTES = 4

export interface MpegFrame {
  readonly bytes: number
  readonly mono: boolean
  /** Bits that are the same in every frame of a stream: version, layer and sample rate. */
  readonly kind: number
  /** From the beginning of the frame to where an encoder may have left a count of all frames. */
  readonly infoOffset: number
}

/** kbit/s, of the values 1 to 14. */
const RATES_1_1 = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448]
const RATES_1_2 = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
const RATES_1_3 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const RATES_2_1 = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256]
const RATES_2_23 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

/** @param header 32 bits @returns null when no frame begins like this */
function parseHeader(header: number): MpegFrame | null {
  if (header >>> 21 !== 0x7ff) return null
  const version = (header >>> 19) & 3
  const layer = 4 - ((header >>> 17) & 3)
  const frequency = [44_100, 48_000, 32_000][(header >>> 10) & 3]
  if (version === 1 || layer === 4 || frequency === undefined) return null
  const first = version === 3
  const rates = first ? [RATES_1_1, RATES_1_2, RATES_1_3][layer - 1] : layer === 1 ? RATES_2_1 : RATES_2_23
  const rate = rates?.[((header >>> 12) & 15) - 1]
  if (rate === undefined) return null
  const sampleRate = frequency / (first ? 1 : version === 2 ? 2 : 4)
  const padding = (header >>> 9) & 1
  const mono = ((header >>> 6) & 3) === 3
  return {
    bytes:
      layer === 1
        ? (Math.floor((12_000 * rate) / sampleRate) + padding) * 4
        : Math.floor(((layer === 3 && !first ? 72_000 : 144_000) * rate) / sampleRate) + padding,
    mono,
    kind: header & 0x001e_0c00,
    infoOffset: HEADER_BYTES + (first ? (mono ? 17 : 32) : mono ? 9 : 17),
  }
}

/**
 * The first frame in the beginning of a file. Two bytes of anything may look like a frame, so another of its kind has
 * to follow, or nothing at all.
 *
 * @param last whether `head` is the whole file
 */
export function findMpegFrame(head: Uint8Array, last: boolean): MpegFrame | null {
  const view = viewOf(head)
  for (let offset = head.indexOf(0xff); offset >= 0; offset = head.indexOf(0xff, offset + 1)) {
    if (offset + HEADER_BYTES > head.length) return null
    const frame = parseHeader(view.getUint32(offset))
    if (!frame) continue
    const next = offset + frame.bytes
    if (last && next === head.length) return frame
    if (next + HEADER_BYTES > head.length) continue
    const follower = parseHeader(view.getUint32(next))
    if (follower?.kind === frame.kind || says(head, 'TAG', next)) return frame
  }
  return null
}

/** Watches an MPEG stream go by, to tell afterwards whether it was cut off. */
export class MpegFrameCounter {
  readonly #kind: number
  /** Of the latest four bytes, where no frame is open. */
  #window = 0
  /** Bytes until the open frame ends. */
  #left = 0
  #frames = 0
  /** How many frames the encoder says there are; 0 when it does not. */
  #announced = 0
  /** What follows the header of the first frame, until that has been looked at. */
  #first: { readonly frame: MpegFrame; readonly bytes: number[] } | null = null
  #tagged = false

  constructor(first: MpegFrame) {
    this.#kind = first.kind
  }

  /** Whether no frame is open and none is missing of those announced. */
  get complete(): boolean {
    return this.#left === 0 && this.#frames >= this.#announced
  }

  add(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length && !this.#tagged;) {
      if (this.#left > 0) {
        const length = Math.min(this.#left, bytes.length - index)
        this.#look(bytes.subarray(index, index + length))
        this.#left -= length
        index += length
      } else {
        this.#step(bytes[index] ?? 0)
        index++
      }
    }
  }

  #step(byte: number): void {
    this.#window = ((this.#window << 8) | byte) >>> 0
    // ID3v1 (`TAG`) and APE tags stand after the last frame.
    const tag = this.#frames > 0 && (this.#window >>> 8 === 0x544147 || this.#window === 0x41504554)
    if (tag) this.#tagged = true
    const frame = parseHeader(this.#window)
    if (!frame || frame.kind !== this.#kind) return
    if (this.#frames === 0) this.#first = { frame, bytes: [] }
    this.#frames++
    this.#left = frame.bytes - HEADER_BYTES
    this.#window = 0
  }

  /** The first frame may hold no sound but the encoder's count of the others (`Xing`, or `Info` at a constant rate). */
  #look(bytes: Uint8Array): void {
    if (!this.#first) return
    const { frame, bytes: seen } = this.#first
    const start = frame.infoOffset - HEADER_BYTES
    seen.push(...bytes.subarray(0, start + 12 - seen.length))
    if (seen.length < start + 12) return
    this.#first = null
    const info = Uint8Array.from(seen.slice(start))
    const counted = (info[7] ?? 0) & 1
    // The frame with the count is not in it.
    if ((says(info, 'Xing') || says(info, 'Info')) && counted) this.#announced = viewOf(info).getUint32(8) + 1
  }
}
