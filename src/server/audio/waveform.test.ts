import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Waveform } from './waveform.ts'

/** Values that a 32-bit float holds exactly. */
const sample = fc.integer({ min: -64, max: 64 }).map((value) => value / 64)

test('every peak stands in its stretch, or not more than a sixteenth of one beside it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.array(sample, { minLength: 1, maxLength: 900 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 }),
      (buckets, samples, cuts) => {
        const waveform = new Waveform(buckets)
        for (let from = 0, turn = 0; from < samples.length; turn++) {
          const to = from + (cuts[turn % cuts.length] ?? 1)
          waveform.add([Float32Array.from(samples.slice(from, to))])
          from = to
        }
        expect(waveform.samples).toBe(samples.length)
        const largest = (from: number, to: number) =>
          samples
            .slice(Math.max(0, Math.floor(from)), Math.ceil(to))
            .reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        const width = samples.length / buckets
        const peaks = waveform.peaks()
        expect(peaks).toHaveLength(buckets)
        for (const [bucket, peak] of peaks.entries()) {
          expect(peak).toBeGreaterThanOrEqual(largest(bucket * width, (bucket + 1) * width))
          const blur = Math.max(1, width / 16)
          expect(peak).toBeLessThanOrEqual(largest(bucket * width - blur, (bucket + 1) * width + blur))
        }
        expect(waveform.peak).toBe(largest(0, samples.length))
      },
    ),
  )
})

test('the loudest channel is drawn', () => {
  const waveform = new Waveform(2)
  waveform.add([Float32Array.of(0.25, 0.5), Float32Array.of(-0.75, 0)])
  expect(waveform.peaks()).toEqual([0.75, 0.5])
})

test('a drawing of no sound is flat', () => {
  expect(new Waveform(3).peaks()).toEqual([0, 0, 0])
})

test('what exceeds full scale is drawn at full scale, and its peak is kept', () => {
  const waveform = new Waveform(1)
  waveform.add([Float32Array.of(1.5)])
  expect(waveform.peaks()).toEqual([1])
  expect(waveform.peak).toBe(1.5)
})
