import { useRef, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'

interface EndDialogProps {
  readonly session: Pick<LiveSession, 'id' | 'title'>
  /** How many are in its room. */
  readonly people: number
  readonly returnFocusTo: RefObject<HTMLElement | null>
  onClose(): void
  /** Hears of the session as the server ended it. */
  onEnded?(session: LiveSession): void
}

export function EndDialog({ session, people, returnFocusTo, onClose, onEnded }: EndDialogProps) {
  const { t } = useTranslation('sessions')
  const { client } = useStores()
  const failureWords = useFailureWords()
  const [ending, setEnding] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const keep = useRef<HTMLButtonElement>(null)

  const end = async () => {
    setEnding(true)
    setFailure(null)
    const answer = await client.call('endLiveSession', { params: { sessionId: session.id } })
    setEnding(false)
    if (!answer.ok) return setFailure(answer.failure)
    onClose()
    onEnded?.(answer.value)
  }

  return (
    <Dialog
      role="alertdialog"
      title={t('end.title')}
      description={[
        t('end.message', { title: session.title }),
        people > 0 ? t('end.people', { count: people }) : '',
      ].join(' ')}
      initialFocus={keep}
      returnFocusTo={returnFocusTo}
      onDismiss={onClose}
    >
      {failure && (
        <div className="mt-5">
          <Alert message={failureWords(failure)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button ref={keep} className="grow" onClick={onClose}>
          {t('end.keep')}
        </Button>
        <Button look="primary" className="grow" disabled={ending} onClick={() => void end()}>
          {t(ending ? 'end.doing' : 'end.do')}
        </Button>
      </div>
    </Dialog>
  )
}
