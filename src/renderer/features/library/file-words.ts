/** Sizes, times and troubles of files in words. */
import type { TFunction } from 'i18next'
import type { Failure } from '../../../contract/model.ts'
import type { UploadProblem } from './upload.ts'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** `640 byte`, `12.3 MB`: steps of a thousand, as file managers count. */
export function sizeInWords(bytes: number, language: string): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const amount = bytes / 1000 ** step
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step === 0 || amount >= 100 ? 0 : 1,
  }).format(amount)
}

/** `1 minute, 5 seconds`: read out, where a clock would be read digit by digit. */
export function spokenTime(seconds: number, language: string): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [
    ['hour', Math.floor(whole / 3600)],
    ['minute', Math.floor((whole % 3600) / 60)],
    ['second', whole % 60],
  ] as const
  const said = parts
    .filter(([unit, count]) => count > 0 || (unit === 'second' && whole === 0))
    .map(([unit, count]) =>
      new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
    )
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(said)
}

/** `−16.2 LUFS`, with a real minus. */
export const levelInWords = (level: number, unit: 'LUFS' | 'dBFS', language: string) =>
  `${new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(level).replace('-', '−')} ${unit}`

interface Words {
  readonly t: TFunction<'library'>
  readonly language: string
  readonly failureWords: (failure: Failure) => string
}

export function problemInWords(problem: UploadProblem, { t, language, failureWords }: Words): string {
  if (problem.kind === 'failure') return failureWords(problem.failure)
  // The server says it in English, and knows more than any sentence that stands ready.
  if (problem.kind === 'not-as-said' && language === 'en' && problem.sentence) return problem.sentence
  return t(`problem.${problem.kind}`)
}
