import { createStore, type StoreApi } from 'zustand'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { CreditEntry } from '../../../contract/credits.ts'
import type { Failure } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

export interface CreditsState {
  /** The newest answer; a failed refresh leaves it where it is. Null before the first. */
  readonly balance: EndpointResponse<'getCredits'> | null
  /** Why the newest question failed. */
  readonly failure: Failure | null
  /** Newest first, without a gap; null before the first answer. */
  readonly entries: readonly CreditEntry[] | null
  readonly hasMore: boolean
  readonly loading: boolean
  /** @param past whatever anybody remembers */
  refresh(past?: boolean): Promise<void>
  /** The newest lines of the ledger. */
  open(): Promise<void>
  /** Those before the oldest line there is. */
  more(): Promise<void>
  /** Another person may sign in next. */
  forget(): void
}

export type CreditsStore = StoreApi<CreditsState>

const PAGE = 50

const blank = { balance: null, failure: null, entries: null, hasMore: false, loading: false } as const

export function createCreditsStore(client: Pick<SessionClient, 'call'>): CreditsStore {
  /** Of whom: an answer for somebody else is none. */
  let person = 0
  let question = 0

  return createStore<CreditsState>((set, get) => {
    async function list(beforeSeq: number | null): Promise<void> {
      const mine = person
      const asked = ++question
      set({ loading: true })
      const answer = await client.call('listCreditEntries', {
        query: { limit: PAGE, ...(beforeSeq === null ? {} : { beforeSeq }) },
      })
      if (mine !== person || asked !== question) return
      if (!answer.ok) {
        set({ failure: answer.failure, loading: false })
        return
      }
      const { items, hasMore } = answer.value
      const kept = beforeSeq === null ? [] : (get().entries ?? [])
      set({ entries: [...kept, ...items], hasMore, failure: null, loading: false })
    }

    return {
      ...blank,

      async refresh(past = false) {
        const mine = person
        const answer = await client.call('getCredits', { query: past ? { refresh: 'true' } : {} })
        if (mine !== person) return
        if (answer.ok) set({ balance: answer.value, failure: null })
        else set({ failure: answer.failure })
      },

      open: () => list(null),

      async more() {
        const oldest = get().entries?.at(-1)
        if (oldest && get().hasMore && !get().loading) await list(oldest.seq)
      },

      forget() {
        person += 1
        set(blank)
      },
    }
  })
}
