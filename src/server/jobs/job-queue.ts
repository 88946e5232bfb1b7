/**
 * Which job is begun next, and by whom. A job that is being done has one worker, which says every few seconds that it
 * still works; one that no longer says so was killed, and its job is begun again by whoever looks next, on this server or
 * another one.
 *
 * Jobs of one account are done one after the other, in the order of their orders. Among accounts, whoever has waited
 * longest is next: since its oldest waiting job was ordered or its last job ended, whichever is later. So nobody waits
 * for more than one job of anybody else.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Job, JobResult } from '../../contract/jobs.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { OwnTx, Tx } from '../database/schema.ts'
import { jobOf, lockJob, type JobLog, type JobRow, type JobWriting } from './job-log.ts'

/** This worker does not have the job any more: it was cancelled, or somebody else took it over. */
export class JobLost extends Error {
  constructor() {
    super('This job is not this worker’s any more.')
    this.name = 'JobLost'
  }
}

/** The right to do one job. Everything but `renew` throws {@link JobLost} when it is gone, and has done nothing. */
export interface Hold {
  readonly job: Job
  readonly accountId: string
  /** What an earlier attempt has kept, for whoever wrote it to check; null for nothing. */
  readonly soFar: unknown
  /** Says that it is still worked on. False when the job is gone. */
  renew(): Promise<boolean>
  progress(progress: number, step: string): Promise<void>
  /** Does `work` and keeps what is to be known of it after a restart, in one transaction. */
  keep<A>(work: (tx: Tx) => Promise<A>, soFar: (done: A) => unknown): Promise<A>
  finish(result: JobResult): Promise<void>
  /** @param problem one plain sentence */
  fail(problem: string): Promise<void>
  /** An error nobody expected: another attempt in a moment, if there are any left. */
  breakDown(): Promise<void>
  /** Somebody else goes on with it at once. */
  giveBack(): Promise<void>
}

export interface JobQueue {
  /** Accounts that have a job to begin now, the next first. */
  waiting(limit: number): Promise<string[]>
  /** Null when there was none after all. */
  take(accountId: string): Promise<Hold | null>
}

export interface JobQueueParts {
  readonly log: JobLog
  readonly ownRows: OwnRows
  /** Milliseconds without a word from its worker until a job is begun again. */
  readonly silenceMs: number
}

const MAX_BREAKDOWNS = 3
/** Seconds until the second attempt after an error, and until the third. */
const PAUSES = [5, 60]

const STOPPED =
  'The server stopped three times in the middle of this, so it was given up. You can start it again.'
const BROKE_DOWN = 'Something went wrong on the server, three times in a row. You can start it again later.'

// The database's clock: two servers on one database need not agree on the time.
const inSeconds = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`

type Candidate = JobRow & { readonly held: boolean }

/** Of one account, oldest first, and locked in this order: so nobody else takes one of them meanwhile. */
const lockUnfinished = (tx: OwnTx, accountId: string): Promise<Candidate[]> =>
  tx
    .selectFrom('jobs')
    .selectAll()
    .select(sql<boolean>`coalesce(worker_until > clock_timestamp(), false)`.as('held'))
    .where('account_id', '=', accountId)
    .where('finished_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .forUpdate()
    .execute()

export function createJobQueue({ log, ownRows, silenceMs }: JobQueueParts): JobQueue {
  const stillHeld = () => inSeconds(silenceMs / 1000)

  async function takeLocked({ tx, change }: JobWriting, accountId: string, worker: string) {
    const unfinished = await lockUnfinished(tx, accountId)
    if (unfinished.some(({ status, held }) => status === 'running' && held)) return null
    for (const row of unfinished.filter(({ held }) => !held)) {
      // Whoever ends in good order says so, and the job is queued again.
      const breakdowns = row.breakdowns + (row.status === 'running' ? 1 : 0)
      if (breakdowns >= MAX_BREAKDOWNS) {
        await change(row, { status: 'failed', step: 'Given up', problem: STOPPED, breakdowns })
        continue
      }
      return change(row, {
        status: 'running',
        step: row.attempts === 0 ? 'Starting' : 'Starting again',
        attempts: row.attempts + 1,
        started_at: row.started_at ?? new Date(),
        breakdowns,
        worker,
        worker_until: stillHeld(),
      })
    }
    return null
  }

  function hold(taken: JobRow, worker: string): Hold {
    const { id, account_id: accountId } = taken

    const mine = async (tx: OwnTx): Promise<JobRow> => {
      const row = await lockJob(tx, id)
      if (row?.worker !== worker) throw new JobLost()
      return row
    }
    const change = (patch: (row: JobRow) => Parameters<JobWriting['change']>[1]) =>
      log.write(accountId, async (writing) => {
        const row = await mine(writing.tx)
        await writing.change(row, patch(row))
      })

    return {
      job: jobOf(taken),
      accountId,
      soFar: taken.so_far,

      renew: () =>
        change(() => ({ worker_until: stillHeld() })).then(
          () => true,
          (error: unknown) => {
            if (error instanceof JobLost) return false
            throw error
          },
        ),

      progress: (progress, step) => change(() => ({ progress, step, worker_until: stillHeld() })),

      keep: (work, soFar) =>
        log.write(
          accountId,
          async (writing, done) => {
            const row = await mine(writing.tx)
            await writing.change(row, { so_far: JSON.stringify(soFar(done)), worker_until: stillHeld() })
            return done
          },
          work,
        ),

      finish: (result) =>
        change(() => ({ status: 'done', progress: 1, step: 'Done', result: JSON.stringify(result) })),

      fail: (problem) => change(() => ({ status: 'failed', step: 'Failed', problem })),

      breakDown: () =>
        change((row) => {
          const breakdowns = row.breakdowns + 1
          if (breakdowns >= MAX_BREAKDOWNS) {
            return { status: 'failed', step: 'Given up', problem: BROKE_DOWN, breakdowns }
          }
          const until = inSeconds(PAUSES[row.breakdowns] ?? 0)
          const step = 'Waiting to try again'
          return { status: 'queued', step, breakdowns, worker: null, worker_until: until }
        }),

      giveBack: () =>
        change(() => ({
          status: 'queued',
          step: 'Waiting to go on: the server is restarting',
          worker: null,
          worker_until: null,
        })),
    }
  }

  return {
    async waiting(limit) {
      const { rows } = await ownRows.rounds((tx) =>
        sql<{ account_id: string }>`
          select job.account_id from jobs job
          where job.finished_at is null
            and coalesce(job.worker_until <= clock_timestamp(), true)
            and not exists (
              select from jobs other where other.account_id = job.account_id
                and other.status = 'running' and other.worker_until > clock_timestamp())
          group by job.account_id
          order by greatest(min(job.created_at), (
            select max(done.finished_at) from jobs done where done.account_id = job.account_id))
          limit ${limit}`.execute(tx),
      )
      return rows.map(({ account_id }) => account_id)
    },

    async take(accountId) {
      const worker = randomUUID()
      const row = await log.write(accountId, (writing) => takeLocked(writing, accountId, worker))
      return row && hold(row, worker)
    },
  }
}
