import i18next, { type TFunction } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import german from '../../../locales/de/jobs.json'
import english from '../../../locales/en/jobs.json'
import { exportName, isIn, stepWords, timeLeftWords } from './job-words.ts'

let en: TFunction<'jobs'>
let de: TFunction<'jobs'>
beforeAll(async () => {
  const words = i18next.createInstance()
  await words.init({
    lng: 'en',
    resources: { en: { jobs: english }, de: { jobs: german } },
    interpolation: { escapeValue: false },
  })
  en = words.getFixedT('en', 'jobs')
  de = words.getFixedT('de', 'jobs')
})

const plain = (value: number) => new Intl.NumberFormat('en').format(value)
const germanNumber = (value: number) => new Intl.NumberFormat('de').format(value)

test('in English a step reads as the server told it', () => {
  for (const step of [
    'Waiting for its turn',
    'Starting',
    'Starting again',
    'Checking the file',
    'Listening to the recording',
    'Waiting to go on: the server is restarting',
    'Waiting to try again',
    '1,500 of 20,000 lines',
    'Session 2 of 4',
    'Something a later server does',
  ]) {
    expect(stepWords(step, en, plain)).toBe(step)
  }
})

test('in German a known step is German, numbers too, and an unknown one is told as it came', () => {
  expect(stepWords('1,500 of 20,000 lines', de, germanNumber)).toBe('1.500 von 20.000 Zeilen')
  expect(stepWords('Checking the file', de, germanNumber)).toBe('Datei wird geprüft')
  expect(stepWords('constructor', de, germanNumber)).toBe('constructor')
})

test('the time left is said roughly', () => {
  expect(timeLeftWords({ unit: 'minutes', count: 2 }, en)).toBe('about 2 minutes left')
  expect(timeLeftWords({ unit: 'minutes', count: 1 }, en)).toBe('about 1 minute left')
  expect(timeLeftWords({ unit: 'moments' }, en)).toBe('a few seconds left')
})

test('a cancelled job is among the finished ones and not among the failed ones', () => {
  expect(isIn('finished', { status: 'cancelled' })).toBe(true)
  expect(isIn('failed', { status: 'cancelled' })).toBe(false)
  expect(isIn('running', { status: 'queued' })).toBe(true)
  expect(isIn('all', { status: 'failed' })).toBe(true)
})

test('an export is saved under its course and its day', () => {
  expect(
    exportName({
      title: 'CHEM 232',
      createdAt: '2026-11-21T08:00:00.000Z',
      finishedAt: '2026-11-21T08:00:04.000Z',
    }),
  ).toBe('Attendance CHEM 232 2026-11-21.csv')
})
