import {
  AudioLines,
  CircleAlert,
  CircleCheck,
  CircleSlash,
  Clock,
  FileDown,
  CirclePlay,
  UserPlus,
} from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Job } from '../../../contract/jobs.ts'
import type { Failure } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { CancelJobDialog } from './cancel-job-dialog.tsx'
import { JobResultView } from './job-result.tsx'
import { stepWords, timeLeftWords } from './job-words.ts'
import { isOver } from './jobs-store.ts'
import { useTimeLeft } from './use-time-left.ts'

const kinds = {
  'roster-import': UserPlus,
  'attendance-export': FileDown,
  'audio-analysis': AudioLines,
} as const

const statuses = {
  queued: { Icon: Clock, look: 'text-quiet' },
  running: { Icon: CirclePlay, look: 'text-accent' },
  done: { Icon: CircleCheck, look: 'text-accent' },
  failed: { Icon: CircleAlert, look: 'text-alarm' },
  cancelled: { Icon: CircleSlash, look: 'text-quiet' },
} as const

export function JobCard({ job, reachable }: { job: Job; reachable: boolean }) {
  const { jobs: store } = useStores()
  const { t, i18n } = useTranslation('jobs')
  const { dayAndTime } = useTimeWords()
  const now = useNow(60_000)
  const failureWords = useFailureWords()
  const [cancelling, setCancelling] = useState(false)
  const [ordering, setOrdering] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const { order, status, title, cost } = job
  const Kind = kinds[order.kind]
  const { Icon, look } = statuses[status]
  const kindWords = t(`kinds.${order.kind}`)
  const gaveBack = cost > 0 && (status === 'failed' || status === 'cancelled')

  const action = !isOver(job) ? 'cancel' : status === 'done' ? null : 'again'
  const againWords =
    cost > 0
      ? t('againFor', { count: cost, cost: new Intl.NumberFormat(i18n.language).format(cost) })
      : t('again')

  const orderAgain = async () => {
    setOrdering(true)
    const answer = await store.getState().order(order)
    setOrdering(false)
    setFailure(answer.ok ? null : answer.failure)
  }

  const facts = [
    isOver(job) && job.finishedAt
      ? t(`ended.${status as 'done' | 'failed' | 'cancelled'}`, { when: dayAndTime(job.finishedAt, now) })
      : t('ordered', { when: dayAndTime(job.createdAt, now) }),
    gaveBack ? t('givenBack', { count: cost }) : cost > 0 ? t('costs', { count: cost }) : t('free'),
    job.attempts > 1 && t('attempts', { count: job.attempts - 1 }),
  ].filter((fact) => fact !== false)

  return (
    <article
      aria-label={`${kindWords}: ${title}`}
      className="flex flex-col gap-4 rounded-card border border-line bg-surface p-5 shadow-lift sm:p-6"
    >
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <span
          aria-hidden
          className="mt-0.5 grid size-10 shrink-0 place-items-center rounded-control bg-sunken text-quiet"
        >
          <Kind className="size-5.5" />
        </span>
        <div className="min-w-0 grow basis-48">
          <p className="text-note text-quiet">
            {kindWords}
            {order.kind === 'roster-import' && ` · ${order.course}`}
          </p>
          <h2 className="text-lead font-semibold wrap-anywhere">
            <bdi>{title}</bdi>
          </h2>
        </div>
        <p className={`flex items-center gap-1.5 py-1 text-note font-medium ${look}`}>
          <Icon aria-hidden className="size-5" />
          {t(`statuses.${status}`)}
        </p>
      </div>

      {!isOver(job) && <Progress job={job} label={t('progressOf', { title })} reachable={reachable} />}
      {status === 'failed' && (
        <p lang="en" dir="auto" className="rounded-control bg-alarm-wash px-4 py-3 text-alarm">
          {job.problem}
        </p>
      )}
      {job.result && <JobResultView job={job} result={job.result} reachable={reachable} />}
      {failure && (
        <p role="alert" className="text-note text-alarm">
          {failureWords(failure)}
        </p>
      )}

      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <p className="text-note text-quiet">{facts.join(' · ')}</p>
        {action && (
          <Button
            // One element for both, so that the focus has where to return to from the dialog.
            ref={button}
            size="small"
            disabled={!reachable || ordering}
            aria-label={action === 'cancel' ? t('cancelOf', { title }) : `${againWords}: ${title}`}
            onClick={() => (action === 'cancel' ? setCancelling(true) : void orderAgain())}
          >
            {action === 'cancel' ? t('cancel') : againWords}
          </Button>
        )}
      </div>
      {cancelling && (
        <CancelJobDialog job={job} returnFocusTo={button} onClose={() => setCancelling(false)} />
      )}
    </article>
  )
}

interface ProgressProps {
  readonly job: Job
  readonly label: string
  readonly reachable: boolean
}

function Progress({ job, label, reachable }: ProgressProps) {
  const { jobs: store } = useStores()
  const { t, i18n } = useTranslation('jobs')
  const pace = useStore(store, ({ paces }) => paces[job.id])
  const left = useTimeLeft(pace)
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value)
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(job.progress)
  const step = stepWords(job.step, t, number)
  const leftWords = left && reachable && job.status === 'running' ? timeLeftWords(left, t) : null
  const now = job.progress > 0 ? `${percent} · ${step}` : step
  const words = [now, leftWords].filter((part) => part !== null)

  return (
    <div className="flex flex-col gap-2">
      <ProgressBar
        label={label}
        value={job.progress}
        valueText={words.join(', ')}
        waiting={job.status === 'queued' || !reachable}
      />
      <p className="flex flex-wrap justify-between gap-x-4 text-note text-quiet tabular-nums">
        <span>{now}</span>
        {leftWords && <span>{leftWords}</span>}
      </p>
    </div>
  )
}
