/** @see RFC 9639 */
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { viewOf, type ByteReader } from './byte-reader.ts'
import { attempt, damaged, unsupported, type Decoding, type Ending } from './sound.ts'
import { waveSpeakers } from './speakers.ts'

/**
 * A few bytes can hold 65,535 samples of silence, and the library decodes all it is given before it gives anything
 * back. So it is given little, and a file made to fill the memory fills some 100 MB of it.
 */
const PIECE_BYTES = 1024
const STREAM_INFO = 0
const STREAM_INFO_BYTES = 34

interface StreamInfo {
  readonly sampleRate: number
  readonly bitsPerSample: number
  /** Per channel; 0 where the encoder did not know. */
  readonly samples: number
}

/** @param block 34 bytes @see RFC 9639 §8.2 */
function parseStreamInfo(block: Uint8Array): StreamInfo {
  const bits = viewOf(block).getBigUint64(10)
  return {
    sampleRate: Number(bits >> 44n),
    bitsPerSample: Number((bits >> 36n) & 0x1fn) + 1,
    samples: Number(bits & 0xf_ffff_ffffn),
  }
}

/** @param bytes from the `fLaC` at the beginning */
export async function* decodeFlac(bytes: ByteReader): Decoding {
  await bytes.skip(4)
  let info: StreamInfo | null = null
  for (let last = false; !last;) {
    const header = await bytes.read(4)
    if (header.length < 4) return endsTooSoon
    const view = viewOf(header)
    last = view.getUint8(0) >= 0x80
    const size = view.getUint32(0) & 0xff_ffff
    let rest = size
    if ((view.getUint8(0) & 0x7f) === STREAM_INFO && size >= STREAM_INFO_BYTES) {
      const block = await bytes.read(STREAM_INFO_BYTES)
      if (block.length < STREAM_INFO_BYTES) return endsTooSoon
      info = parseStreamInfo(block)
      rest -= STREAM_INFO_BYTES
    }
    // A picture of the cover may look like sound to the library.
    if ((await bytes.skip(rest)) < rest) return endsTooSoon
  }
  if (!info) return damaged('This FLAC file does not say how its sound is stored.')
  if (info.bitsPerSample > 24) {
    return unsupported('FLAC with more than 24 bits per sample cannot be read yet; export it with 24.')
  }

  const decoder = new FLACDecoder()
  await decoder.ready
  try {
    let samples = 0
    let intact = true
    let given = false
    for (let over = false; !over;) {
      const piece = await bytes.read(PIECE_BYTES)
      over = piece.length < PIECE_BYTES
      given ||= piece.length > 0
      const steps = [
        ...(piece.length > 0 ? [() => decoder.decode(piece)] : []),
        // The last frame is known to be whole only now. The library cannot flush what it was never given.
        ...(over && given ? [() => decoder.flush()] : []),
      ]
      for (const step of steps) {
        const decoded = await attempt(step)
        if (!decoded) return { complete: false }
        intact &&= decoded.errors.length === 0
        const channels = decoded.channelData
        if (!channels[0]?.length) continue
        samples += channels[0].length
        yield {
          sampleRate: decoded.sampleRate || info.sampleRate,
          channels,
          speakers: waveSpeakers(channels.length),
        }
      }
    }
    return { complete: intact && samples >= info.samples }
  } finally {
    decoder.free()
  }
}

const endsTooSoon: Ending = damaged('This FLAC file ends before its sound begins.')
