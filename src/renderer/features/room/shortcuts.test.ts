import { expect, test } from 'vitest'
import { keyPressed, shortcuts, type KeyPress } from './shortcuts.ts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: `Key${key.toUpperCase()}`,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
})
const outside = { inField: false, singleKeys: true, isMac: false }
const inField = { ...outside, inField: true }
const command = { ctrlKey: true, shiftKey: true }

test('outside a field a letter does what it is listed for, and within one it is a letter', () => {
  expect(keyPressed(press('p'), outside)).toBe('people')
  expect(keyPressed(press('/'), outside)).toBe('write')
  expect(keyPressed(press('?', { shiftKey: true }), outside)).toBe('sheet')
  for (const key of ['p', '/', '?']) expect(keyPressed(press(key), inField)).toBeNull()
})

test('somebody who turned letters off, or speaks to their computer, sets nothing off by a letter', () => {
  for (const { key } of shortcuts)
    expect(keyPressed(press(key), { ...outside, singleKeys: false })).toBeNull()
})

test('with Ctrl and Shift, and Command and Shift on a Mac, everything works in a field as well', () => {
  expect(keyPressed(press('N', command), { ...inField, singleKeys: false })).toBe('notes')
  const mac = { ...inField, isMac: true }
  expect(keyPressed(press('n', { metaKey: true, shiftKey: true }), mac)).toBe('notes')
  expect(keyPressed(press('n', command), mac)).toBeNull()
  // A keyboard with another alphabet.
  expect(keyPressed(press('т', { ...command, code: 'KeyN' }), inField)).toBe('notes')
})

test('F6 goes on to the next part and, with Shift, back', () => {
  expect(keyPressed(press('F6'), inField)).toBe('nextPart')
  expect(keyPressed(press('F6', { shiftKey: true }), inField)).toBe('previousPart')
})

test("the system's own combinations are left alone", () => {
  expect(keyPressed(press('p', { ctrlKey: true }), outside)).toBeNull()
  expect(keyPressed(press('p', { altKey: true }), outside)).toBeNull()
})

test('no two shortcuts share a key', () => {
  expect(new Set(shortcuts.map(({ key }) => key)).size).toBe(shortcuts.length)
})
