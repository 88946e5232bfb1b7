import { expect, test } from 'vitest'
import type { ContentType, StoredFile } from '../../../contract/library.ts'
import { shownFiles, type FileChoice } from './shown-files.ts'

const file = (name: string, size: number, contentType: ContentType): StoredFile => ({
  id: name,
  name,
  contentType,
  size,
  received: size,
  status: 'ready',
  problem: null,
  createdAt: '2026-11-21T08:00:00.000Z',
  expiresAt: null,
})

const files = [
  file('Week 10 Énolates.wav', 30, 'audio/wav'),
  file('week 9 enolates.mp3', 50, 'audio/mpeg'),
  file('Roster.csv', 10, 'text/csv'),
  file('Syllabus.pdf', 40, 'application/pdf'),
  file('Äther.png', 20, 'image/png'),
]
const everything: FileChoice = { search: '', kind: 'all', order: 'newest' }
const names = (choice: Partial<FileChoice>, language = 'en') =>
  shownFiles(files, { ...everything, ...choice }, language).map(({ name }) => name)

test('files are found by any word of their name, however it is written', () => {
  expect(names({ search: 'ENOLATES week' })).toEqual(['Week 10 Énolates.wav', 'week 9 enolates.mp3'])
  expect(names({ search: 'ather' })).toEqual(['Äther.png'])
  expect(names({ search: 'enolates pdf' })).toEqual([])
})

test('each kind is found by itself', () => {
  expect(names({ kind: 'recording' })).toHaveLength(2)
  expect(names({ kind: 'table' })).toEqual(['Roster.csv'])
  expect(names({ kind: 'document' })).toEqual(['Syllabus.pdf'])
  expect(names({ kind: 'picture' })).toEqual(['Äther.png'])
})

test('names are in the order of a person’s alphabet, and week 9 comes before week 10', () => {
  expect(names({ order: 'name' }, 'de')).toEqual([
    'Äther.png',
    'Roster.csv',
    'Syllabus.pdf',
    'week 9 enolates.mp3',
    'Week 10 Énolates.wav',
  ])
})

test('the largest come first when one has to make room', () => {
  expect(names({ order: 'largest' })[0]).toBe('week 9 enolates.mp3')
})
