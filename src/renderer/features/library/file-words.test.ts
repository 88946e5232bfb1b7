import { expect, it, test } from 'vitest'
import { levelInWords, sizeInWords, spokenTime } from './file-words.ts'

it.each([
  [1, '1 byte'],
  [640, '640 bytes'],
  [1000, '1 kB'],
  [12_345_678, '12.3 MB'],
  [345_678_900, '346 MB'],
  [2 * 1024 ** 3, '2.1 GB'],
])('%d bytes are said as %s', (bytes, words) => {
  expect(sizeInWords(bytes, 'en')).toBe(words)
})

it.each([
  [0, '0 seconds'],
  [65, '1 minute, 5 seconds'],
  [3600, '1 hour'],
  [7325.9, '2 hours, 2 minutes, 5 seconds'],
])('%d seconds are read out as %s', (seconds, words) => {
  expect(spokenTime(seconds, 'en')).toBe(words)
})

test('sizes and times are said in the language of the page', () => {
  expect(sizeInWords(12_345_678, 'de')).toBe('12,3 MB')
  expect(spokenTime(61, 'de')).toBe('1 Minute, 1 Sekunde')
})

test('a level has a real minus', () => {
  expect(levelInWords(-16.24, 'LUFS', 'en')).toBe('−16.2 LUFS')
})
