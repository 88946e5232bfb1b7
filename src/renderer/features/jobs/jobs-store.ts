/** The jobs of whoever is signed in, as they go on; from any page, so that the end of one can be told anywhere. */
import { createStore, type StoreApi } from 'zustand'
import type { Job, JobOrder } from '../../../contract/jobs.ts'
import type { Failure, Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { look, type Pace } from './time-left.ts'

export interface JobsState {
  /** Newest first; null before the first answer. A failed refresh leaves them where they are. */
  readonly jobs: readonly Job[] | null
  /** Epoch milliseconds of the newest list. */
  readonly fetchedAt: number
  /** Why the newest refresh failed. */
  readonly failure: Failure | null
  readonly loading: boolean
  /** By job that is being done. */
  readonly paces: Readonly<Record<string, Pace>>
  /** The last that came to its end before the eyes of this window. */
  readonly lastEnded: Job | null
  /** Also follows what is not finished, from now on. */
  refresh(): Promise<void>
  /** At most once, however often an order is repeated because its answer was lost. */
  order(order: JobOrder): Promise<Result<Job>>
  cancel(jobId: string): Promise<Result<Job>>
  /** Another person may sign in next. */
  forget(): void
}

export type JobsStore = StoreApi<JobsState>

export interface JobsOptions {
  readonly client: Pick<SessionClient, 'call' | 'followStream'>
  /** Of a job that was seen before its end; also of one that was cancelled. */
  readonly ended: (job: Job) => void
  /** Credits were spent, or given back. */
  readonly spent: () => void
}

/** A window follows 50 streams at most, and this is not the only one who wants some. */
const MAX_FOLLOWED = 25
/** Milliseconds between two questions about a job whose stream does not work. */
const ASK_EVERY = 5000

export const isOver = (job: Pick<Job, 'status'>) => job.status !== 'queued' && job.status !== 'running'

export const runningCount = ({ jobs }: Pick<JobsState, 'jobs'>) =>
  jobs?.filter((job) => !isOver(job)).length ?? 0

const blank = { jobs: null, fetchedAt: 0, failure: null, loading: false, paces: {}, lastEnded: null } as const

export function createJobsStore({ client, ended, spent }: JobsOptions): JobsStore {
  /** What stops following a job: its stream, or asking for it instead. */
  const following = new Map<string, () => void>()
  /** Of orders whose fate nobody knows. */
  const keys = new Map<string, string>()
  /** Of whom: an answer for somebody else is none. */
  let person = 0

  return createStore<JobsState>((set, get) => {
    const find = (jobId: string) => get().jobs?.find(({ id }) => id === jobId)

    function take(job: Job): void {
      const known = find(job.id)
      if (known && known.version >= job.version) return
      const others = (get().jobs ?? []).filter(({ id }) => id !== job.id)
      const jobs = [...others, job].sort(newestFirst)
      const { [job.id]: pace, ...paces } = get().paces
      // Begun again, it goes at another pace.
      const before = known?.attempts === job.attempts ? (pace ?? null) : null
      set({
        jobs,
        paces:
          job.status === 'running'
            ? { ...paces, [job.id]: look(before, job.progress, performance.now()) }
            : paces,
      })
      if (known && isOver(job) && !isOver(known)) {
        set({ lastEnded: job })
        ended(job)
        if (job.cost > 0 && job.status !== 'done') spent()
      }
    }

    /** The oldest first: they are done first. */
    function followAll(): void {
      const unfinished = (get().jobs ?? []).filter((job) => !isOver(job)).toReversed()
      for (const job of unfinished) {
        if (following.size >= MAX_FOLLOWED) return
        if (!following.has(job.id)) follow(job)
      }
    }

    function follow({ id: jobId, version }: Job): void {
      const stop = client.followStream(
        { stream: 'jobProgress', params: { jobId }, afterId: version },
        {
          event: ({ job }) => take(job),
          ended(failure) {
            following.delete(jobId)
            if (failure) askInstead(jobId)
            else followAll()
          },
        },
      )
      following.set(jobId, stop)
    }

    function askInstead(jobId: string): void {
      const mine = person
      const timer = setTimeout(() => {
        void client.call('getJob', { params: { jobId } }).then((answer) => {
          if (mine !== person) return
          following.delete(jobId)
          if (answer.ok) take(answer.value)
          if (!answer.ok && answer.failure.code === 'not-found') void get().refresh()
          else if (!answer.ok) askInstead(jobId)
          else followAll()
        })
      }, ASK_EVERY)
      following.set(jobId, () => clearTimeout(timer))
    }

    /** @param before the jobs there were when the list was asked for */
    function takeList(items: readonly Job[], before: readonly Job[]): void {
      const listed = new Set(items.map(({ id }) => id))
      const old = new Set(before.map(({ id }) => id))
      // Ordered while the list was on its way; anything else that is not in it, the server has forgotten.
      set({ jobs: (get().jobs ?? []).filter(({ id }) => listed.has(id) || !old.has(id)) })
      for (const item of items) take(item)
      for (const [jobId, stop] of following) {
        if (find(jobId)) continue
        stop()
        following.delete(jobId)
      }
    }

    return {
      ...blank,

      async refresh() {
        if (get().loading) return
        const mine = person
        const before = get().jobs ?? []
        set({ loading: true })
        const answer = await client.call('listJobs', {})
        if (mine !== person) return
        if (!answer.ok) {
          set({ loading: false, failure: answer.failure })
          return
        }
        takeList(answer.value.items, before)
        set({ loading: false, failure: null, fetchedAt: Date.now() })
        followAll()
      },

      async order(order) {
        const mine = person
        const name = JSON.stringify(order)
        const idempotencyKey = keys.get(name) ?? crypto.randomUUID()
        keys.set(name, idempotencyKey)
        const answer = await client.call('startJob', { body: order, idempotencyKey })
        if (mine !== person) return answer
        if (answer.ok || !answer.failure.retryable) keys.delete(name)
        if (!answer.ok) return answer
        take(answer.value)
        if (answer.value.cost > 0) spent()
        followAll()
        return answer
      },

      async cancel(jobId) {
        const mine = person
        const answer = await client.call('cancelJob', { params: { jobId } })
        if (mine === person && answer.ok) take(answer.value)
        return answer
      },

      forget() {
        person += 1
        for (const stop of following.values()) stop()
        following.clear()
        keys.clear()
        set(blank)
      },
    }
  })
}

function newestFirst(one: Job, other: Job): number {
  if (one.createdAt === other.createdAt) return one.id < other.id ? -1 : 1
  return one.createdAt > other.createdAt ? -1 : 1
}
