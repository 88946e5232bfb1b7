import { FileClock, Pause, Play, TriangleAlert, Upload as UploadIcon, X } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { StoredFile } from '../../../contract/library.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { ChooseFiles } from './choose-files.tsx'
import { problemInWords, sizeInWords } from './file-words.ts'
import { secondsLeft, type Upload } from './upload.ts'

interface UploadsProps {
  /** Begun at another start of the app, or on another computer. */
  readonly unfinished: readonly StoredFile[]
  readonly onGoOn: (stored: StoredFile, file: File) => void
  readonly onDelete: (file: StoredFile) => void
}

/** What is on its way, and what has come to a stop. */
export function Uploads({ unfinished, onGoOn, onDelete }: UploadsProps) {
  const { uploads: store } = useStores()
  const { t } = useTranslation('library')
  const uploads = useStore(store, (state) => state.uploads)
  const arrived = useStore(store, (state) => state.arrived)
  const underWay = uploads.some(({ status }) => status !== 'refused' && status !== 'failed')

  return (
    <>
      <p aria-live="polite" className="sr-only">
        {arrived === null ? '' : t('uploads.arrived', { name: arrived })}
      </p>
      {uploads.length + unfinished.length > 0 && (
        <section aria-labelledby="uploads-title" className="mt-8">
          <h2 id="uploads-title" className="mb-3 text-note font-semibold text-quiet">
            {t('uploads.title')}
          </h2>
          <ul className="divide-y divide-line overflow-clip rounded-card border border-line bg-surface shadow-lift">
            {uploads.map((upload) => (
              <UploadRow key={upload.id} upload={upload} />
            ))}
            {unfinished.map((file) => (
              <UnfinishedRow key={file.id} file={file} onGoOn={onGoOn} onDelete={onDelete} />
            ))}
          </ul>
          {underWay && <p className="mt-2.5 text-note text-pretty text-quiet">{t('uploads.safe')}</p>}
        </section>
      )}
    </>
  )
}

const UploadRow = memo(function UploadRow({ upload }: { upload: Upload }) {
  const { uploads: store } = useStores()
  const { t } = useTranslation('library')
  const { pause, resume, remove } = store.getState()
  const { id, name, status, size, sent } = upload
  const ended = status === 'refused' || status === 'failed'

  return (
    <Row
      icon={
        ended ? (
          <TriangleAlert aria-hidden className="size-6 text-alarm" />
        ) : (
          <UploadIcon aria-hidden className="size-6 text-quiet" />
        )
      }
      name={name}
      alarm={ended}
      words={<UploadWords upload={upload} />}
      {...(ended ? {} : { bar: { sent, size, still: status !== 'sending' } })}
    >
      {(status === 'sending' || status === 'waiting' || status === 'interrupted') && (
        <IconButton label={t('uploads.pause', { name })} onClick={() => pause(id)}>
          <Pause aria-hidden className="size-5.5" />
        </IconButton>
      )}
      {status === 'paused' && (
        <IconButton label={t('uploads.resume', { name })} onClick={() => resume(id)}>
          <Play aria-hidden className="size-5.5 rtl:-scale-x-100" />
        </IconButton>
      )}
      {status === 'failed' && upload.problem?.kind !== 'unreadable' && (
        <Button size="small" onClick={() => resume(id)}>
          {t('tryAgain')}
        </Button>
      )}
      <IconButton
        label={ended ? t('uploads.dismiss', { name }) : t('uploads.cancel', { name })}
        onClick={() => remove(id)}
      >
        <X aria-hidden className="size-5.5" />
      </IconButton>
    </Row>
  )
})

function UploadWords({ upload }: { upload: Upload }) {
  const { t, i18n } = useTranslation('library')
  const { lengthInWords } = useTimeWords()
  const failureWords = useFailureWords()
  const { status, size, sent, problem } = upload
  const amount = useAmount()(upload)
  const trouble = problem && problemInWords(problem, { t, language: i18n.language, failureWords })
  const left = secondsLeft(upload)

  switch (status) {
    case 'waiting':
      return t('uploads.waiting', { size: sizeInWords(size, i18n.language) })
    case 'sending':
      if (sent >= size) return t('uploads.checking')
      return left === null ? amount : t('uploads.left', { amount, time: lengthInWords(left * 1000) })
    case 'paused':
      return t('uploads.paused', { amount })
    case 'interrupted':
      return trouble
        ? `${t('uploads.interrupted', { amount })} ${trouble}`
        : t('uploads.interrupted', { amount })
    default:
      return trouble
  }
}

/** `1.2 MB of 9 MB` */
function useAmount() {
  const { t, i18n } = useTranslation('library')
  return ({ sent, size }: Pick<Upload, 'sent' | 'size'>) =>
    t('uploads.amount', { sent: sizeInWords(sent, i18n.language), size: sizeInWords(size, i18n.language) })
}

function UnfinishedRow({ file, onGoOn, onDelete }: { file: StoredFile } & Omit<UploadsProps, 'unfinished'>) {
  const { t, i18n } = useTranslation('library')
  const { dayAndTime } = useTimeWords()
  const now = useNow(60_000)
  const { name, received, size, expiresAt } = file
  const sizes = { sent: sizeInWords(received, i18n.language), size: sizeInWords(size, i18n.language) }
  return (
    <Row
      icon={<FileClock aria-hidden className="size-6 text-quiet" />}
      name={name}
      words={
        <>
          {t('uploads.unfinished', sizes)}{' '}
          {expiresAt !== null && t('uploads.kept', { when: dayAndTime(expiresAt, now) })}
        </>
      }
      bar={{ sent: received, size, still: true }}
    >
      <ChooseFiles size="small" onChosen={([chosen]) => chosen && onGoOn(file, chosen)}>
        {t('uploads.choose')}
        <span className="sr-only">: {name}</span>
      </ChooseFiles>
      <Button size="small" onClick={() => onDelete(file)}>
        {t('delete.do')}
        <span className="sr-only">: {name}</span>
      </Button>
    </Row>
  )
}

interface RowProps {
  readonly icon: ReactNode
  readonly name: string
  readonly words: ReactNode
  readonly alarm?: boolean
  readonly bar?: { readonly sent: number; readonly size: number; readonly still: boolean }
  readonly children: ReactNode
}

function Row({ icon, name, words, alarm = false, bar, children }: RowProps) {
  const amount = useAmount()
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-4 sm:px-5">
      <span className="shrink-0 max-[26rem]:hidden">{icon}</span>
      <div className="min-w-0 grow basis-40">
        <p className="font-medium break-words">
          <bdi>{name}</bdi>
        </p>
        <p
          role={alarm ? 'alert' : undefined}
          className={`text-note tabular-nums ${alarm ? 'text-alarm' : 'text-quiet'}`}
        >
          {words}
        </p>
        {bar && (
          <div className="mt-2.5">
            <ProgressBar
              label={name}
              value={bar.sent / bar.size}
              valueText={amount(bar)}
              waiting={bar.still}
            />
          </div>
        )}
      </div>
      <div className="ms-auto flex items-center gap-1.5">{children}</div>
    </li>
  )
}
