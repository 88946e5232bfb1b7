import { expect, test } from 'vitest'
import { barsOf, seekBy } from './waveform.ts'

test('a waveform fills its width, and its loudest bar its height', () => {
  const bars = barsOf([0.1, 0.4, 0.2, 0.05], 18, 40)
  expect(bars.map(({ height }) => height)).toEqual([10, 40, 20, 5])
  expect(bars.map(({ x }) => x)).toEqual([0, 5, 10, 15])
  expect(bars[1]?.y).toBe(0)
})

test('no peak is lost when there are more of them than bars', () => {
  const peaks = Array.from({ length: 2000 }, (_, index) => (index === 1234 ? 1 : 0))
  expect(barsOf(peaks, 300, 40).filter(({ height }) => height === 40)).toHaveLength(1)
})

test('few peaks are stretched, and silence is a line', () => {
  expect(barsOf([0, 0], 100, 40).every(({ height }) => height === 2)).toBe(true)
  expect(barsOf([0, 0], 100, 40)).toHaveLength(20)
  expect(barsOf([], 100, 40)).toEqual([])
})

test('keys seek within the recording and no further', () => {
  expect(seekBy('ArrowRight', 2, 60)).toBe(7)
  expect(seekBy('ArrowLeft', 2, 60)).toBe(0)
  expect(seekBy('PageUp', 50, 60)).toBe(60)
  expect(seekBy('Home', 50, 60)).toBe(0)
  expect(seekBy('End', 50, 60)).toBe(60)
  expect(seekBy('x', 50, 60)).toBeNull()
})
