import { createStore, type StoreApi } from 'zustand'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { ListedSession } from '../../../contract/live-sessions.ts'
import type { Failure, LiveSession, Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import {
  nameOf,
  noFilters,
  queryOf,
  weekAround,
  type Filters,
  type Search,
  type Tab,
} from './session-filters.ts'
import { PAGE_SIZE, pageOf, withPage, withSession, type Listing } from './session-pages.ts'

export interface News {
  readonly what: 'planned' | 'changed' | 'started' | 'ended'
  readonly title: string
}

export interface SessionsState {
  /** What is looked for now. */
  readonly search: Search
  /** What stands in the search box; looked for once typing has paused. */
  readonly typed: string
  /** The newest answers of each tab. A failed refresh leaves them where they are. */
  readonly listings: Partial<Readonly<Record<Tab, Listing>>>
  readonly counts: EndpointResponse<'listLiveSessions'>['counts'] | null
  readonly statistics: EndpointResponse<'sessionStatistics'> | null
  readonly courses: readonly EndpointResponse<'listCourses'>['items'][number][]
  /** What was known before the app was closed, for a start without the server; null when nothing was. */
  readonly lastKnown: { readonly items: readonly ListedSession[]; readonly at: number } | null
  /** Why the newest refresh of what is on screen failed. */
  readonly failure: Failure | null
  readonly loading: boolean
  /** Grows whenever the list is to be looked at from its beginning. */
  readonly fromTheTop: number
  /** What was last done from here, until something else is looked for. */
  readonly news: News | null
  show(tab: Tab): void
  type(text: string): void
  filter(change: Partial<Filters>): void
  /** These places of the list are on screen. Their pages are asked for where that has not been done lately. */
  see(first: number, last: number): void
  /** Asks for everything on screen. */
  refresh(): Promise<void>
  recall(): Promise<void>
  /** What the server has just said of one session, after this was done with it. */
  take(session: LiveSession, what: News['what']): void
  /** Looks where a session is found that has just been made. */
  reveal(session: LiveSession): void
  rate(sessionId: string, stars: number): Promise<Result<unknown>>
  /** Another person may sign in next. */
  forget(): void
}

export type SessionsStore = StoreApi<SessionsState>

/** Milliseconds without a key stroke after which a search is sent. */
const TYPING_PAUSE = 250
/** Milliseconds on screen before a page is asked for: whoever drags the scroll bar passes by most of them. */
const SCROLLING_PAUSE = 80
/** Milliseconds after which what comes into sight is asked for anew. */
export const FRESH = 15_000

const blank = {
  search: { tab: 'live', text: '', ...noFilters },
  typed: '',
  listings: {},
  counts: null,
  statistics: null,
  courses: [],
  lastKnown: null,
  failure: null,
  loading: false,
  news: null,
} as const

export function createSessionsStore(client: Pick<SessionClient, 'call' | 'ask'>): SessionsStore {
  let typing: ReturnType<typeof setTimeout> | undefined
  let scrolling: ReturnType<typeof setTimeout> | undefined
  /** Grows with every question, so that a slow answer to an earlier one is known for what it is. */
  let turn = 0
  /** Of the newest answer that was taken. */
  let answered = 0
  /** Grows when somebody else may be there. */
  let person = 0
  /** Pages that are on their way, by the name of their search and their number. */
  const asked = new Set<string>()
  let visible = { first: 0, last: 0 }

  return createStore<SessionsState>((set, get) => {
    const look = (change: Partial<Search>) => {
      visible = { first: 0, last: 0 }
      set(({ search, fromTheTop }) => ({
        search: { ...search, ...change },
        failure: null,
        news: null,
        fromTheTop: fromTheTop + 1,
      }))
      void get().refresh()
    }

    async function load(number: number): Promise<void> {
      const { search } = get()
      const name = nameOf(search)
      const mine = ++turn
      const whom = person
      const way = `${name} ${number}`
      asked.add(way)
      const answer = await client.call('listLiveSessions', {
        query: { ...queryOf(search, Date.now()), offset: number * PAGE_SIZE, limit: PAGE_SIZE },
      })
      asked.delete(way)
      if (whom !== person) return
      const state = get()
      const onScreen = nameOf(state.search) === name
      if (!answer.ok) {
        if (onScreen && mine > answered) set({ failure: answer.failure })
        return
      }
      const { items, total, counts } = answer.value
      if (mine > answered) {
        answered = mine
        set({ counts, ...(onScreen ? { failure: null } : {}) })
      }
      const before = state.listings[search.tab]
      if (!onScreen && before?.name !== name) return
      if (before?.name === name && (before.pages.get(number)?.turn ?? 0) > mine) return
      const listing = withPage(before, name, number, { items, total, fetchedAt: Date.now(), turn: mine })
      set({ listings: { ...state.listings, [search.tab]: listing } })
    }

    async function loadStatistics(): Promise<void> {
      const whom = person
      const { from, to } = weekAround(Date.now())
      const week = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
      const [statistics, courses] = await Promise.all([
        client.call('sessionStatistics', { query: week }),
        client.call('listCourses', {}),
      ])
      if (whom !== person) return
      if (statistics.ok) set({ statistics: statistics.value })
      if (courses.ok) set({ courses: courses.value.items })
    }

    /** Pages on screen of a list this long. */
    const onScreen = (total: number) => {
      const last = Math.max(0, Math.min(visible.last, total - 1))
      const first = Math.min(pageOf(visible.first), pageOf(last))
      return Array.from({ length: pageOf(last) - first + 1 }, (_, place) => first + place)
    }

    return {
      ...blank,
      fromTheTop: 0,

      show: (tab) => look({ tab }),

      type(text) {
        set({ typed: text })
        clearTimeout(typing)
        typing = setTimeout(() => {
          const wanted = text.trim()
          if (wanted !== get().search.text) look({ text: wanted })
        }, TYPING_PAUSE)
      },

      filter: (change) => look(change),

      see(first, last) {
        visible = { first, last }
        clearTimeout(scrolling)
        scrolling = setTimeout(() => {
          const { search, listings } = get()
          const listing = listings[search.tab]
          const name = nameOf(search)
          if (listing?.name !== name) return
          const due = Date.now() - FRESH
          for (const number of onScreen(listing.total)) {
            const page = listing.pages.get(number)
            const unknown = !page || page.fetchedAt < due
            if (unknown && !asked.has(`${name} ${number}`)) void load(number)
          }
        }, SCROLLING_PAUSE)
      },

      async refresh() {
        const { search, listings } = get()
        const listing = listings[search.tab]
        const whom = person
        set({ loading: true })
        const total = listing?.name === nameOf(search) ? listing.total : 0
        await Promise.all([...onScreen(total).map(load), loadStatistics()])
        if (whom === person) set({ loading: false })
      },

      async recall() {
        const whom = person
        const answer = await client.ask('api:last-known-sessions')
        if (whom === person && answer.ok && answer.value) set({ lastKnown: answer.value })
      },

      take(session, what) {
        set(({ listings }) => ({
          news: { what, title: session.title },
          listings: Object.fromEntries(
            Object.entries(listings).map(([tab, listing]) => [tab, withSession(listing, session)]),
          ),
        }))
        void get().refresh()
      },

      reveal(session) {
        clearTimeout(typing)
        set({ typed: '' })
        look({ tab: session.status === 'live' ? 'live' : 'upcoming', text: '', ...noFilters })
      },

      async rate(sessionId, stars) {
        const answer = await client.call('rateLiveSession', { params: { sessionId }, body: { stars } })
        if (answer.ok) {
          const { stars: ownStars, rating } = answer.value
          set(({ listings }) => ({
            listings: Object.fromEntries(
              Object.entries(listings).map(([tab, listing]) => [
                tab,
                withSession(listing, { id: sessionId, ownStars, rating }),
              ]),
            ),
          }))
        }
        return answer
      },

      forget() {
        person += 1
        clearTimeout(typing)
        clearTimeout(scrolling)
        asked.clear()
        visible = { first: 0, last: 0 }
        set(blank)
      },
    }
  })
}
