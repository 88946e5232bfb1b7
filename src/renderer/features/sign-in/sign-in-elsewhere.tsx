/** In a window that holds a part of a room only: a password is typed in as few places as can be. */
import { useTranslation } from 'react-i18next'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { PlainPage } from '../../ui/plain-page.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { endedInWords, type Ended } from './ended-words.ts'

export function SignInElsewhere() {
  const { t } = useTranslation('common', { keyPrefix: 'elsewhere' })
  return (
    <PlainPage title={t('signedOut')} message={t('signIn')}>
      <ShowMain />
    </PlainPage>
  )
}

/** What is on screen stays there. */
export function SignInElsewhereDialog({ ended }: { ended: Ended }) {
  const { t } = useTranslation('sign-in')
  const time = useTimeWords()
  const now = useNow(60_000)
  return (
    <Dialog title={t('again.titleEnded')} description={endedInWords(ended, t, time, now)}>
      <div className="mt-6">
        <ShowMain />
      </div>
    </Dialog>
  )
}

function ShowMain() {
  const { client } = useStores()
  const { t } = useTranslation('common', { keyPrefix: 'elsewhere' })
  return (
    <Button look="primary" onClick={() => void client.ask('windows:show-main', {})}>
      {t('show')}
    </Button>
  )
}
