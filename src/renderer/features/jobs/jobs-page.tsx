import { FileDown, UserPlus } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { LoadFailed } from '../../ui/load-failed.tsx'
import { PageFrame } from '../../ui/page-frame.tsx'
import { PageTabs } from '../../ui/page-tabs.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { useRefreshing } from '../../ui/use-refreshing.ts'
import { isConnected } from '../connection/connection-words.ts'
import { isStaff } from '../sessions/host.ts'
import { ExportAttendanceDialog } from './export-attendance-dialog.tsx'
import { ImportRosterDialog } from './import-roster-dialog.tsx'
import { JobCard } from './job-card.tsx'
import { filters, isIn, type Filter } from './job-words.ts'

/** Milliseconds between two looks for what was ordered elsewhere, while the page can be seen. */
const REFRESH_EVERY = 30_000
/** Shown at first, and with each "show more". */
const PAGE = 30

export default function JobsPage() {
  const { jobs: store, window, notices } = useStores()
  const { t, i18n } = useTranslation('jobs')
  const session = useStore(window, (state) => state.session)
  const jobs = useStore(store, (state) => state.jobs)
  const [filter, setFilter] = useState<Filter>('all')
  const [ordering, setOrdering] = useState<'import' | 'export' | null>(null)
  const reachable = isConnected(session)
  const teaches = session !== null && 'account' in session && isStaff(session.account)
  useRefreshing(() => void store.getState().refresh(), REFRESH_EVERY, reachable)
  useEffect(() => notices.getState().withdrawJobs(), [notices])
  const countOf = (value: Filter) =>
    jobs && new Intl.NumberFormat(i18n.language).format(jobs.filter((job) => isIn(value, job)).length)

  return (
    <PageFrame
      title={t('title')}
      actions={
        teaches && (
          <>
            <Button disabled={!reachable} onClick={() => setOrdering('import')}>
              <UserPlus aria-hidden className="size-5" />
              {t('import.open')}
            </Button>
            <Button disabled={!reachable} onClick={() => setOrdering('export')}>
              <FileDown aria-hidden className="size-5" />
              {t('exportDialog.open')}
            </Button>
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {useEndWords()}
      </p>
      <Tabs.Root value={filter} onValueChange={(value) => setFilter(value as Filter)}>
        <PageTabs
          label={t('filters.label')}
          tabs={filters.map((value) => ({ value, words: t(`filters.${value}`), count: countOf(value) }))}
          className="mt-6"
        />
        {filters.map((value) => (
          <Tabs.Content key={value} value={value} className="mt-6 rounded-card">
            <JobList filter={value} reachable={reachable} />
          </Tabs.Content>
        ))}
      </Tabs.Root>
      {ordering === 'import' && <ImportRosterDialog onClose={() => setOrdering(null)} />}
      {ordering === 'export' && <ExportAttendanceDialog onClose={() => setOrdering(null)} />}
    </PageFrame>
  )
}

/** What a screen reader is told of jobs that end while the page is open. */
function useEndWords(): string {
  const { jobs: store } = useStores()
  const { t } = useTranslation('jobs', { keyPrefix: 'notice' })
  const last = useStore(store, (state) => state.lastEnded)
  const [before] = useState(last)
  if (!last || last === before || last.status === 'cancelled') return ''
  return t(last.status === 'done' ? 'done' : 'failed', { title: last.title })
}

function JobList({ filter, reachable }: { filter: Filter; reachable: boolean }) {
  const { jobs: store } = useStores()
  const { t } = useTranslation('jobs')
  const { dayAndTime } = useTimeWords()
  const now = useNow(60_000)
  const failureWords = useFailureWords()
  const jobs = useStore(store, (state) => state.jobs)
  const failure = useStore(store, (state) => state.failure)
  const fetchedAt = useStore(store, (state) => state.fetchedAt)
  const loading = useStore(store, (state) => state.loading)
  const [shown, setShown] = useState(PAGE)

  const tryAgain = (
    <Button size="small" disabled={loading} onClick={() => void store.getState().refresh()}>
      {t('tryAgain')}
    </Button>
  )

  if (!jobs) {
    if (!reachable) return <p className="py-10 text-lead text-quiet">{t('offlineEmpty')}</p>
    if (!failure) return <Skeleton />
    return (
      <LoadFailed title={t('failed')} failure={failure}>
        {tryAgain}
      </LoadFailed>
    )
  }

  const matching = jobs.filter((job) => isIn(filter, job))
  return (
    <>
      {(!reachable || failure) && (
        <div className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 text-quiet">
          <p>
            {fetchedAt > 0 && `${t('asOf', { when: dayAndTime(fetchedAt, now) })} `}
            {failure && reachable ? failureWords(failure) : t('refreshedLater')}
          </p>
          {failure && reachable && tryAgain}
        </div>
      )}
      {matching.length === 0 ? (
        <div className="flex flex-col gap-2 py-10">
          <p className="text-lead text-quiet">{t(`empty.${filter}`)}</p>
          {filter === 'all' && <p className="max-w-prose text-quiet">{t('empty.hint')}</p>}
        </div>
      ) : (
        <ul className="flex flex-col gap-4">
          {matching.slice(0, shown).map((job) => (
            <li key={job.id}>
              <JobCard job={job} reachable={reachable} />
            </li>
          ))}
        </ul>
      )}
      {matching.length > shown && (
        <Button className="mt-6" onClick={() => setShown(shown + PAGE)}>
          {t('showMore', { count: matching.length - shown })}
        </Button>
      )}
    </>
  )
}

function Skeleton() {
  const { t } = useTranslation('jobs')
  return (
    <div role="group" aria-label={t('loading')} aria-busy className="flex flex-col gap-4">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex flex-col gap-4 rounded-card border border-line bg-surface p-6">
          <div className="h-5 w-2/5 rounded-small bg-sunken" />
          <div className="h-2 w-full rounded-full bg-sunken" />
          <div className="h-4 w-1/4 rounded-small bg-sunken" />
        </div>
      ))}
    </div>
  )
}
