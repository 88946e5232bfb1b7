import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { measureRecording } from './recording.ts'

// The decoders print every fault they find, and many are made here.
beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue())

/** 1.5 s (the WAV 0.75 s) of 440 Hz at −12 dBFS on the left, 660 Hz at −18 dBFS on the right, encoded by FFmpeg. */
const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', name)))

async function* cut(bytes: Uint8Array, pieceBytes = 1000) {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    yield bytes.slice(offset, offset + pieceBytes)
  }
}
const measure = (bytes: Uint8Array, pieceBytes?: number) => measureRecording(cut(bytes, pieceBytes))
async function analysisOf(bytes: Uint8Array) {
  const result = await measure(bytes)
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const ascii = (text: string) => new TextEncoder().encode(text)

/** Loudness and peak as FFmpeg's ebur128 filter gives them. */
const recordings = [
  ['two-tones.wav', { seconds: 0.75, sampleRate: 8000, channels: 2, loudness: -14.5, peak: -12 }],
  ['two-tones.mp3', { seconds: 1.5, sampleRate: 44_100, channels: 2, loudness: -15.2, peak: -12 }],
  // Says nothing of the silence its encoder added at either end.
  ['mono.mp3', { seconds: 1.541, sampleRate: 44_100, channels: 1, loudness: -21.2, peak: -15.1 }],
  ['two-tones.flac', { seconds: 1.5, sampleRate: 8000, channels: 2, loudness: -14.5, peak: -12 }],
  ['two-tones.flac.ogg', { seconds: 1.5, sampleRate: 8000, channels: 2, loudness: -14.5, peak: -12 }],
  ['two-tones.vorbis.ogg', { seconds: 1.5, sampleRate: 44_100, channels: 2, loudness: -14.7, peak: -11.2 }],
  ['two-tones.opus.ogg', { seconds: 1.5, sampleRate: 48_000, channels: 2, loudness: -15.2, peak: -10.7 }],
] as const

describe.each(recordings)('%s', (name, expected) => {
  test('is measured', async () => {
    const analysis = await analysisOf(fixture(name))
    expect(analysis).toMatchObject({
      sampleRate: expected.sampleRate,
      channels: expected.channels,
      complete: true,
    })
    expect(analysis.durationSeconds).toBeCloseTo(expected.seconds, 3)
    expect(Math.abs((analysis.loudness ?? NaN) - expected.loudness)).toBeLessThan(0.06)
    expect(Math.abs((analysis.samplePeak ?? NaN) - expected.peak)).toBeLessThan(0.06)
    expect(analysis.peaks).toHaveLength(1000)
    expect(Math.max(...analysis.peaks)).toBeCloseTo(10 ** ((analysis.samplePeak ?? NaN) / 20), 6)
  })

  test('is measured the same however its bytes arrive cut', async () => {
    const bytes = fixture(name)
    const whole = await measure(bytes, bytes.length)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (pieceBytes) => {
        expect(await measure(bytes, pieceBytes)).toEqual(whole)
      }),
      { numRuns: 5 },
    )
  })

  test('that breaks off gives what could be read of it', async () => {
    const bytes = fixture(name)
    const analysis = await analysisOf(bytes.subarray(0, bytes.length * 0.9))
    expect(analysis.complete).toBe(false)
    expect(analysis.durationSeconds).toBeLessThan(expected.seconds)
    expect(analysis.durationSeconds).toBeGreaterThan(expected.seconds * 0.5)
  })

  test('with bytes gone wrong anywhere is measured or refused, and nothing worse', async () => {
    const bytes = fixture(name)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        async (at, noise) => {
          const wrong = bytes.slice()
          wrong.set(noise.subarray(0, bytes.length - at), at)
          const result = await measure(wrong)
          if (result.ok) expect(Number.isFinite(result.value.durationSeconds)).toBe(true)
          else expect(['damaged', 'unsupported-format', 'empty']).toContain(result.failure.code)
        },
      ),
      { numRuns: 10 },
    )
  })
})

describe('an MP3', () => {
  const id3 = (bytes: number) =>
    concat(
      ascii('ID3\x04\0\0'),
      Uint8Array.of((bytes >> 21) & 127, (bytes >> 14) & 127, (bytes >> 7) & 127, bytes & 127),
      new Uint8Array(bytes).fill(0xff),
    )

  test('may begin with a large picture and end with a title', async () => {
    const plain = await analysisOf(fixture('two-tones.mp3'))
    const title = concat(ascii('TAG'), new Uint8Array(125).fill(0x41))
    const analysis = await analysisOf(concat(id3(300_000), fixture('two-tones.mp3'), title))
    expect(analysis.complete).toBe(true)
    expect(analysis.durationSeconds).toBeCloseTo(plain.durationSeconds, 1)
    expect(analysis.loudness).toBeCloseTo(plain.loudness ?? NaN, 1)
  })

  test('that is nothing but its title is damaged', async () => {
    expect(await measure(id3(500))).toMatchObject({ ok: false, failure: { code: 'damaged' } })
  })

  test('that lost whole frames is not complete', async () => {
    // 104 or 105 bytes are a frame of this one, and its first says how many there are.
    const analysis = await analysisOf(fixture('two-tones.mp3').slice(0, -105))
    expect(analysis.complete).toBe(false)
  })
})

describe('an Ogg file', () => {
  test.each(['two-tones.vorbis.ogg', 'two-tones.opus.ogg', 'two-tones.flac.ogg'])(
    'of several recordings in a row is measured to its end: %s',
    async (name) => {
      const one = await analysisOf(fixture(name))
      const two = await analysisOf(concat(fixture(name), fixture(name)))
      expect(two.durationSeconds).toBeCloseTo(2 * one.durationSeconds, 6)
      expect(two.complete).toBe(true)
    },
  )

  test('that goes on in another codec is measured as far as the first one goes', async () => {
    const one = await analysisOf(fixture('two-tones.opus.ogg'))
    const both = await analysisOf(concat(fixture('two-tones.opus.ogg'), fixture('two-tones.vorbis.ogg')))
    expect(both).toMatchObject({ durationSeconds: one.durationSeconds, sampleRate: 48_000, complete: false })
  })

  test('is as loud as its Opus header says', async () => {
    const louder = fixture('two-tones.opus.ogg')
    const gain = Buffer.from(louder.buffer).indexOf('OpusHead') + 16
    new DataView(louder.buffer).setInt16(gain, 6 * 256, true)
    const plain = await analysisOf(fixture('two-tones.opus.ogg'))
    const analysis = await analysisOf(louder)
    expect(analysis.loudness).toBeCloseTo((plain.loudness ?? NaN) + 6, 2)
  })

  test('that lost some pages is not complete, and no longer than what is left', async () => {
    const bytes = fixture('two-tones.opus.ogg')
    const pages: number[] = []
    for (let at = 0; at >= 0; at = Buffer.from(bytes.buffer).indexOf('OggS', at + 1)) pages.push(at)
    const last = pages.at(-1) ?? 0
    const before = pages.at(-2) ?? 0
    expect(pages.length).toBeGreaterThan(3)
    const torn = concat(bytes.subarray(0, before + 200), bytes.subarray(last))
    const analysis = await analysisOf(torn)
    expect(analysis.complete).toBe(false)
    expect(analysis.durationSeconds).toBeLessThan(1.5)
  })

  test('with nothing but other things than sound in it is refused', async () => {
    const film = fixture('two-tones.vorbis.ogg')
    film.set(ascii('\x80theora'), Buffer.from(film.buffer).indexOf('\x01vorbis'))
    expect(await measure(film)).toMatchObject({ ok: false, failure: { code: 'unsupported-format' } })
  })
})

describe('a WAV file', () => {
  const wav = (samples: Float32Array, sampleRate = 8000) => {
    const header = new DataView(new ArrayBuffer(44))
    const put = (text: string, at: number) =>
      [...text].forEach((letter, index) => header.setUint8(at + index, letter.charCodeAt(0)))
    put('RIFF', 0)
    put('WAVEfmt ', 8)
    header.setUint32(16, 16, true)
    header.setUint16(20, 3, true)
    header.setUint16(22, 1, true)
    header.setUint32(24, sampleRate, true)
    header.setUint32(28, sampleRate * 4, true)
    header.setUint16(32, 4, true)
    header.setUint16(34, 32, true)
    put('data', 36)
    header.setUint32(40, samples.byteLength, true)
    return concat(new Uint8Array(header.buffer), new Uint8Array(samples.buffer))
  }

  test('of silence has a length, and neither peak nor loudness', async () => {
    expect(await analysisOf(wav(new Float32Array(8000)))).toMatchObject({
      durationSeconds: 1,
      samplePeak: null,
      loudness: null,
      complete: true,
    })
  })

  test('with what is no number in it is measured without that', async () => {
    const samples = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i) / 2)
    const plain = await analysisOf(wav(samples))
    samples.set([NaN, Infinity, -Infinity], 4000)
    const analysis = await analysisOf(wav(samples))
    expect(analysis.samplePeak).toBeCloseTo(plain.samplePeak ?? NaN, 3)
    expect(analysis.loudness).toBeCloseTo(plain.loudness ?? NaN, 1)
  })

  test('may exceed full scale', async () => {
    const { samplePeak, peaks } = await analysisOf(wav(new Float32Array(800).fill(2)))
    expect(samplePeak).toBeCloseTo(6.02, 2)
    expect(Math.max(...peaks)).toBe(1)
  })

  test('without a sample is empty', async () => {
    expect(await measure(wav(new Float32Array(0)))).toMatchObject({ ok: false, failure: { code: 'empty' } })
  })

  test.each([0, 1, 4_000_000_000])('with a sample rate of %d Hz is refused', async (rate) => {
    expect(await measure(wav(new Float32Array(10), rate))).toMatchObject({
      ok: false,
      failure: { code: 'unsupported-format' },
    })
  })

  test('longer than anybody speaks is refused before all of it is read', async () => {
    const recording = cut(wav(new Float32Array(80_000)))
    expect(await measureRecording(recording, 5)).toMatchObject({
      ok: false,
      failure: { code: 'too-long' },
    })
    expect(await recording.next()).toMatchObject({ done: false })
  })
})

test.each<[string, Uint8Array, string]>([
  ['no bytes', new Uint8Array(0), 'empty'],
  ['one byte', Uint8Array.of(0xff), 'unsupported-format'],
  ['a text', ascii('name,email\nAda,ada@example.org\n'), 'unsupported-format'],
  ['AAC', fixture('two-tones.m4a'), 'unsupported-format'],
  ['zeros', new Uint8Array(100_000), 'unsupported-format'],
  ['the first bytes of FLAC', fixture('two-tones.flac').subarray(0, 30), 'damaged'],
  ['FLAC whose sound is missing', fixture('two-tones.flac').subarray(0, 400), 'damaged'],
  ['Ogg whose sound is missing', fixture('two-tones.vorbis.ogg').subarray(0, 1000), 'damaged'],
])('%s: a failure that says why', async (_, bytes, code) => {
  const result = await measure(bytes)
  expect(result).toMatchObject({ ok: false, failure: { code } })
  expect(result.ok || result.failure.message).toMatch(/^[A-Z].*\.$/)
})

test('what only looks like an MP3 by chance is none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (noise) => {
      expect(await measure(noise)).toMatchObject({ ok: false })
    }),
    { numRuns: 50 },
  )
})
