/** What the keyboard does in a room. A letter alone works outside fields, and may be turned off; with Ctrl and Shift it always works. */

export const shortcuts = [
  { name: 'write', key: 'c', group: 'chat' },
  { name: 'newest', key: 'j', group: 'chat' },
  { name: 'missed', key: 'u', group: 'chat' },
  { name: 'people', key: 'p', group: 'panels' },
  { name: 'hands', key: 'e', group: 'panels' },
  { name: 'notes', key: 'n', group: 'panels' },
  { name: 'attendance', key: 't', group: 'panels' },
  { name: 'assistant', key: 'a', group: 'panels' },
  { name: 'hand', key: 'h', group: 'room' },
  { name: 'mute', key: 'm', group: 'room' },
  { name: 'chatWindow', key: 'o', group: 'windows' },
  { name: 'rosterWindow', key: 'l', group: 'windows' },
  { name: 'miniWindow', key: 'k', group: 'windows' },
] as const

export type ShortcutName = (typeof shortcuts)[number]['name']
export type RoomKey = ShortcutName | 'sheet' | 'nextPart' | 'previousPart'

export interface KeyPress {
  readonly key: string
  /** The key's place on the keyboard: with Ctrl and Shift, what it types depends on the layout. */
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

interface Circumstances {
  /** The focus is where letters are written. */
  readonly inField: boolean
  /** Whether letters alone do anything. */
  readonly singleKeys: boolean
  readonly isMac: boolean
}

/** @returns null for a key that is none of ours */
export function keyPressed(press: KeyPress, { inField, singleKeys, isMac }: Circumstances): RoomKey | null {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = press
  if (altKey) return null
  if (key === 'F6' && !ctrlKey && !metaKey) return shiftKey ? 'previousPart' : 'nextPart'
  const command = isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey
  if (command && shiftKey) {
    const letter = /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, '').toLowerCase()
    return named(letter)
  }
  if (ctrlKey || metaKey || inField || !singleKeys) return null
  if (key === '?') return 'sheet'
  if (shiftKey) return null
  return key === '/' ? 'write' : named(key.toLowerCase())
}

const named = (letter: string): ShortcutName | null =>
  shortcuts.find(({ key }) => key === letter)?.name ?? null
