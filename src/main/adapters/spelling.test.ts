import { expect, test } from 'vitest'
import { dictionariesFor } from './spelling.ts'

const available = ['de', 'de-AT', 'en-GB', 'en-US', 'fr']

test.each([
  ['British English on a British computer', 'en', ['en-GB', 'de'], ['en-GB']],
  ['American English where the system says no more than English', 'en', ['en'], ['en-US']],
  ['Austrian German on an Austrian computer', 'de', ['de-AT'], ['de-AT']],
  ['German on an English computer', 'de', ['en-US'], ['de']],
  ['nothing where there is no dictionary', 'ar', ['ar-EG'], []],
] as const)('spelling is checked in %s', (_what, language, system, expected) => {
  expect(dictionariesFor(language, system, available)).toEqual(expected)
})
