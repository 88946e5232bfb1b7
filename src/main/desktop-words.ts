/** The words that stand outside of the windows: in menus, beside the clock, in notifications. */
import { createInstance } from 'i18next'
import type { Language } from '../contract/settings.ts'
import ar from '../locales/ar/desktop.json'
import de from '../locales/de/desktop.json'
import en from '../locales/en/desktop.json'

type Plural = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'
type Key<T> = {
  [K in keyof T & string]: T[K] extends string
    ? K extends `${infer Base}_${Plural}`
      ? Base
      : K
    : `${K}.${Key<T[K]>}`
}[keyof T & string]

/** @param values what stands between braces; `count` chooses the plural */
export type Translate = (key: Key<typeof en>, values?: Readonly<Record<string, string | number>>) => string

/** @returns the words of one language at a time, whichever `language` names at each call */
export async function openDesktopWords(language: () => Language): Promise<Translate> {
  const words = createInstance()
  await words.init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'desktop',
    resources: { en: { desktop: en }, de: { desktop: de }, ar: { desktop: ar } },
    // No page shows them.
    interpolation: { escapeValue: false },
  })
  const translate = words.t as (key: string, values: object) => string
  return (key, values = {}) => translate(key, { ...values, lng: language() })
}
