import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kWeighting, LoudnessMeter } from './loudness.ts'
import { loudnessWeights, vorbisSpeakers, waveSpeakers } from './speakers.ts'

/** Seconds of a 1 kHz sine at the given dBFS on each channel, one stretch after the other. */
function loudnessOf(
  stretches: readonly (readonly [seconds: number, ...dbfs: number[]])[],
  { rate = 48_000, weights = [1, 1] } = {},
): number | null {
  const meter = new LoudnessMeter(rate, weights)
  let at = 0
  for (const [seconds, ...levels] of stretches) {
    const length = Math.round(seconds * rate)
    const channels = weights.map((_, channel) => {
      const level = 10 ** ((levels[channel] ?? levels[0] ?? -Infinity) / 20)
      const sine = new Float32Array(length)
      for (let i = 0; i < length; i++) sine[i] = level * Math.sin((2 * Math.PI * 1000 * (at + i)) / rate)
      return sine
    })
    meter.add(channels)
    at += length
  }
  return meter.integrated()
}
const within = (loudness: number | null, expected: number) =>
  expect(Math.abs((loudness ?? NaN) - expected), `${loudness} LUFS`).toBeLessThan(0.1)

test('the filters are those of the standard at 48 kHz', () => {
  const [shelf, highPass] = kWeighting(48_000)
  // ITU-R BS.1770-4, tables 1 and 2.
  const published: [number, number][] = [
    [shelf.b[0], 1.53512485958697],
    [shelf.b[1], -2.69169618940638],
    [shelf.b[2], 1.19839281085285],
    [shelf.a[0], -1.69065929318241],
    [shelf.a[1], 0.73248077421585],
    [highPass.a[0], -1.99004745483398],
    [highPass.a[1], 0.99007225036621],
  ]
  for (const [ours, theirs] of published) expect(ours).toBeCloseTo(theirs, 8)
  expect(highPass.b).toEqual([1, -2, 1])
})

describe('the signals of EBU Tech 3341 have the loudness it gives them', () => {
  test('case 1: a sine at −23 dBFS', () => within(loudnessOf([[20, -23]]), -23))
  test('case 2: a sine at −33 dBFS', () => within(loudnessOf([[20, -33]]), -33))
  test('case 3: quiet parts fall below the relative gate', () =>
    within(
      loudnessOf([
        [10, -36],
        [60, -23],
        [10, -36],
      ]),
      -23,
    ))
  test('case 4: and silence below the absolute one', () =>
    within(
      loudnessOf([
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ]),
      -23,
    ))
  test('case 5: parts within 10 LU all count', () =>
    within(
      loudnessOf([
        [20, -26],
        [20.1, -20],
        [20, -26],
      ]),
      -23,
    ))
  test('case 6: surround channels count for more', () =>
    within(
      loudnessOf([[20, -28, -28, -24, -30, -30]], { weights: [...loudnessWeights(waveSpeakers(5))] }),
      -23,
    ))
})

test.each([8000, 11_025, 22_050, 44_100, 96_000, 192_000])(
  'the sample rate does not matter: %d Hz',
  (rate) => {
    within(loudnessOf([[5, -23]], { rate }), -23)
  },
)

test('one channel alone is 3 LU quieter than two', () => {
  within(loudnessOf([[5, -23]], { weights: [1] }), -26.01)
})

test('silence, and what is too short for a block, has no loudness', () => {
  expect(loudnessOf([[5, -Infinity]])).toBeNull()
  expect(loudnessOf([[5, -80]])).toBeNull()
  expect(loudnessOf([[0.39, -23]])).toBeNull()
  expect(loudnessOf([[0.41, -23]])).not.toBeNull()
})

test('sound that comes after silence is measured as if alone', () => {
  within(
    loudnessOf([
      [30, -Infinity],
      [20, -23],
    ]),
    -23,
  )
})

test('it does not matter how the sound is cut', () => {
  const signal = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i * 0.7) * Math.sin(i / 900))
  const loudness = (cuts: readonly number[]) => {
    const meter = new LoudnessMeter(8000, [1])
    let from = 0
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      meter.add([signal.subarray(from, cut)])
      from = cut
    }
    meter.add([signal.subarray(from)])
    return meter.integrated()
  }
  const whole = loudness([]) ?? NaN
  expect(whole).toBeLessThan(0)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 8000 }), { maxLength: 30 }), (cuts) => {
      expect(loudness(cuts)).toBeCloseTo(whole, 9)
    }),
    { numRuns: 50 },
  )
})

test('channels count by where they are played, in whichever order a format has them', () => {
  expect(loudnessWeights(waveSpeakers(6))).toEqual([1, 1, 1, 0, 1.41, 1.41])
  expect(loudnessWeights(vorbisSpeakers(6))).toEqual([1, 1, 1, 1.41, 1.41, 0])
  expect(loudnessWeights(waveSpeakers(8))).toEqual([1, 1, 1, 0, 1, 1, 1.41, 1.41])
  expect(loudnessWeights(vorbisSpeakers(8))).toEqual([1, 1, 1, 1.41, 1.41, 1, 1, 0])
  expect(loudnessWeights(waveSpeakers(7))).toEqual([1, 1, 1, 0, 1, 1.41, 1.41])
})
