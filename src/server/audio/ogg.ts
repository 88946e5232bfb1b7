/** Vorbis, Opus and FLAC in Ogg. @see RFC 3533, RFC 7845, Vorbis I specification appendix A */
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import { OggOpusDecoder } from 'ogg-opus-decoder'
import { says, viewOf, type ByteReader } from './byte-reader.ts'
import { OggPages, type OggPage } from './ogg-pages.ts'
import { attempt, damaged, MAX_CHANNELS, unsupported, type Decoding, type Sound } from './sound.ts'
import { vorbisSpeakers, waveSpeakers } from './speakers.ts'

/** The library keeps a packet until it ends, and one of a hostile file may never. Covers and comments are smaller. */
const MOST_WITHOUT_SOUND = 16 * 1024 ** 2
/** In the flags of a page. */
const LAST_PAGE = 4

type Codec = 'vorbis' | 'opus' | 'flac'

/** One logical stream. A file may hold several, one after the other. */
interface Link {
  readonly codec: Codec
  readonly serial: number
  readonly channels: number
  /** What decoded samples are to be multiplied by. */
  readonly gain: number
  /** Granule position up to which sound was decoded. */
  position: number
  /** Whether anything but its first page was seen. */
  begun: boolean
}

/** @param bytes from the `OggS` at the beginning */
export async function* decodeOgg(bytes: ByteReader): Decoding {
  const pages = new OggPages(bytes)
  let decoder: OggDecoder | null = null
  let link: Link | null = null
  let complete = true
  try {
    for (let page = await pages.next(); page; page = await pages.next()) {
      if (page.first && (!link || link.begun)) {
        if (link && decoder) {
          // Another stream begins where this one should have ended.
          complete = false
          yield* decoder.flush(link)
        }
        link = linkOf(page)
        // Pictures, subtitles and what describes the file are streams too.
        if (!link) continue
        if (link.channels === 0) return damaged('The header of this Ogg file makes no sense.')
        if (link.channels > MAX_CHANNELS) {
          return unsupported(`This Ogg file has more than ${MAX_CHANNELS} channels; export it with fewer.`)
        }
        decoder ??= new OggDecoder(link.codec)
        if (decoder.codec !== link.codec) return { complete: false }
      }
      if (!link || !decoder || page.serial !== link.serial) continue
      link.begun ||= !page.first
      yield* decoder.decode(page, link)
      if (page.last) {
        const left = page.position === null ? Infinity : Math.max(0, page.position - link.position)
        yield* decoder.flush(link, left)
        link = null
      } else if (page.position !== null) {
        link.position = page.position
      }
      if (decoder.withoutSound > MOST_WITHOUT_SOUND) return { complete: false }
    }
    if (!decoder) {
      return unsupported(
        'Of Ogg files, those with Vorbis, Opus or FLAC sound can be read, and this is another.',
      )
    }
    if (link) yield* decoder.flush(link)
    return { complete: complete && link === null && pages.intact && decoder.intact }
  } finally {
    decoder?.free()
  }
}

/** One of three libraries. All give back a page when the next one begins, and the last one when they are flushed. */
class OggDecoder {
  readonly codec: Codec
  /** False once something could not be decoded. */
  intact = true
  /** Bytes taken since there last was any sound. */
  withoutSound = 0
  readonly #library: FLACDecoder | OggVorbisDecoder | OggOpusDecoder

  constructor(codec: Codec) {
    this.codec = codec
    this.#library =
      codec === 'flac' ? new FLACDecoder() : codec === 'opus' ? new OggOpusDecoder() : new OggVorbisDecoder()
  }

  async *decode({ bytes }: OggPage, link: Link): AsyncGenerator<Sound, void> {
    this.withoutSound += bytes.length
    // The libraries reckon where the last page ends by all they decoded, which is wrong after any gap, and fill up what
    // they believe to lack. So they are not told which page is the last, and `flush` cuts off what is too much.
    bytes[5] = (bytes[5] ?? 0) & ~LAST_PAGE
    yield* this.#sound(link, async () => this.#library.decode(bytes))
  }

  /** @param most samples that the last page holds, where it says so */
  async *flush(link: Link, most = Infinity): AsyncGenerator<Sound, void> {
    yield* this.#sound(link, async () => this.#library.flush(), most)
  }

  free(): void {
    this.#library.free()
  }

  async *#sound(
    { codec, gain }: Link,
    step: () => Promise<{ channelData: Float32Array[]; sampleRate: number; errors: unknown[] }>,
    most = Infinity,
  ): AsyncGenerator<Sound, void> {
    await this.#library.ready
    const decoded = await attempt(step)
    this.intact &&= decoded !== null && decoded.errors.length === 0
    const channels = decoded?.channelData.map((channel) => channel.subarray(0, most)) ?? []
    if (!decoded || !channels[0]?.length) return
    this.withoutSound = 0
    if (gain !== 1) for (const channel of channels) channel.forEach((x, at) => (channel[at] = x * gain))
    const speakers = codec === 'flac' ? waveSpeakers(channels.length) : vorbisSpeakers(channels.length)
    yield { sampleRate: decoded.sampleRate, channels, speakers }
  }
}

/** What the first page of a logical stream says; null when it is no sound that can be read. */
function linkOf({ serial, body }: OggPage): Link | null {
  const view = viewOf(body)
  const link = { serial, gain: 1, position: 0, begun: false }
  if (says(body, '\x01vorbis') && body.length >= 16) {
    return { ...link, codec: 'vorbis', channels: view.getUint8(11) }
  }
  if (says(body, 'OpusHead') && body.length >= 19) {
    return {
      ...link,
      codec: 'opus',
      channels: view.getUint8(9),
      // Positions count the samples that the decoder leaves out at the beginning (RFC 7845 §4.2).
      position: view.getUint16(10, true),
      // In 1/256 dB; the library leaves it to us (RFC 7845 §5.1).
      gain: 10 ** (view.getInt16(16, true) / 256 / 20),
    }
  }
  if (says(body, '\x7fFLAC') && body.length >= 51) {
    return { ...link, codec: 'flac', channels: ((view.getUint8(29) >> 1) & 7) + 1 }
  }
  return null
}
