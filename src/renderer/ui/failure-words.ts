/** What went wrong, in the words of the page. */
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../contract/model.ts'
import { useTimeWords } from './time.ts'

/**
 * A failure says in English what happened this very time; another language says what its code means. Where the server
 * asked for patience, how much.
 */
export function useFailureWords(): (failure: Failure) => string {
  const { t, i18n } = useTranslation('failures')
  const { lengthInWords } = useTimeWords()
  return useCallback(
    ({ code, message, retryAfterMs = 0 }) => {
      const what = i18n.language === 'en' ? message : t(code, { defaultValue: message })
      return retryAfterMs > 0 ? `${what} ${t('again', { length: lengthInWords(retryAfterMs) })}` : what
    },
    [t, i18n.language, lengthInWords],
  )
}
