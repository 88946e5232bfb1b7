/** MPEG audio of all three layers. */
import { MPEGDecoder } from 'mpg123-decoder'
import { says, viewOf, type ByteReader } from './byte-reader.ts'
import { MpegFrameCounter, type MpegFrame } from './mpeg-frames.ts'
import { attempt, type Decoding } from './sound.ts'
import { waveSpeakers } from './speakers.ts'

const PIECE_BYTES = 16 * 1024

/**
 * Leaves out the tags before the sound, however large the pictures in them are.
 *
 * @returns whether there were any
 * @see https://id3.org/id3v2.4.0-structure §3.1
 */
export async function skipId3(bytes: ByteReader): Promise<boolean> {
  let found = false
  for (;;) {
    const header = await bytes.peek(10)
    if (header.length < 10 || !says(header, 'ID3')) return found
    found = true
    const view = viewOf(header)
    const footer = view.getUint8(5) & 0x10 ? 10 : 0
    const size = [6, 7, 8, 9].reduce((sum, at) => (sum << 7) | (view.getUint8(at) & 0x7f), 0)
    await bytes.skip(10 + size + footer)
  }
}

/** @param bytes from after the tags @param first what `findMpegFrame` found in them */
export async function* decodeMp3(bytes: ByteReader, first: MpegFrame): Decoding {
  const counter = new MpegFrameCounter(first)
  const decoder = new MPEGDecoder()
  await decoder.ready
  try {
    for (;;) {
      const piece = await bytes.read(PIECE_BYTES)
      if (piece.length === 0) return { complete: counter.complete }
      counter.add(piece)
      const decoded = await attempt(() => decoder.decode(piece))
      if (!decoded) return { complete: false }
      // The library always gives two channels; of a mono recording they are the same.
      const channels = first.mono ? decoded.channelData.slice(0, 1) : decoded.channelData
      if (!channels[0]?.length) continue
      yield { sampleRate: decoded.sampleRate, channels, speakers: waveSpeakers(channels.length) }
    }
  } finally {
    decoder.free()
  }
}
