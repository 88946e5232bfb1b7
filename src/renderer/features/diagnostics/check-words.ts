import type { HealthCheck } from '../../../contract/diagnostics.ts'
import type { PreciseWords } from '../../ui/precise-time.ts'
import type { Words } from './event-words.ts'

/** What was seen, and what to do about it. */
export function checkInWords({ name, code, values }: HealthCheck, t: Words, precise: PreciseWords): string {
  const { seconds, megabytes } = values
  return t(
    [
      `checks.${name}.${code}`,
      `checks.${name}.other`,
      'checks.could-not-try',
    ] as unknown as 'checks.could-not-try',
    {
      host: values['host'] ?? '',
      proxy: values['proxy'] ?? '',
      error: values['error'] ?? '',
      length: typeof seconds === 'number' ? precise.work(seconds * 1000) : '',
      size: typeof megabytes === 'number' ? precise.size(megabytes * 1024 ** 2) : '',
      interpolation: { escapeValue: false },
    },
  )
}

/** For an e-mail to a support desk. */
export function checksAsText(
  at: number,
  checks: readonly HealthCheck[],
  t: Words,
  precise: PreciseWords,
): string {
  const lines = checks.map((check) => {
    const what = `${t(`checkNames.${check.name}`)}: ${t(`verdicts.${check.verdict}`)}`
    const took = check.tookMs === null ? '' : `, ${check.tookMs} ms`
    return `${what} (${check.code}${took}). ${checkInWords(check, t, precise)}`
  })
  return [`Lectern, ${precise.dateAndTime(at)}`, ...lines].join('\n')
}
