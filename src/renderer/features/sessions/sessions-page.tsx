import { Search } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useEffect, useId } from 'react'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { isConnected } from '../connection/connection-words.ts'
import { SessionList } from './session-list.tsx'
import { asOf } from './session-words.ts'
import type { Tab } from './sessions-store.ts'

/** Milliseconds between two looks at the server while the page can be seen. */
const REFRESH_EVERY = 15_000

const tabs: readonly { readonly value: Tab; readonly label: string }[] = [
  { value: 'live', label: 'Live' },
  { value: 'upcoming', label: 'Upcoming' },
  { value: 'all', label: 'All' },
]

export function SessionsPage() {
  const { sessions: store } = useStores()
  const tab = useStore(store, (state) => state.tab)
  const typed = useStore(store, (state) => state.typed)
  const counts = useStore(store, (state) => state.counts)
  const searchId = useId()
  useRefreshing()

  const countOf = (value: Tab) => {
    if (!counts) return null
    return value === 'all' ? counts.live + counts.upcoming + counts.ended : counts[value]
  }

  return (
    <main className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto w-full max-w-[64rem] px-4 pt-6 pb-20 sm:px-8 sm:pt-10">
        <PageTitle className="text-display font-semibold">Sessions</PageTitle>
        <Tabs.Root value={tab} onValueChange={(value) => store.getState().show(value as Tab)}>
          <div className="mt-6 flex flex-wrap-reverse items-center justify-between gap-x-6 gap-y-4">
            <Tabs.List aria-label="Which sessions" className="-mx-3 flex">
              {tabs.map(({ value, label }) => (
                <Tabs.Trigger
                  key={value}
                  value={value}
                  className="group min-h-11 cursor-pointer rounded-control px-3 font-medium text-quiet transition-colors hover:text-ink data-[state=active]:text-ink"
                >
                  <span className="inline-block border-b-3 border-transparent pb-0.5 group-data-[state=active]:border-accent">
                    {label}
                    {countOf(value) !== null && (
                      <span className="text-note font-normal text-quiet tabular-nums">{` ${countOf(value)}`}</span>
                    )}
                  </span>
                </Tabs.Trigger>
              ))}
            </Tabs.List>
            <div className="relative w-full sm:w-72">
              <label htmlFor={searchId} className="sr-only">
                Search sessions
              </label>
              <Search
                aria-hidden
                className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-quiet"
              />
              <input
                id={searchId}
                type="search"
                value={typed}
                maxLength={100}
                placeholder="Title, course or host"
                onChange={(event) => store.getState().type(event.target.value)}
                className="min-h-11 w-full rounded-control border border-edge bg-surface pr-3 pl-11"
              />
            </div>
          </div>
          {tabs.map(({ value }) => (
            <Tabs.Content key={value} value={value} className="mt-6 rounded-card">
              <TabContent tab={value} />
            </Tabs.Content>
          ))}
        </Tabs.Root>
      </div>
    </main>
  )
}

function TabContent({ tab }: { tab: Tab }) {
  const { sessions: store, window } = useStores()
  const session = useStore(window, (state) => state.session)
  const search = useStore(store, (state) => state.search)
  const listing = useStore(store, (state) => state.listings[tab])
  const failure = useStore(store, (state) => state.failure)
  const loading = useStore(store, (state) => state.loading)
  const counts = useStore(store, (state) => state.counts)
  const reachable = isConnected(session)

  const tryAgain = (
    <Button size="small" disabled={loading} onClick={() => void store.getState().refresh()}>
      Try again
    </Button>
  )

  // What an earlier search found would pass for the answer to this one.
  if (!listing || (failure && listing.search !== search)) {
    if (failure && reachable) {
      return (
        <div role="alert" className="flex flex-col items-start gap-4 py-10">
          <p className="text-lead">The sessions could not be loaded.</p>
          <p className="-mt-2 text-quiet">{failure.message}</p>
          {tryAgain}
        </div>
      )
    }
    return reachable ? (
      <Skeleton />
    ) : (
      <p className="py-10 text-lead text-quiet">Your sessions appear here as soon as the server answers.</p>
    )
  }

  const old = failure !== null || !reachable
  return (
    <>
      {old && (
        <div className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 text-quiet">
          <p>
            {asOf(listing.fetchedAt)}.{' '}
            {failure && reachable ? failure.message : 'Refreshed when the server answers.'}
          </p>
          {failure && reachable && tryAgain}
        </div>
      )}
      <p aria-live="polite" className="sr-only">
        {listing.search && !loading ? found(listing.items.length) : ''}
      </p>
      {listing.items.length > 0 ? (
        <SessionList sessions={listing.items} busy={loading && listing.search !== search} />
      ) : (
        <div className="flex flex-col items-start gap-5 py-10">
          <p className="text-lead text-quiet">{emptyWords(tab, listing.search)}</p>
          {tab === 'live' && !listing.search && counts !== null && counts.upcoming > 0 && (
            <Button onClick={() => store.getState().show('upcoming')}>Show upcoming sessions</Button>
          )}
        </div>
      )}
    </>
  )
}

function emptyWords(tab: Tab, search: string): string {
  if (search) return `Nothing matches “${search}”.`
  if (tab === 'live') return 'No session is live right now.'
  return tab === 'upcoming' ? 'No session is planned.' : 'There are no sessions yet.'
}

const found = (count: number) => (count === 1 ? '1 session found' : `${count} sessions found`)

function Skeleton() {
  return (
    <div role="group" aria-label="Loading sessions" aria-busy className="flex flex-col gap-3">
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex flex-col gap-3 rounded-card border border-line bg-surface p-6">
          <div className="h-5 w-2/5 rounded-small bg-sunken" />
          <div className="h-4 w-3/5 rounded-small bg-sunken" />
        </div>
      ))}
    </div>
  )
}

/** On opening, on an interval, and at once when the window comes back into sight. */
function useRefreshing() {
  const { sessions: store, window } = useStores()
  const reachable = useStore(window, (state) => isConnected(state.session))
  useEffect(() => {
    if (!reachable) return
    const refresh = () => {
      if (document.visibilityState === 'visible') void store.getState().refresh()
    }
    refresh()
    const timer = setInterval(refresh, REFRESH_EVERY)
    document.addEventListener('visibilitychange', refresh)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', refresh)
    }
  }, [store, reachable])
}
