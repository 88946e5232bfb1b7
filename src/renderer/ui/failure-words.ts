/** What went wrong, in the words of the page. */
import type { TFunction } from 'i18next'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, FailureCode } from '../../contract/model.ts'
import { timeWords } from './time.ts'

type Told = Pick<Failure, 'code' | 'message' | 'retryAfterMs'>

/** Codes that name no way on by themselves: only the sentence that came with them says what is in the way. */
const vague: readonly FailureCode[] = ['invalid-request', 'forbidden', 'conflict']

/**
 * A failure says in English what happened this very time; another language says what its code means, and adds the
 * English where the code says too little. Where the server asked for patience, how much.
 *
 * @param t of the language that is wanted
 */
export function failureInWords(failure: Told, t: TFunction<'failures'>, language: string): string {
  const { code, message, retryAfterMs = 0 } = failure
  const meaning = language === 'en' ? message : t(code, { defaultValue: message })
  // Isolated: English within a language that is read from the right keeps its own order.
  const what = language !== 'en' && vague.includes(code) ? `${meaning} (\u2068${message}\u2069)` : meaning
  return retryAfterMs > 0
    ? `${what} ${t('again', { length: timeWords(language).lengthInWords(retryAfterMs) })}`
    : what
}

export function useFailureWords(): (failure: Told) => string {
  const { t, i18n } = useTranslation('failures')
  const { language } = i18n
  return useCallback((failure) => failureInWords(failure, t, language), [t, language])
}
