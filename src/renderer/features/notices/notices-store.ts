import { createStore, type StoreApi } from 'zustand'
import type { Failure, FailureCode } from '../../../contract/model.ts'

export interface Notice {
  readonly id: number
  readonly code: FailureCode
  readonly message: string
}

export interface NoticesState {
  /** Oldest first. They stay until a person has dismissed them: nobody reads at the speed of a timer. */
  readonly notices: readonly Notice[]
  show(failure: Failure): void
  dismiss(id: number): void
  /** What it says is no longer so. */
  withdraw(code: FailureCode): void
}

export type NoticesStore = StoreApi<NoticesState>

const MAX_SHOWN = 3

export function createNoticesStore(): NoticesStore {
  let nextId = 1
  return createStore<NoticesState>((set) => ({
    notices: [],
    show: ({ code, message }) =>
      set(({ notices }) =>
        notices.some((notice) => notice.message === message)
          ? {}
          : { notices: [...notices, { id: nextId++, code, message }].slice(-MAX_SHOWN) },
      ),
    dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) })),
    withdraw: (code) => set(({ notices }) => ({ notices: notices.filter((notice) => notice.code !== code) })),
  }))
}
