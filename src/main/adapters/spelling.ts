import type { Session } from 'electron'
import type { Language } from '../../contract/settings.ts'

/**
 * Marks misspelt words, or no longer does. macOS checks by itself. Elsewhere Chromium fetches a dictionary from
 * Google's server the first time a language is named to it, so it is told none until somebody wants one.
 *
 * @param systemLanguages BCP 47 tags: they tell British from American English
 */
export function checkSpelling(
  session: Session,
  wanted: boolean,
  language: Language,
  systemLanguages: readonly string[],
): void {
  session.setSpellCheckerEnabled(wanted)
  if (process.platform === 'darwin') return
  session.setSpellCheckerLanguages(
    wanted ? dictionariesFor(language, systemLanguages, session.availableSpellCheckerLanguages) : [],
  )
}

/** Of those there are: the system's own kind of this language, else the most common one. None for some languages. */
export function dictionariesFor(
  language: Language,
  systemLanguages: readonly string[],
  available: readonly string[],
): string[] {
  const usual: Readonly<Record<Language, string>> = { en: 'en-US', de: 'de', ar: 'ar' }
  const own = systemLanguages.filter((tag) => tag.split('-')[0] === language)
  const found = [...own, usual[language], language].find((tag) => available.includes(tag))
  return found === undefined ? [] : [found]
}
