import type { MenuItemConstructorOptions } from 'electron'
import { expect, test } from 'vitest'
import type { Language } from '../contract/settings.ts'
import { openDesktopWords } from './desktop-words.ts'
import { applicationMenu, textMenu, type TextUnderPointer } from './menu.ts'

const words = (language: Language) => openDesktopWords(() => language)
const nobody = { show: () => {}, showShortcuts: () => {} }

const all = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...all((item.submenu ?? []) as MenuItemConstructorOptions[])])

const platforms = ['darwin', 'win32', 'linux'] as const
const languages = ['en', 'de', 'ar'] as const

test.each(platforms.flatMap((platform) => languages.map((language) => [platform, language] as const)))(
  'on %s in %s every item has its own words, no shortcut stands for two, and nothing reloads a page',
  async (platform, language) => {
    const items = all(applicationMenu(platform, await words(language), nobody))
    for (const { type, label } of items) if (type !== 'separator') expect(label).toMatch(/^(?!menu\.)\S/)
    const accelerators = items.flatMap(({ accelerator }) => accelerator ?? [])
    expect(new Set(accelerators).size).toBe(accelerators.length)
    const roles = items.map(({ role }) => String(role).toLowerCase())
    expect(roles).not.toContain('reload')
    expect(roles).not.toContain('forcereload')
    expect(roles).toEqual(expect.arrayContaining(['quit', 'copy', 'paste', 'resetzoom', 'close', 'about']))
  },
)

test('settings stand in the application menu of a Mac and under File elsewhere', async () => {
  for (const platform of platforms) {
    const menu = applicationMenu(platform, await words('en'), nobody)
    expect(all([menu[0] ?? {}]).map(({ id }) => id)).toContain('settings')
  }
})

const text: TextUnderPointer = {
  isEditable: true,
  selectionText: '',
  misspelledWord: '',
  dictionarySuggestions: [],
  editFlags: { canCut: false, canCopy: false, canPaste: true },
}

test('a misspelt word is offered in its right spelling, and can be learnt', async () => {
  const chosen: string[] = []
  const items = textMenu(
    { ...text, misspelledWord: 'kemistry', dictionarySuggestions: ['chemistry', 'ministry'] },
    await words('en'),
    {
      replaceMisspelling: (word) => chosen.push(word),
      learn: (word) => chosen.push(`learnt ${word}`),
    },
  )
  for (const { label, click } of items ?? []) {
    if (label === 'chemistry' || label?.includes('dictionary')) (click as () => void)()
  }
  expect(chosen).toEqual(['chemistry', 'learnt kemistry'])
})

test('text that cannot be edited offers to copy what is selected, and nothing else', async () => {
  const actions = { replaceMisspelling: () => {}, learn: () => {} }
  const selected = { ...text, isEditable: false, selectionText: 'mechanism' }
  const translate = await words('en')
  expect(textMenu(selected, translate, actions)?.map(({ role }) => role)).toEqual(['copy'])
  expect(textMenu({ ...selected, selectionText: ' ' }, translate, actions)).toBeNull()
})
