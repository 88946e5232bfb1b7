import { useRef, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { Job } from '../../../contract/jobs.ts'
import type { Failure } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'

interface CancelJobDialogProps {
  readonly job: Job
  readonly returnFocusTo: RefObject<HTMLElement | null>
  readonly onClose: () => void
}

/** Says what becomes of the work and of the credits before anything is stopped. */
export function CancelJobDialog({ job, returnFocusTo, onClose }: CancelJobDialogProps) {
  const { jobs: store } = useStores()
  const { t } = useTranslation('jobs')
  const failureWords = useFailureWords()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const keep = useRef<HTMLButtonElement>(null)
  const credits = job.cost > 0 ? t('cancelDialog.givenBack', { count: job.cost }) : t('cancelDialog.free')

  const cancel = async () => {
    setBusy(true)
    const answer = await store.getState().cancel(job.id)
    setBusy(false)
    if (answer.ok) onClose()
    else setFailure(answer.failure)
  }

  return (
    <Dialog
      title={t('cancelDialog.title', { title: job.title })}
      description={`${t(`cancelDialog.${job.order.kind}`)} ${credits}`}
      onDismiss={onClose}
      initialFocus={keep}
      returnFocusTo={returnFocusTo}
    >
      <div className="mt-6 flex flex-col gap-4">
        {failure && <Alert message={failureWords(failure)} />}
        <div className="flex flex-wrap justify-end gap-3">
          <Button ref={keep} onClick={onClose}>
            {t('cancelDialog.keep')}
          </Button>
          <Button look="primary" disabled={busy} onClick={() => void cancel()}>
            {t('cancelDialog.confirm')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
