import { expect, it, test } from 'vitest'
import { contentTypeOf, secondsLeft, uploadName, type Upload } from './upload.ts'

it.each([
  ['Lecture.WAV', '', 'audio/wav'],
  ['voice memo.m4a', 'audio/x-m4a', 'audio/mp4'],
  ['roster.csv', 'application/vnd.ms-excel', 'text/csv'],
  ['scan', 'image/jpeg', 'image/jpeg'],
  ['slides.pptx', 'application/vnd.openxmlformats', null],
  ['no ending', '', null],
])('%s is announced as %s says: %s', (name, type, expected) => {
  expect(contentTypeOf({ name, type })).toBe(expected)
})

test('a name that is a path to some system is made plain', () => {
  expect(uploadName('C:\\class\\notes.csv')).toBe('C:_class_notes.csv')
  expect(uploadName('a\nb.pdf')).toBe('a_b.pdf')
})

test('a name that is too long keeps its ending', () => {
  const name = uploadName(`${'𝒳'.repeat(150)}.flac`)
  expect(name.length).toBeLessThanOrEqual(200)
  expect(name).toMatch(/𝒳\.flac$/u)
})

test('the time left is told while something moves, and never otherwise', () => {
  const upload: Upload = {
    id: '1',
    fileId: null,
    name: 'a.wav',
    size: 1000,
    sent: 400,
    status: 'sending',
    speed: 100,
    problem: null,
  }
  expect(secondsLeft(upload)).toBe(6)
  expect(secondsLeft({ ...upload, speed: null })).toBeNull()
  expect(secondsLeft({ ...upload, status: 'paused' })).toBeNull()
})
