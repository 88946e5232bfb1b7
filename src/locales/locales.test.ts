import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

type Words = ReadonlyMap<string, string>

const folder = import.meta.dirname
const files = readdirSync(join(folder, 'en'))

function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([key, inner]) => flat(inner, path ? `${path}.${key}` : key))
}
const read = (language: string, file: string): Words =>
  new Map(flat(JSON.parse(readFileSync(join(folder, language, file), 'utf8'))))

const PLURAL = /(_ordinal)?_(zero|one|two|few|many|other)$/
const stem = (key: string) => key.replace(PLURAL, '')
/** The key of the form every language has; null for a key that does not count anything. */
function otherForm(words: Words, key: string): string | null {
  const [, ordinal = ''] = PLURAL.exec(key) ?? []
  const other = `${stem(key)}${ordinal}_other`
  return PLURAL.test(key) && words.has(other) ? other : null
}
/** What a language needs: its own plural forms where English has its own. */
function keysFor(language: string, english: Words): string[] {
  const keys = [...english.keys()].flatMap((key) => {
    const other = otherForm(english, key)
    if (other === null) return [key]
    const type = other.endsWith('_ordinal_other') ? 'ordinal' : 'cardinal'
    const { pluralCategories } = new Intl.PluralRules(language, { type }).resolvedOptions()
    // i18next takes a form for none in any language.
    const none = english.has(other.replace(/other$/, 'zero')) ? ['zero'] : []
    return [...pluralCategories, ...none].map((form) => other.replace(/other$/, form))
  })
  return [...new Set(keys)].sort()
}
const placeholders = (text: string) => [...text.matchAll(/{{\s*(\w+)/g)].map(([, name]) => name ?? '').sort()

/** The same in both languages, on purpose: names, borrowed words, and what is nothing but placeholders. */
const sameAsEnglish: Readonly<Record<string, readonly string[]>> = {
  de: [
    'common:live',
    'connection:panel.server',
    'connection:pill.offline',
    'desktop:notification.message',
    'desktop:tray.status',
    'desktop:window.chat',
    'diagnostics:checkNames.proxy',
    'diagnostics:checkNames.server',
    'diagnostics:states.offline',
    'room:attendance.column.name',
    'room:chat.label',
    'room:shortcuts.group.chat',
    'room:tabs.chat',
    'room:windows.chat',
    'sessions:tabs.live',
    'settings:about.version',
    'settings:serverUrl.label',
    'sign-in:server.summary',
  ],
  ar: ['desktop:tray.status', 'room:shortcuts.ctrl', 'room:shortcuts.shift'],
}

describe.each(['de', 'ar'])('%s', (language) => {
  test('has the same files as English', () => {
    expect(readdirSync(join(folder, language)).sort()).toEqual(files.toSorted())
  })

  describe.each(files)('%s', (file) => {
    const english = read('en', file)
    const own = read(language, file)

    test('says everything that English says, with every plural the language has', () => {
      expect([...own.keys()].sort()).toEqual(keysFor(language, english))
    })

    test('fills in the same values', () => {
      const different = [...own].filter(([key, text]) => {
        const original = english.get(otherForm(own, key) ?? key) ?? ''
        const [mine, theirs] = [placeholders(text), placeholders(original)]
        // None, one and two are often words of their own, and no number.
        const mayLeaveOut = key.endsWith('_zero') ? theirs.length : /_(one|two)$/.test(key) ? 1 : 0
        return (
          mine.some((name) => !theirs.includes(name)) ||
          theirs.filter((name) => !mine.includes(name)).length > mayLeaveOut
        )
      })
      expect(different).toEqual([])
    })

    test('leaves nothing empty, and nothing in English by accident', () => {
      // What English leaves out on purpose, another language may leave out as well.
      const empty = [...own].filter(([key, text]) => text.trim() === '' && english.get(key) !== '')
      const untranslated = [...own]
        .filter(([key, text]) => text === english.get(key) && /\p{L}{2}/u.test(text.replace(/{{.*?}}/g, '')))
        .map(([key]) => `${file.replace('.json', '')}:${key}`)
        .filter((key) => !sameAsEnglish[language]?.includes(key))
      expect({ empty, untranslated }).toEqual({ empty: [], untranslated: [] })
    })
  })
})
