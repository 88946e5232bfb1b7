import { CalendarPlus } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useEffect, useMemo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Account } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { LoadFailed } from '../../ui/load-failed.tsx'
import { PageFrame } from '../../ui/page-frame.tsx'
import { PageTabs } from '../../ui/page-tabs.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { useRefreshing } from '../../ui/use-refreshing.ts'
import { isConnected } from '../connection/connection-words.ts'
import { mayPlan } from './host.ts'
import { PlanDialog } from './plan-dialog.tsx'
import { findAmong, isFiltered, nameOf, noFilters, type Search, type Tab } from './session-filters.ts'
import { CardToCome, SessionList } from './session-list.tsx'
import { knownIn, wholeListing, type Listing } from './session-pages.ts'
import { SessionFilters, SessionSearch } from './session-search.tsx'
import { SessionStatistics } from './session-statistics.tsx'
import { FRESH } from './sessions-store.ts'

const tabs: readonly Tab[] = ['live', 'upcoming', 'all']

export function SessionsPage() {
  const { t, i18n } = useTranslation('sessions')
  const { sessions: store, planning, window } = useStores()
  const session = useStore(window, (state) => state.session)
  const tab = useStore(store, (state) => state.search.tab)
  const counts = useStore(store, (state) => state.counts)
  const draft = useStore(planning, (state) => state.drafts['new']?.touched === true)
  useRefreshing(() => void store.getState().refresh(), FRESH, isConnected(session))

  const account = session && 'account' in session ? session.account : null
  if (!account) return null
  const plans = mayPlan(account)
  const countOf = (value: Tab) =>
    counts && String(value === 'all' ? counts.live + counts.upcoming + counts.ended : counts[value])

  return (
    <PageFrame
      title={t('title')}
      actions={
        plans && (
          <Button look="primary" className="max-sm:px-3.5" onClick={() => planning.getState().begin(null)}>
            <CalendarPlus aria-hidden className="-ms-1 size-5 max-sm:hidden" />
            {t(draft ? 'continue' : 'new')}
          </Button>
        )
      }
    >
      <SessionStatistics account={account} />
      <Tabs.Root dir={i18n.dir()} value={tab} onValueChange={(value) => store.getState().show(value as Tab)}>
        <div className="mt-7 flex flex-wrap-reverse items-center justify-between gap-x-6 gap-y-4">
          <PageTabs
            label={t('tabs.label')}
            tabs={tabs.map((value) => ({ value, words: t(`tabs.${value}`), count: countOf(value) }))}
          />
          <SessionSearch />
        </div>
        <SessionFilters />
        {tabs.map((value) => (
          <Tabs.Content key={value} value={value} tabIndex={-1} className="mt-2 rounded-card">
            <TabContent account={account} plans={plans} />
          </Tabs.Content>
        ))}
      </Tabs.Root>
      <PlanDialog />
    </PageFrame>
  )
}

interface Shown {
  readonly listing: Listing
  /** `now`: the server's answer to this search. `old`: what is on screen meanwhile. `here`: what is known without it. */
  readonly from: 'now' | 'old' | 'here'
}

/** The best there is to show of this search; null when there is nothing. */
function useShown(search: Search, accountId: string, reachable: boolean, now: number): Shown | null {
  const { sessions: store } = useStores()
  const listings = useStore(store, (state) => state.listings)
  const lastKnown = useStore(store, (state) => state.lastKnown)
  const failed = useStore(store, (state) => state.failure !== null)
  const name = nameOf(search)
  return useMemo(() => {
    const listing = listings[search.tab]
    if (listing?.name === name) return { listing, from: 'now' }
    // That nothing was found before says nothing of this search.
    if (reachable && !failed) return listing && listing.total > 0 ? { listing, from: 'old' } : null
    const seen = Object.values(listings)
    const before = lastKnown && wholeListing('', lastKnown.items, lastKnown.at)
    const known = before ? [before, ...seen] : seen
    if (known.length === 0) return null
    const found = findAmong(knownIn(known), search, accountId, now)
    const at = Math.max(...known.map(({ fetchedAt }) => fetchedAt))
    return { listing: wholeListing(name, found, at), from: 'here' }
    // The name says all there is to the search.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [listings, lastKnown, failed, name, reachable, accountId, now])
}

function TabContent({ account, plans }: { account: Account; plans: boolean }) {
  const { t } = useTranslation('sessions')
  const { sessions: store, planning, window } = useStores()
  const failureWords = useFailureWords()
  const { clockTime, dayAndTime } = useTimeWords()
  const reachable = useStore(window, (state) => isConnected(state.session))
  const search = useStore(store, (state) => state.search)
  const failure = useStore(store, (state) => state.failure)
  const loading = useStore(store, (state) => state.loading)
  const counts = useStore(store, (state) => state.counts)
  const fromTheTop = useStore(store, (state) => state.fromTheTop)
  const news = useStore(store, (state) => state.news)
  const now = useNow(60_000)
  const shown = useShown(search, account.id, reachable, now)

  useEffect(() => {
    if (!reachable) void store.getState().recall()
  }, [store, reachable])

  const tryAgain = (
    <Button size="small" disabled={loading} onClick={() => void store.getState().refresh()}>
      {t('again')}
    </Button>
  )

  if (!shown) {
    if (failure && reachable) {
      return (
        <LoadFailed title={t('failed')} failure={failure}>
          {tryAgain}
        </LoadFailed>
      )
    }
    return reachable ? <Skeleton /> : <p className="py-10 text-lead text-quiet">{t('waiting')}</p>
  }

  const { listing, from } = shown
  const old = failure !== null || !reachable
  const at =
    now - listing.fetchedAt < 12 * 3600_000
      ? t('as-of', { time: clockTime(listing.fetchedAt) })
      : t('as-of', { time: dayAndTime(listing.fetchedAt, now) })

  return (
    <>
      {/* Its line is there whatever it says, so that nothing below it moves. */}
      <div className="mb-3 flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 text-note text-quiet">
        {old ? (
          <>
            <p>
              {at} {failure && reachable ? failureWords(failure) : t('refreshed-later')}
            </p>
            {failure && reachable && tryAgain}
          </>
        ) : (
          <>
            <p role="status">
              {news
                ? t(`plan.${news.what}`, { title: news.title })
                : from === 'now'
                  ? t('found', { count: listing.total })
                  : ''}
            </p>
            {/* Not read out: how many were found follows in a moment. */}
            {from === 'old' && !news && <p>{t('loading')}</p>}
          </>
        )}
      </div>
      {listing.total > 0 ? (
        <SessionList
          listing={listing}
          account={account}
          byTime={search.sort === 'start'}
          fromTheTop={fromTheTop}
          busy={from === 'old'}
        />
      ) : (
        <Empty search={search} here={from === 'here'} upcoming={counts?.upcoming ?? 0}>
          {plans && search.tab !== 'live' && (
            <Button onClick={() => planning.getState().begin(null)}>{t('empty.plan')}</Button>
          )}
        </Empty>
      )}
    </>
  )
}

interface EmptyProps {
  readonly search: Search
  /** Only among what is known without the server. */
  readonly here: boolean
  readonly upcoming: number
  readonly children: ReactNode
}

function Empty({ search, here, upcoming, children }: EmptyProps) {
  const { t } = useTranslation('sessions')
  const { sessions: store } = useStores()
  const narrowed = search.text !== '' || isFiltered(search)
  const words = () => {
    if (here) return t('unknown-offline')
    if (search.text) return t('empty.search', { text: search.text })
    return t(narrowed ? 'empty.filtered' : `empty.${search.tab}`)
  }
  return (
    <div className="flex flex-col items-start gap-4 py-8">
      <p className="text-lead text-quiet">{words()}</p>
      <div className="flex flex-wrap gap-3">
        {search.text !== '' && (
          <Button onClick={() => store.getState().type('')}>{t('empty.clear-search')}</Button>
        )}
        {isFiltered(search) && (
          <Button onClick={() => store.getState().filter({ ...noFilters, sort: search.sort })}>
            {t('filter.clear')}
          </Button>
        )}
        {search.tab === 'live' && !narrowed && upcoming > 0 && (
          <Button onClick={() => store.getState().show('upcoming')}>{t('empty.show-upcoming')}</Button>
        )}
        {!narrowed && children}
      </div>
    </div>
  )
}

function Skeleton() {
  const { t } = useTranslation('sessions')
  return (
    <div role="group" aria-label={t('loading')} aria-busy className="flex flex-col gap-3 pt-12">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} aria-hidden>
          <CardToCome label="" />
        </div>
      ))}
    </div>
  )
}
