import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { PlainPage } from '../../ui/plain-page.tsx'
import type { Room } from './rooms-store.ts'

interface RoomUnopenedProps {
  readonly sessionId: string
  readonly room: Room | undefined
  readonly session: SessionState
  /** The other ways on. */
  readonly children?: ReactNode
}

/** In place of a room that was left, is not there yet, or could not be opened. */
export function RoomUnopened({ sessionId, room, session, children }: RoomUnopenedProps) {
  const { rooms } = useStores()
  const { t } = useTranslation('room')
  const failureWords = useFailureWords()
  const again = (label: string) => (
    <Button look="primary" onClick={() => rooms.getState().reopen(sessionId)}>
      {label}
    </Button>
  )
  if (room?.status === 'left') {
    return (
      <PlainPage title={t('left.title')} message={t('left.message')}>
        {again(t('joinAgain'))}
        {children}
      </PlainPage>
    )
  }
  if (room?.status === 'failed' && session.kind !== 'reauth-required') {
    return (
      <PlainPage title={t('failed')} message={room.failure ? failureWords(room.failure) : ''}>
        {again(t('tryAgain'))}
        {children}
      </PlainPage>
    )
  }
  return <PlainPage title={t('opening.title')} message={t('opening.message')} />
}
