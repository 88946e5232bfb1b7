import { expect, it } from 'vitest'
import { safeFileName } from './file-name.ts'

it.each([
  ['Lecture 4: Enolates.wav', 'Lecture 4_ Enolates.wav'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\Windows\\notes.csv', 'C__Windows_notes.csv'],
  ['.bashrc', 'bashrc'],
  ['ends with a dot.', 'ends with a dot'],
  ['con.csv', '_con.csv'],
  ['COM1', '_COM1'],
  ['console.csv', 'console.csv'],
  ['a\nb\0c.pdf', 'a_b_c.pdf'],
  ['  ', 'file'],
  ['', 'file'],
  ['محاضرة ٤.wav', 'محاضرة ٤.wav'],
  ['lecture\u202e3pm.exe', 'lecture3pm.exe'],
  ['می\u200cخواهم.wav', 'می\u200cخواهم.wav'],
])('a copy of %j is offered as %j', (wanted, offered) => {
  expect(safeFileName(wanted)).toBe(offered)
})

it('a long name keeps its ending and breaks no character apart', () => {
  const offered = safeFileName(`${'語'.repeat(150)}.flac`)
  expect(offered).toMatch(/^語+\.flac$/u)
  expect(Buffer.byteLength(offered)).toBeLessThanOrEqual(200)
})
