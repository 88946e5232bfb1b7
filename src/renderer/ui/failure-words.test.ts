import i18next, { type TFunction } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { fail } from '../../contract/model.ts'
import german from '../../locales/de/failures.json'
import english from '../../locales/en/failures.json'
import { failureInWords } from './failure-words.ts'

let en: TFunction<'failures'>
let de: TFunction<'failures'>
beforeAll(async () => {
  const words = i18next.createInstance()
  const resources = { en: { failures: english }, de: { failures: german } }
  await words.init({ lng: 'en', resources, interpolation: { escapeValue: false } })
  en = words.getFixedT('en', 'failures')
  de = words.getFixedT('de', 'failures')
})

test('in English a failure says what happened this very time, and how long to wait', () => {
  const { failure } = fail('rate-limited', 'Too many questions.', { retryAfterMs: 5000 })
  expect(failureInWords(failure, en, 'en')).toBe('Too many questions. Try again in 5 s.')
})

test('another language says what the code means', () => {
  const { failure } = fail('library-full', 'There is no room left for this file. Delete some others first.')
  expect(failureInWords(failure, de, 'de')).toBe(german['library-full'])
})

test('where the code says too little to go on, the sentence that came with it is kept', () => {
  const { failure } = fail('invalid-request', 'This file is larger than 16 MiB. Divide it into several.')
  expect(failureInWords(failure, de, 'de')).toBe(
    `${german['invalid-request']} (\u2068This file is larger than 16 MiB. Divide it into several.\u2069)`,
  )
})
