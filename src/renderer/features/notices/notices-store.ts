import { createStore, type StoreApi } from 'zustand'
import type { Failure } from '../../../contract/model.ts'

export interface Notice {
  readonly id: number
  readonly message: string
}

export interface NoticesState {
  /** Oldest first. They stay until a person has dismissed them: nobody reads at the speed of a timer. */
  readonly notices: readonly Notice[]
  show(failure: Failure): void
  dismiss(id: number): void
}

export type NoticesStore = StoreApi<NoticesState>

const MAX_SHOWN = 3

export function createNoticesStore(): NoticesStore {
  let nextId = 1
  return createStore<NoticesState>((set) => ({
    notices: [],
    show: ({ message }) =>
      set(({ notices }) =>
        notices.some((notice) => notice.message === message)
          ? {}
          : { notices: [...notices, { id: nextId++, message }].slice(-MAX_SHOWN) },
      ),
    dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) })),
  }))
}
