/** Measures a recording from its first byte to its last, in memory that does not grow with it. */
import { PEAK_COUNT, type AudioFailure, type AudioResult } from './audio-messages.ts'
import { ByteReader, says } from './byte-reader.ts'
import { decodeFlac } from './flac.ts'
import { LoudnessMeter } from './loudness.ts'
import { decodeMp3, skipId3 } from './mp3.ts'
import { findMpegFrame } from './mpeg-frames.ts'
import { decodeOgg } from './ogg.ts'
import type { Decoding, Sound } from './sound.ts'
import { loudnessWeights } from './speakers.ts'
import { decodeWav, isWav } from './wav.ts'
import { Waveform } from './waveform.ts'

/** How far into a file the first frame of an MP3 is looked for. */
const HEAD_BYTES = 64 * 1024
/** Hz. Below, the filters of the loudness are no longer what they are meant to be. */
const LOWEST_RATE = 4_000
const HIGHEST_RATE = 768_000
/** A small file can say that it holds years. */
const MOST_SECONDS = 48 * 3600

const failure = (code: AudioFailure['code'], message: string): AudioResult => ({
  ok: false,
  failure: { code, message },
})

/** @param mostSeconds of a longer recording nothing is told */
export async function measureRecording(
  recording: AsyncIterable<Uint8Array>,
  mostSeconds = MOST_SECONDS,
): Promise<AudioResult> {
  const bytes = new ByteReader(recording)
  if ((await bytes.peek(1)).length === 0) return failure('empty', 'This file is empty.')
  const decoding = await decodingOf(bytes)
  return 'ok' in decoding ? decoding : measure(decoding, mostSeconds)
}

async function decodingOf(bytes: ByteReader): Promise<Decoding | AudioResult> {
  const tagged = await skipId3(bytes)
  const head = await bytes.peek(HEAD_BYTES)
  if (isWav(head)) return decodeWav(bytes)
  if (says(head, 'fLaC')) return decodeFlac(bytes)
  if (says(head, 'OggS')) return decodeOgg(bytes)
  const frame = findMpegFrame(head, head.length < HEAD_BYTES)
  if (frame) return decodeMp3(bytes, frame)
  return tagged
    ? failure('damaged', 'No sound was found after the title of this file.')
    : failure('unsupported-format', 'This is no recording that can be read: WAV, MP3, FLAC or Ogg.')
}

async function measure(decoding: Decoding, mostSeconds: number): Promise<AudioResult> {
  const waveform = new Waveform(PEAK_COUNT)
  let first: Sound | null = null
  let meter: LoudnessMeter | null = null
  let complete = false
  try {
    for (;;) {
      const next = await decoding.next()
      if (next.done) {
        if ('failure' in next.value) return { ok: false, failure: next.value.failure }
        ;({ complete } = next.value)
        break
      }
      const sound = next.value
      first ??= sound
      if (sound.sampleRate !== first.sampleRate || sound.channels.length !== first.channels.length) {
        // A file may go on in another format. There is one drawing and one loudness: of what came before.
        break
      }
      if (!(sound.sampleRate >= LOWEST_RATE && sound.sampleRate <= HIGHEST_RATE)) {
        return failure('unsupported-format', `A sample rate of ${sound.sampleRate} Hz is not supported.`)
      }
      meter ??= new LoudnessMeter(sound.sampleRate, loudnessWeights(sound.speakers))
      silenceWhatIsNoNumber(sound)
      waveform.add(sound.channels)
      meter.add(sound.channels)
      if (waveform.samples > mostSeconds * sound.sampleRate) {
        return failure('too-long', `This recording is longer than ${MOST_SECONDS / 3600} hours.`)
      }
    }
  } finally {
    await decoding.return({ complete: false })
  }
  if (!first || !meter) {
    return complete
      ? failure('empty', 'This recording holds no sound.')
      : failure('damaged', 'No sound could be read from this file; it seems to be damaged.')
  }
  const { peak } = waveform
  return {
    ok: true,
    value: {
      durationSeconds: waveform.samples / first.sampleRate,
      sampleRate: first.sampleRate,
      channels: first.channels.length,
      peaks: waveform.peaks(),
      samplePeak: peak > 0 ? 20 * Math.log10(peak) : null,
      loudness: meter.integrated(),
      complete,
    },
  }
}

/** Floating-point files can hold infinity, after which a filter never gives a number again. */
function silenceWhatIsNoNumber({ channels }: Sound): void {
  for (const channel of channels) {
    for (let index = 0; index < channel.length; index++) {
      if (!Number.isFinite(channel[index])) channel[index] = 0
    }
  }
}
