import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Job } from '../../../contract/jobs.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useSignInEnding } from './sign-in-ending.ts'

/**
 * Above the page, where they cover nothing. The region is there also when empty: a live region that appears together
 * with its text is often not read out.
 */
export function Notices({ canSignIn }: { canSignIn: boolean }) {
  const { notices: store, window } = useStores()
  const { t } = useTranslation('common', { keyPrefix: 'notices' })
  const inWords = useFailureWords()
  const notices = useStore(store, (state) => state.notices)
  const ending = useSignInEnding()
  return (
    <div role="region" aria-label={t('label')} aria-live="polite" className="shrink-0">
      {ending && (
        <Bar onDismiss={ending.dismiss} words={t(ending.near === 'day' ? 'endsWithinDay' : 'endsWithinHour')}>
          {canSignIn && (
            <Button
              size="small"
              className="border-current text-warn"
              onClick={() => window.setState({ signingInAgain: true })}
            >
              {t('signInAgain')}
            </Button>
          )}
        </Bar>
      )}
      {notices.map((notice) => {
        const dismiss = () => store.getState().dismiss(notice.id)
        return 'jobs' in notice ? (
          <JobsNotice key={notice.id} jobs={notice.jobs} onDismiss={dismiss} />
        ) : (
          <Bar key={notice.id} onDismiss={dismiss} words={inWords(notice.failure)} />
        )
      })}
    </div>
  )
}

function JobsNotice({ jobs, onDismiss }: { jobs: readonly Job[]; onDismiss: () => void }) {
  const { goTo } = useStores()
  const { t } = useTranslation('jobs', { keyPrefix: 'notice' })
  const good = jobs.every(({ status }) => status === 'done')
  const [job, ...others] = jobs
  const words =
    others.length > 0
      ? t('several', { count: jobs.length })
      : t(good ? 'done' : 'failed', { title: job?.title ?? '' })
  return (
    <Bar onDismiss={onDismiss} good={good} words={words}>
      <Button
        size="small"
        className="border-current text-current"
        onClick={() => {
          onDismiss()
          goTo({ name: 'jobs' })
        }}
      >
        {t('show')}
      </Button>
    </Bar>
  )
}

interface BarProps {
  readonly words: string
  readonly onDismiss: () => void
  /** What it says is good news. */
  readonly good?: boolean
  readonly children?: ReactNode
}

function Bar({ words, onDismiss, good = false, children }: BarProps) {
  const { t } = useTranslation('common', { keyPrefix: 'notices' })
  return (
    <div
      className={`flex items-start gap-x-3 border-b border-line py-1.5 ps-4 pe-3 sm:ps-6 ${good ? 'bg-accent-wash text-accent' : 'bg-warn-wash text-warn'}`}
    >
      <div className="flex min-w-0 grow flex-wrap items-center gap-x-3">
        <p className="min-w-0 grow basis-60 py-1.5 text-note font-medium">{words}</p>
        {children}
      </div>
      <button
        type="button"
        aria-label={t('dismiss')}
        onClick={onDismiss}
        className="grid size-9 shrink-0 cursor-pointer place-items-center rounded-small hover:bg-surface"
      >
        <X aria-hidden className="size-5" />
      </button>
    </div>
  )
}
