import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import type { Ending } from './sound.ts'
import { decodeWav, isWav } from './wav.ts'

const PCM = 1
const FLOAT = 3
const A_LAW = 6

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
function numbers(write: (view: DataView) => void, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return bytes
}
const u32 = (value: number) => numbers((view) => view.setUint32(0, value, true), 4)
const chunk = (id: string, body: Uint8Array, size = body.length) =>
  join(ascii(id), u32(size), body, new Uint8Array(body.length % 2))

interface Kind {
  code: number
  bits: number
  channels: number
  mask?: number
  blockAlign?: number
}
function format({ code, bits, channels, mask, blockAlign = (channels * bits) / 8 }: Kind): Uint8Array {
  const plain = numbers((view) => {
    view.setUint16(0, mask === undefined ? code : 0xfffe, true)
    view.setUint16(2, channels, true)
    view.setUint32(4, 8000, true)
    view.setUint32(8, 8000 * blockAlign, true)
    view.setUint16(12, blockAlign, true)
    view.setUint16(14, bits, true)
  }, 16)
  if (mask === undefined) return chunk('fmt ', plain)
  const guid = [code, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]
  return chunk('fmt ', join(plain, Uint8Array.of(22, 0, bits, 0), u32(mask), Uint8Array.from(guid)))
}
const riff = (...chunks: Uint8Array[]) => join(ascii('RIFF'), u32(4), ascii('WAVE'), ...chunks)

async function* cut(bytes: Uint8Array, size: number) {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

async function decode(file: Uint8Array, pieceBytes = file.length) {
  expect(isWav(file)).toBe(true)
  const decoding = decodeWav(new ByteReader(cut(file, pieceBytes)))
  const channels: number[][] = []
  let speakers: readonly string[] = []
  for (;;) {
    const next = await decoding.next()
    if (next.done) return { channels, speakers, ending: next.value }
    next.value.channels.forEach((samples, index) => (channels[index] ??= []).push(...samples))
    speakers = next.value.speakers
  }
}
const failureOf = (ending: Ending) => ('failure' in ending ? ending.failure.code : ending)

const stereo16: Kind = { code: PCM, bits: 16, channels: 2 }
const frames16 = (...values: number[]) =>
  numbers(
    (view) => values.forEach((value, index) => view.setInt16(index * 2, value * 0x8000, true)),
    values.length * 2,
  )

describe('samples of every size come out at the same scale', () => {
  const values = [0, 0.5, -0.5, -1]
  const writers: [string, Kind, (view: DataView, at: number, value: number) => void][] = [
    [
      '8-bit',
      { code: PCM, bits: 8, channels: 1 },
      (view, at, value) => view.setUint8(at, 0x80 + value * 0x80),
    ],
    ['16-bit', { code: PCM, bits: 16, channels: 1 }, (view, at, x) => view.setInt16(at, x * 0x8000, true)],
    [
      '24-bit',
      { code: PCM, bits: 24, channels: 1 },
      (view, at, value) => {
        const whole = value * 0x80_0000
        view.setUint8(at, whole & 0xff)
        view.setInt16(at + 1, whole >> 8, true)
      },
    ],
    [
      '32-bit',
      { code: PCM, bits: 32, channels: 1 },
      (view, at, x) => view.setInt32(at, x * 0x8000_0000, true),
    ],
    ['32-bit float', { code: FLOAT, bits: 32, channels: 1 }, (view, at, x) => view.setFloat32(at, x, true)],
    ['64-bit float', { code: FLOAT, bits: 64, channels: 1 }, (view, at, x) => view.setFloat64(at, x, true)],
  ]
  test.each(writers)('%s', async (_, kind, write) => {
    const size = kind.bits / 8
    const data = numbers(
      (view) => values.forEach((value, index) => write(view, index * size, value)),
      values.length * size,
    )
    for (const mask of [undefined, 4]) {
      const file = riff(format({ ...kind, ...(mask === undefined ? {} : { mask }) }), chunk('data', data))
      expect(await decode(file)).toEqual({
        channels: [values],
        speakers: ['front'],
        ending: { complete: true },
      })
    }
  })
})

test('channels are told apart, and an extensible file says where they are played', async () => {
  const file = riff(format({ ...stereo16, mask: 0x208 }), chunk('data', frames16(0.25, -0.25, 0.5, -0.5)))
  expect(await decode(file)).toEqual({
    channels: [
      [0.25, 0.5],
      [-0.25, -0.5],
    ],
    speakers: ['low-frequency', 'side'],
    ending: { complete: true },
  })
})

test('chunks nobody knows are left out, with their byte of padding', async () => {
  const notes = chunk('note', ascii('odd'))
  const file = riff(notes, format(stereo16), notes, chunk('data', frames16(0.5, 0.25)), chunk('LIST', notes))
  expect(await decode(file)).toMatchObject({ channels: [[0.5], [0.25]], ending: { complete: true } })
})

test.each([0, 0xffff_ffff])('a stream that gave its size as %d is read to its end', async (size) => {
  const file = riff(format(stereo16), chunk('data', frames16(0.5, 0.25, -0.5, -0.25), size))
  expect(await decode(file)).toMatchObject({
    channels: [
      [0.5, -0.5],
      [0.25, -0.25],
    ],
    ending: { complete: true },
  })
  expect(await decode(file.subarray(0, -1))).toMatchObject({ ending: { complete: false } })
})

test('a file over 4 GB says its size elsewhere, and what follows its sound is no sound', async () => {
  const sizes = chunk('ds64', join(u32(0), u32(0), u32(4), u32(0), u32(1), u32(0), u32(0)))
  const file = join(
    ascii('RF64'),
    u32(0xffff_ffff),
    ascii('WAVE'),
    sizes,
    format(stereo16),
    chunk('data', frames16(0.5, 0.25), 0xffff_ffff),
    chunk('LIST', ascii('more')),
  )
  expect(await decode(file)).toMatchObject({ channels: [[0.5], [0.25]], ending: { complete: true } })
})

test('a file that was cut off gives what is there, and says so', async () => {
  const file = riff(format(stereo16), chunk('data', frames16(0.5, 0.25, -0.5, -0.25)))
  expect(await decode(file.subarray(0, -3))).toMatchObject({
    channels: [[0.5], [0.25]],
    ending: { complete: false },
  })
})

test.each<[string, Uint8Array, string]>([
  [
    'a compressed file',
    riff(format({ code: A_LAW, bits: 8, channels: 1 }), chunk('data', ascii('abcd'))),
    'unsupported-format',
  ],
  [
    'an extensible file of a kind nobody knows',
    riff(format({ code: 0x92, bits: 16, channels: 2, mask: 3 })),
    'unsupported-format',
  ],
  ['a file with nine channels', riff(format({ ...stereo16, channels: 9 })), 'unsupported-format'],
  ['a file with no channel', riff(format({ ...stereo16, channels: 0 })), 'damaged'],
  ['a file whose samples do not fill its frames', riff(format({ ...stereo16, blockAlign: 5 })), 'damaged'],
  ['a file whose sound comes before its format', riff(chunk('data', frames16(0.5, 0.5))), 'damaged'],
  ['a file that ends in its header', riff(format(stereo16)), 'damaged'],
  ['a file that ends in a chunk nobody knows', riff(chunk('note', ascii('abcd'), 400)), 'damaged'],
])('%s is refused', async (_, file, code) => {
  const { channels, ending } = await decode(file)
  expect(channels).toEqual([])
  expect(failureOf(ending)).toBe(code)
})

test('it does not matter how the bytes arrive cut', async () => {
  const kinds = fc.record({ channels: fc.integer({ min: 1, max: 8 }), bits: fc.constantFrom(8, 16, 24, 32) })
  await fc.assert(
    fc.asyncProperty(
      kinds,
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      async (kind, data, piece) => {
        const file = riff(format({ code: PCM, ...kind }), chunk('data', data))
        expect(await decode(file, piece)).toEqual(await decode(file))
      },
    ),
    { numRuns: 100 },
  )
})
