/** WAV, whatever its writer knew of its own length. @see RFC 2361, EBU Tech 3306 (RF64) */
import { says, viewOf, type ByteReader } from './byte-reader.ts'
import { damaged, MAX_CHANNELS, unsupported, type Decoding, type Ending } from './sound.ts'
import { waveSpeakers } from './speakers.ts'

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe
/** What follows the format code in the GUID of an extensible format. */
const GUID_TAIL = '\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71'
/** In the place of a size that did not fit (RF64), or was not known yet (a stream). */
const SIZE_ELSEWHERE = 0xffff_ffff
const BLOCK_BYTES = 32 * 1024

interface WaveFormat {
  readonly channels: number
  readonly sampleRate: number
  readonly mask: number
  readonly sampleBytes: number
  readonly sample: (view: DataView, offset: number) => number
}

export const isWav = (head: Uint8Array) =>
  ['RIFF', 'RF64', 'BW64'].some((id) => says(head, id)) && says(head, 'WAVE', 8)

/** @param bytes from the first byte of a file for which `isWav` holds */
export async function* decodeWav(bytes: ByteReader): Decoding {
  await bytes.skip(12)
  let format: WaveFormat | null = null
  /** From `ds64`. */
  let longSize: number | null = null
  for (;;) {
    const header = await bytes.read(8)
    if (header.length < 8) return damaged('This WAV file ends before its sound begins.')
    const size = viewOf(header).getUint32(4, true)
    if (says(header, 'data')) {
      if (!format) return damaged('This WAV file does not say how its sound is stored.')
      const known = size === SIZE_ELSEWHERE ? longSize : size
      return yield* decodeSamples(bytes, format, known || Infinity)
    }
    // A chunk of odd size is followed by a byte of padding.
    let rest = size + (size % 2)
    if (says(header, 'fmt ') || says(header, 'ds64')) {
      const chunk = await bytes.read(Math.min(size, 64))
      rest -= chunk.length
      if (says(header, 'ds64') && chunk.length >= 16) longSize = Number(viewOf(chunk).getBigUint64(8, true))
      if (says(header, 'fmt ')) {
        const parsed = parseFormat(chunk)
        if ('failure' in parsed) return parsed
        format = parsed
      }
    }
    if ((await bytes.skip(rest)) < rest) return damaged('This WAV file ends before its sound begins.')
  }
}

function parseFormat(chunk: Uint8Array): WaveFormat | Extract<Ending, { failure: unknown }> {
  if (chunk.length < 16) return damagedFormat
  const view = viewOf(chunk)
  let code = view.getUint16(0, true)
  let mask = 0
  if (code === EXTENSIBLE) {
    if (chunk.length < 40) return damagedFormat
    mask = view.getUint32(20, true)
    code = says(chunk, GUID_TAIL, 26) ? view.getUint16(24, true) : 0
  }
  const channels = view.getUint16(2, true)
  const sampleRate = view.getUint32(4, true)
  const sampleBytes = Math.ceil(view.getUint16(14, true) / 8)
  const sample = sampleReader(code, sampleBytes)
  if (!sample) return unsupportedFormat
  if (channels === 0 || view.getUint16(12, true) !== channels * sampleBytes) return damagedFormat
  if (channels > MAX_CHANNELS) return tooManyChannels
  return { channels, sampleRate, mask, sampleBytes, sample }
}

const failing = (ending: Ending) => ending as Extract<Ending, { failure: unknown }>
const damagedFormat = failing(damaged('The header of this WAV file makes no sense.'))
const unsupportedFormat = failing(
  unsupported('This WAV file is compressed or of an unusual kind; export it as plain PCM.'),
)
const tooManyChannels = failing(
  unsupported(`This WAV file has more than ${MAX_CHANNELS} channels; export it with fewer.`),
)

/** Of fewer bits than fill their bytes, the highest are used: so every size is scaled as its bytes are. */
function sampleReader(code: number, bytes: number): WaveFormat['sample'] | null {
  switch (`${code}/${bytes}`) {
    case `${PCM}/1`:
      return (view, offset) => (view.getUint8(offset) - 0x80) / 0x80
    case `${PCM}/2`:
      return (view, offset) => view.getInt16(offset, true) / 0x8000
    case `${PCM}/3`:
      return (view, offset) => (view.getUint8(offset) | (view.getInt16(offset + 1, true) << 8)) / 0x80_0000
    case `${PCM}/4`:
      return (view, offset) => view.getInt32(offset, true) / 0x8000_0000
    case `${FLOAT}/4`:
      return (view, offset) => view.getFloat32(offset, true)
    case `${FLOAT}/8`:
      return (view, offset) => view.getFloat64(offset, true)
    default:
      return null
  }
}

/** @param size bytes; Infinity when the sound goes on to the end of the file */
async function* decodeSamples(bytes: ByteReader, format: WaveFormat, size: number): Decoding {
  const { channels, sampleRate, mask, sampleBytes, sample } = format
  const frameBytes = channels * sampleBytes
  const blockBytes = Math.floor(BLOCK_BYTES / frameBytes) * frameBytes
  const speakers = waveSpeakers(channels, mask)
  for (let left = size; left > 0;) {
    const wanted = Math.min(left, blockBytes)
    const block = await bytes.read(wanted)
    const frames = Math.floor(block.length / frameBytes)
    if (frames > 0) {
      const view = viewOf(block)
      const sound = Array.from({ length: channels }, (_, channel) => {
        const samples = new Float32Array(frames)
        for (let frame = 0; frame < frames; frame++) {
          samples[frame] = sample(view, frame * frameBytes + channel * sampleBytes)
        }
        return samples
      })
      yield { sampleRate, channels: sound, speakers }
    }
    if (block.length < wanted) return { complete: size === Infinity && block.length % frameBytes === 0 }
    left -= block.length
  }
  return { complete: true }
}
