import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PlainPage } from '../../ui/plain-page.tsx'
import { useKeychainWords } from './keychain-words.ts'

type Unavailable = Extract<SessionState, { kind: 'keychain-unavailable' }>

interface KeychainPageProps {
  readonly state: Unavailable
  readonly onSignIn: () => void
  readonly footer: ReactNode
}

export function KeychainPage({ state, onSignIn, footer }: KeychainPageProps) {
  const { client } = useStores()
  const { t } = useTranslation('sign-in', { keyPrefix: 'keychain' })
  const inWords = useKeychainWords()
  const [asking, setAsking] = useState(false)

  const retry = async () => {
    setAsking(true)
    await client.ask('session:retry')
    setAsking(false)
  }

  return (
    <PlainPage title={t(`titles.${state.problem}`)} message={inWords(state.problem)}>
      <Button look="primary" onClick={() => void retry()} disabled={asking}>
        {t('retry')}
      </Button>
      <Button onClick={onSignIn}>{t('signIn')}</Button>
      {footer}
      <p className="w-full pt-3 text-note text-quiet">{t('still', { email: state.account.email })}</p>
    </PlainPage>
  )
}
