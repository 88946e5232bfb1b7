/**
 * Does the jobs, a few at a time: takes the next, has it done by whoever knows its kind, tells how far it is, and sees
 * to it that it ends in one of the ways a job can end.
 */
import type { Job, JobOrder, JobResult } from '../../contract/jobs.ts'
import type { Tx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { JobNews } from './job-news.ts'
import { JobLost, type Hold, type JobQueue } from './job-queue.ts'

type Kind = JobOrder['kind']

/** This job cannot be done, now or later; the message is one plain sentence for a person. */
export class JobFailure extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'JobFailure'
  }
}

/** A job, to whoever does it. */
export interface Task<K extends Kind> {
  readonly jobId: string
  readonly accountId: string
  readonly order: Extract<JobOrder, { kind: K }>
  /** 1, and more after a server stopped in the middle. */
  readonly attempt: number
  /** What an earlier attempt has kept; null for nothing. Nobody has checked it. */
  readonly soFar: unknown
  /** Stop: it was cancelled, somebody else does it, or the server stops. Whatever is thrown then is right. */
  readonly signal: AbortSignal
  /**
   * How far it is; as often as it likes.
   *
   * @param progress 0 to 1
   * @param step what it does now, in a few plain words
   */
  report(progress: number, step: string): void
  /**
   * Does `work` and keeps what is to be known of it after a restart, in one transaction.
   *
   * @throws when the job is not this worker's any more; nothing was done then
   */
  keep<A>(work: (tx: Tx) => Promise<A>, soFar: (done: A) => unknown): Promise<A>
}

/**
 * How each kind is done: begun again after a restart, it does nothing twice.
 *
 * @throws {JobFailure} or a {@link Problem} that is the client's: it cannot be done. Anything else is tried again.
 */
export type Workers = {
  readonly [K in Kind]: (task: Task<K>) => Promise<Extract<JobResult, { kind: K }>>
}

export interface JobRunner {
  begin(): void
  /** What is being done is given back to whoever takes over. */
  close(): Promise<void>
}

export interface JobRunnerParts {
  readonly queue: JobQueue
  readonly news: JobNews
  readonly workers: Workers
  /** Milliseconds between two signs of life of a worker; a third of the silence that ends it. */
  readonly renewMs: number
  readonly failed: (error: unknown) => void
}

/** At once, on one server. */
const PLACES = 2
const LOOK_MS = 2000
/** Other servers' jobs change all the time; how often that is a reason to look. */
const HINTS_MS = 250
/** Between two changes of progress that people are told of. */
const TELL_MS = 250
const LEAST_PROGRESS = 0.01

export function createJobRunner({ queue, news, workers, renewMs, failed }: JobRunnerParts): JobRunner {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let looking: Promise<void> | null = null
  let again = false

  async function look(): Promise<void> {
    do {
      again = false
      const free = PLACES - running.size
      if (free <= 0) return
      for (const accountId of await queue.waiting(free)) {
        if (stopping.signal.aborted) return
        const hold = await queue.take(accountId)
        if (hold) begin(hold)
      }
    } while (again && !stopping.signal.aborted)
  }

  function lookNow(): void {
    if (!timer || stopping.signal.aborted) return
    again = true
    looking ??= look()
      .catch(failed)
      .then(() => {
        looking = null
        if (again) lookNow()
      })
  }

  function lookSoon(): void {
    if (soon !== undefined) return
    lookNow()
    soon = setTimeout(() => {
      soon = undefined
      lookNow()
    }, HINTS_MS).unref()
  }

  function begin(hold: Hold): void {
    const work = run(hold)
      .catch(failed)
      .then(() => {
        running.delete(work)
        lookNow()
      })
    running.add(work)
  }

  async function run(hold: Hold): Promise<void> {
    const over = new AbortController()
    const stop = () => over.abort()
    const check = () =>
      hold.renew().then((held) => {
        if (!held) stop()
      })
    // Should the database fail, the next write says so; should it only be late, nothing is lost.
    const renewing = setInterval(() => void check().catch(() => undefined), renewMs)
    const unfollow = news.follow(hold.accountId, ({ jobId, status }) => {
      if (jobId === hold.job.id && status !== 'running') stop()
    })
    stopping.signal.addEventListener('abort', stop)
    if (stopping.signal.aborted) stop()
    const teller = createTeller(hold, stop)
    try {
      const result = await perform(hold, over.signal, teller.report).finally(async () => {
        unfollow()
        await teller.end()
      })
      await hold.finish(result)
    } catch (error) {
      await end(hold, error, over.signal).catch((worse: unknown) => {
        if (!(worse instanceof JobLost)) throw worse
      })
    } finally {
      clearInterval(renewing)
      stopping.signal.removeEventListener('abort', stop)
    }
  }

  function perform(hold: Hold, signal: AbortSignal, report: Task<Kind>['report']): Promise<JobResult> {
    const { order, id: jobId, attempts: attempt } = hold.job
    // The table types each worker by its own kind, which a look-up cannot follow.
    const work = workers[order.kind] as unknown as (task: Task<Kind>) => Promise<JobResult>
    const { accountId, soFar, keep } = hold
    return work({ jobId, accountId, order, attempt, soFar, signal, report, keep })
  }

  async function end(hold: Hold, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof JobLost) return
    if (signal.aborted) return hold.giveBack()
    if (error instanceof JobFailure) return hold.fail(error.message)
    if (error instanceof Problem && error.document.status < 500) return hold.fail(error.message)
    failed(error)
    await hold.breakDown()
  }

  const stopListening = news.onWaiting((here) => (here ? lookNow() : lookSoon()))

  return {
    begin() {
      timer = setInterval(lookNow, LOOK_MS).unref()
      lookNow()
    },
    async close() {
      stopListening()
      clearInterval(timer)
      clearTimeout(soon)
      stopping.abort()
      await looking
      await Promise.all(running)
    },
  }
}

/** Passes on how far a job is, not more often than anybody wants to know. */
function createTeller({ job, progress: write }: Hold, lost: () => void) {
  let told: Pick<Job, 'progress' | 'step'> = job
  let latest = told
  let notBefore = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | null = null
  let ended = false

  const isNews = () =>
    latest.step !== told.step || Math.abs(latest.progress - told.progress) >= LEAST_PROGRESS

  function tell(): void {
    timer = undefined
    told = latest
    writing = write(told.progress, told.step)
      .catch((error: unknown) => {
        // Anything else is not worth ending a job for: its next write finds out.
        if (error instanceof JobLost) lost()
      })
      .then(() => {
        writing = null
        notBefore = performance.now() + TELL_MS
        plan()
      })
  }

  function plan(): void {
    if (ended || writing || timer || !isNews()) return
    timer = setTimeout(tell, Math.max(0, notBefore - performance.now()))
  }

  return {
    report(progress: number, step: string): void {
      latest = { progress: Math.min(1, Math.max(0, progress)), step }
      plan()
    },
    async end(): Promise<void> {
      ended = true
      clearTimeout(timer)
      await writing
    },
  }
}
