import { createStore, type StoreApi } from 'zustand'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { Failure, LiveSession } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

export type Tab = 'live' | 'upcoming' | 'all'

export interface Listing {
  /** What was searched for; empty for everything. */
  readonly search: string
  readonly items: readonly LiveSession[]
  /** Epoch milliseconds. */
  readonly fetchedAt: number
}

export interface SessionsState {
  readonly tab: Tab
  /** What stands in the search box. */
  readonly typed: string
  /** What is asked for: `typed`, once typing has paused. */
  readonly search: string
  /** The newest answer of each tab. A failed refresh leaves it where it is. */
  readonly listings: Partial<Readonly<Record<Tab, Listing>>>
  readonly counts: EndpointResponse<'listLiveSessions'>['counts'] | null
  /** Why the newest refresh of the tab on screen failed. */
  readonly failure: Failure | null
  readonly loading: boolean
  show(tab: Tab): void
  type(text: string): void
  refresh(): Promise<void>
  /** Another person may sign in next. */
  forget(): void
}

export type SessionsStore = StoreApi<SessionsState>

/** Milliseconds without a key stroke after which a search is sent. */
const TYPING_PAUSE = 250

const blank = { typed: '', search: '', listings: {}, counts: null, failure: null, loading: false } as const

export function createSessionsStore(client: Pick<SessionClient, 'call'>): SessionsStore {
  let pause: ReturnType<typeof setTimeout> | undefined
  /** Grows with every question, so that a slow answer to an earlier one is known for what it is. */
  let generation = 0

  return createStore<SessionsState>((set, get) => ({
    tab: 'live',
    ...blank,

    show(tab) {
      set({ tab, failure: null })
      void get().refresh()
    },

    type(text) {
      set({ typed: text })
      clearTimeout(pause)
      pause = setTimeout(() => {
        const search = text.trim()
        if (search === get().search) return
        set({ search, failure: null })
        void get().refresh()
      }, TYPING_PAUSE)
    },

    async refresh() {
      const { tab, search } = get()
      const mine = ++generation
      set({ loading: true })
      const answer = await client.call('listLiveSessions', {
        query: { ...(tab === 'all' ? {} : { status: tab }), ...(search ? { search } : {}) },
      })
      if (mine !== generation) return
      if (!answer.ok) {
        set({ loading: false, failure: answer.failure })
        return
      }
      const { items, counts } = answer.value
      set(({ listings }) => ({
        loading: false,
        failure: null,
        counts,
        listings: { ...listings, [tab]: { search, items, fetchedAt: Date.now() } },
      }))
    },

    forget() {
      generation += 1
      clearTimeout(pause)
      set(blank)
    },
  }))
}
