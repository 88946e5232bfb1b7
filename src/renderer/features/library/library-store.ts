import { createStore, type StoreApi } from 'zustand'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { StoredFile } from '../../../contract/library.ts'
import type { Failure, Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

export type Diagnosis = EndpointResponse<'diagnoseFile'>

export interface LibraryState {
  /** The newest answer; a failed refresh leaves it where it is. Null before the first. */
  readonly files: readonly StoredFile[] | null
  /** Epoch milliseconds of that answer. */
  readonly fetchedAt: number
  /** Why the newest refresh failed. */
  readonly failure: Failure | null
  readonly loading: boolean
  refresh(): Promise<void>
  /** One that has just arrived, or is known to have changed. */
  put(file: StoredFile): void
  /** For good. */
  remove(fileId: string): Promise<Result<unknown>>
  /** Whether its bytes are all where they belong. */
  diagnose(fileId: string): Promise<Result<Diagnosis>>
  /** Another person may sign in next. */
  forget(): void
}

export type LibraryStore = StoreApi<LibraryState>

const blank = { files: null, fetchedAt: 0, failure: null, loading: false } as const

export function createLibraryStore(client: Pick<SessionClient, 'call'>): LibraryStore {
  /** Grows with every question and every change, so that an answer from before is known for what it is. */
  let generation = 0

  return createStore<LibraryState>((set, get) => ({
    ...blank,

    async refresh() {
      const mine = ++generation
      set({ loading: true })
      const answer = await client.call('listFiles', {})
      if (mine !== generation) return
      if (answer.ok) {
        set({ files: answer.value.items, fetchedAt: Date.now(), failure: null, loading: false })
      } else {
        set({ failure: answer.failure, loading: false })
      }
    },

    put(file) {
      const { files } = get()
      if (!files) return
      generation += 1
      const known = files.some(({ id }) => id === file.id)
      set({
        loading: false,
        files: known ? files.map((one) => (one.id === file.id ? file : one)) : [file, ...files],
      })
    },

    async remove(fileId) {
      const removed = await client.call('deleteFile', { params: { fileId } })
      if (removed.ok) {
        generation += 1
        set(({ files }) => ({ loading: false, files: files?.filter(({ id }) => id !== fileId) ?? null }))
      }
      return removed
    },

    diagnose: (fileId) => client.call('diagnoseFile', { params: { fileId } }),

    forget() {
      generation += 1
      set(blank)
    },
  }))
}
