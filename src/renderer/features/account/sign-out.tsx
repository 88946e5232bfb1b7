import { useState, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { unsentCount } from '../room/rooms-store.ts'

/** Signs out at once, or asks first when something is not sent yet. */
export function useSignOut(returnFocusTo?: RefObject<HTMLElement | null>): {
  readonly signOut: () => void
  /** To be rendered beside what calls `signOut`. */
  readonly question: ReactNode
} {
  const { client, rooms } = useStores()
  const { t } = useTranslation('connection')
  const unsent = useStore(rooms, unsentCount)
  const [asking, setAsking] = useState(false)
  const leave = () => void client.ask('session:sign-out')

  return {
    signOut: () => (unsent > 0 ? setAsking(true) : leave()),
    question: asking && (
      <Dialog
        onDismiss={() => setAsking(false)}
        {...(returnFocusTo ? { returnFocusTo } : {})}
        title={t('unsent.title', { count: unsent })}
        description={t('unsent.text')}
      >
        <div className="mt-6 flex flex-wrap gap-3">
          <Button look="primary" className="grow" onClick={() => setAsking(false)}>
            {t('unsent.stay')}
          </Button>
          <Button className="grow" onClick={leave}>
            {t('unsent.signOut')}
          </Button>
        </div>
      </Dialog>
    ),
  }
}
