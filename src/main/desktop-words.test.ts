import { expect, test } from 'vitest'
import ar from '../locales/ar/desktop.json'
import de from '../locales/de/desktop.json'
import en from '../locales/en/desktop.json'
import { openDesktopWords } from './desktop-words.ts'

const keys = (words: object, prefix = ''): string[] =>
  Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? keys(value, `${prefix}${key}.`)
      : `${prefix}${key.replace(/_(zero|one|two|few|many|other)$/, '')}`,
  )

test('every language has a word for everything', () => {
  const wanted = new Set(keys(en))
  expect(new Set(keys(de))).toEqual(wanted)
  expect(new Set(keys(ar))).toEqual(wanted)
})

test('the language can change at any time, and numbers keep to its grammar', async () => {
  let language: 'en' | 'de' | 'ar' = 'en'
  const translate = await openDesktopWords(() => language)
  const said = () => [1, 2, 3].map((count) => translate('notification.messages', { count, room: 'R' }))
  expect(said()).toEqual(['1 new message in R', '2 new messages in R', '3 new messages in R'])
  language = 'de'
  expect(said()[1]).toBe('2 neue Nachrichten in R')
  language = 'ar'
  expect(said()).toEqual(['رسالة جديدة واحدة في R', 'رسالتان جديدتان في R', '3 رسائل جديدة في R'])
})
