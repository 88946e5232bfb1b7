import { createStore, type StoreApi } from 'zustand'
import type { Job } from '../../../contract/jobs.ts'
import type { Failure } from '../../../contract/model.ts'

/** What failed, or which jobs are over: of these one notice speaks, however many they are. */
export type Notice = { readonly id: number } & (
  { readonly failure: Failure } | { readonly jobs: readonly Job[] }
)

export interface NoticesState {
  /** Oldest first. They stay until a person has dismissed them: nobody reads at the speed of a timer. */
  readonly notices: readonly Notice[]
  show(failure: Failure): void
  /** A job is over while nobody looks at it. */
  announce(job: Job): void
  /** Jobs are looked at now. */
  withdrawJobs(): void
  dismiss(id: number): void
}

export type NoticesStore = StoreApi<NoticesState>

const MAX_SHOWN = 3

export function createNoticesStore(): NoticesStore {
  let nextId = 1
  return createStore<NoticesState>((set) => ({
    notices: [],
    show: (failure) =>
      set(({ notices }) =>
        notices.some((notice) => 'failure' in notice && notice.failure.message === failure.message)
          ? {}
          : { notices: [...notices, { id: nextId++, failure }].slice(-MAX_SHOWN) },
      ),
    announce: (job) =>
      set(({ notices }) => {
        const earlier = notices.find((notice) => 'jobs' in notice)
        const jobs = [...(earlier?.jobs ?? []), job]
        const others = notices.filter((notice) => notice !== earlier)
        return { notices: [...others, { id: earlier?.id ?? nextId++, jobs }].slice(-MAX_SHOWN) }
      }),
    withdrawJobs: () => set(({ notices }) => ({ notices: notices.filter((notice) => 'failure' in notice) })),
    dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) })),
  }))
}
