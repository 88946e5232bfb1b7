/** The words of the pages: English comes with the app, the other languages when somebody asks for them. */
import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from '../contract/settings.ts'
import assistant from '../locales/en/assistant.json'
import common from '../locales/en/common.json'
import connection from '../locales/en/connection.json'
import diagnostics from '../locales/en/diagnostics.json'
import failures from '../locales/en/failures.json'
import jobs from '../locales/en/jobs.json'
import library from '../locales/en/library.json'
import room from '../locales/en/room.json'
import sessions from '../locales/en/sessions.json'
import settings from '../locales/en/settings.json'
import signIn from '../locales/en/sign-in.json'

const english = {
  assistant,
  common,
  connection,
  diagnostics,
  failures,
  jobs,
  library,
  room,
  sessions,
  settings,
  'sign-in': signIn,
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof english
  }
}

/** By the path of their file. */
const others: Readonly<
  Record<Exclude<Language, 'en'>, () => Promise<{ default: Record<string, Record<string, unknown>> }>>
> = {
  de: () => import('./languages/de.ts'),
  ar: () => import('./languages/ar.ts'),
}

const rightToLeft: readonly Language[] = ['ar']

export async function startWords(): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'common',
    ns: Object.keys(english),
    resources: { en: english },
    // React escapes already.
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  return i18next
}

let asked: Language = 'en'

/** Changes what is on screen at once, and the direction it is read in. Of two asked for at once, the later counts. */
export async function speak(language: Language): Promise<void> {
  asked = language
  if (language !== 'en' && !i18next.hasResourceBundle(language, 'common')) {
    const { default: files } = await others[language]()
    for (const [path, words] of Object.entries(files)) {
      i18next.addResourceBundle(language, path.replace(/^.*\/|\.json$/g, ''), words)
    }
  }
  if (asked !== language) return
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  document.documentElement.dir = rightToLeft.includes(language) ? 'rtl' : 'ltr'
}
