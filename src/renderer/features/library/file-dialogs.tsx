import { CircleCheck } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoredFile } from '../../../contract/library.ts'
import type { Failure, Result } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { problemInWords, sizeInWords } from './file-words.ts'
import type { Diagnosis } from './library-store.ts'

interface FileDialogProps {
  readonly file: StoredFile
  readonly onDone: () => void
}

export function DeleteDialog({ file, onDone }: FileDialogProps) {
  const { library } = useStores()
  const { t } = useTranslation('library')
  const failureWords = useFailureWords()
  const [failure, setFailure] = useState<Failure | null>(null)
  const [busy, setBusy] = useState(false)

  const remove = async () => {
    setBusy(true)
    setFailure(null)
    const removed = await library.getState().remove(file.id)
    if (removed.ok) return onDone()
    setBusy(false)
    setFailure(removed.failure)
  }

  return (
    <Dialog
      role="alertdialog"
      title={t('delete.title', { name: file.name })}
      description={t('delete.warning')}
      onDismiss={onDone}
    >
      {failure && (
        <div className="mt-4">
          <Alert message={failureWords(failure)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button className="grow" onClick={onDone}>
          {t('delete.keep')}
        </Button>
        <Button look="primary" className="grow" disabled={busy} onClick={() => void remove()}>
          {t('delete.do')}
        </Button>
      </div>
    </Dialog>
  )
}

/** Lines of a diagnosis a person reads; the rest is counted. */
const SHOWN_PARTS = 10

export function DiagnosisDialog({ file, onDone }: FileDialogProps) {
  const { library } = useStores()
  const { t } = useTranslation('library')
  const failureWords = useFailureWords()
  const [answer, setAnswer] = useState<Result<Diagnosis> | null>(null)
  useEffect(() => {
    let open = true
    void library
      .getState()
      .diagnose(file.id)
      .then((diagnosis) => {
        if (open) setAnswer(diagnosis)
      })
    return () => {
      open = false
    }
  }, [library, file.id])

  return (
    <Dialog title={t('diagnosis.title')} description={file.name} onDismiss={onDone}>
      <div className="mt-5 min-h-14" aria-live="polite">
        {answer === null ? (
          <p className="text-quiet">{t('diagnosis.looking')}</p>
        ) : answer.ok ? (
          <Verdict diagnosis={answer.value} />
        ) : (
          <Alert message={failureWords(answer.failure)} />
        )}
      </div>
      <div className="mt-6 flex justify-end">
        <Button onClick={onDone}>{t('close')}</Button>
      </div>
    </Dialog>
  )
}

function Verdict({ diagnosis: { file, parts } }: { diagnosis: Diagnosis }) {
  const { t, i18n } = useTranslation('library')
  const { dayAndTime } = useTimeWords()
  const failureWords = useFailureWords()
  const now = useNow(60_000)
  const inWords = (bytes: number) => sizeInWords(bytes, i18n.language)
  const broken = parts.filter(({ found }) => found !== 'whole')

  if (broken.length > 0) {
    return (
      <>
        <Alert message={t('diagnosis.broken', { count: broken.length })} />
        <ul className="mt-3 flex flex-col gap-1 text-note text-quiet tabular-nums">
          {broken.slice(0, SHOWN_PARTS).map(({ offset, size, storedAt, found }) => (
            <li key={offset}>
              {t(`diagnosis.${found === 'missing' ? 'missing' : 'wrongSize'}`, {
                size: inWords(size),
                from: inWords(offset),
                when: dayAndTime(storedAt, now),
              })}
            </li>
          ))}
          {broken.length > SHOWN_PARTS && (
            <li>{t('diagnosis.more', { count: broken.length - SHOWN_PARTS })}</li>
          )}
        </ul>
      </>
    )
  }
  if (file.status === 'refused') {
    const problem = { kind: 'not-as-said', sentence: file.problem ?? '' } as const
    return <Alert message={problemInWords(problem, { t, language: i18n.language, failureWords })} />
  }
  return (
    <p className="flex items-start gap-2.5">
      <CircleCheck aria-hidden className="mt-0.5 size-5.5 shrink-0 text-accent" />
      {file.status === 'ready'
        ? t('diagnosis.whole')
        : t('diagnosis.uploading', { sent: inWords(file.received), size: inWords(file.size) })}
    </p>
  )
}
