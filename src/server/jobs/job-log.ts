/**
 * The jobs of an account and what happened to each, in order and without gaps: the one way to change a job.
 *
 * Whoever changes a job has locked its row, so changes of one job are in line; each takes the next version, and the
 * event that tells of it is in the same transaction, so neither exists without the other. What a job costs is spent in
 * the transaction that orders it, and given back in the one that ends it without a result: once, whoever ends it.
 */
import { randomUUID } from 'node:crypto'
import { sql, type Selectable, type UpdateObject } from 'kysely'
import type { Job } from '../../contract/jobs.ts'
import { JobOrder, JobResult } from '../../contract/jobs.ts'
import { streamEndpoints, type JobEvent } from '../../contract/streams.ts'
import type { Credits } from '../credits/credits.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { OwnTables, OwnTx, Tx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { Metrics } from '../metrics.ts'
import type { JobNews } from './job-news.ts'

export type JobRow = Selectable<OwnTables['jobs']>

export interface NewJob {
  readonly order: JobOrder
  readonly title: string
  /** Credits. */
  readonly cost: number
  readonly idempotencyKey: string
}

/** What becomes of a row; its version, its end and its event follow from that. */
export type JobPatch = Omit<
  UpdateObject<OwnTables, 'jobs'>,
  'id' | 'account_id' | 'version' | 'finished_at' | 'status'
> & { readonly status?: Job['status'] }

export interface JobWriting {
  readonly tx: OwnTx
  /** @param row as it stands, locked by this transaction */
  change(row: JobRow, patch: JobPatch): Promise<JobRow>
}

export interface JobLog {
  /** @throws {Problem} `not-enough-credits`, or `conflict` when too many wait already: nothing is ordered then */
  order(accountId: string, job: NewJob): Promise<Job>
  /** What was ordered with this key, or null. */
  orderedWith(accountId: string, idempotencyKey: string): Promise<Job | null>
  /** Null when this account has no such job. */
  find(accountId: string, jobId: string): Promise<Job | null>
  /** Newest first. */
  list(accountId: string): Promise<Job[]>
  /** One that has finished stays as it is. Null when this account has no such job. */
  cancel(accountId: string, jobId: string): Promise<Job | null>
  /** In order, `limit` at most. */
  after(
    accountId: string,
    jobId: string,
    version: number,
    limit: number,
  ): Promise<{ readonly id: number; readonly event: JobEvent }[]>
  /**
   * Changes jobs of one account in one transaction; whoever follows them hears of it after the commit.
   *
   * @param first done before in the same transaction: both are committed, or neither
   */
  write<T, A = void>(
    accountId: string,
    work: (writing: JobWriting, done: A) => Promise<T>,
    first?: (tx: Tx) => Promise<A>,
  ): Promise<T>
  /** Deletes jobs that finished before this moment, with their events. Returns how many. */
  forgetFinished(before: Date): Promise<number>
}

export interface JobLogParts {
  readonly ownRows: OwnRows
  readonly credits: Pick<Credits, 'spend' | 'give' | 'changed'>
  readonly news: JobNews
  readonly metrics: Pick<Metrics, 'jobFinished'>
}

const MAX_LISTED = 200
/** Of one account, ordered and not finished. */
const MAX_UNFINISHED = 50
const FORGOTTEN_AT_ONCE = 500

const { event: JobEventSchema } = streamEndpoints.jobProgress

const titles: Record<JobOrder['kind'], string> = {
  'roster-import': 'Import of a roster',
  'attendance-export': 'Export of attendance',
  'audio-analysis': 'Analysis of a recording',
}

export const jobOf = (row: JobRow): Job => ({
  id: row.id,
  order: JobOrder.parse(row.job_order),
  title: row.title,
  status: row.status,
  version: row.version,
  progress: row.progress,
  step: row.step,
  cost: row.cost,
  attempts: row.attempts,
  createdAt: row.created_at.toISOString(),
  startedAt: row.started_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  result: row.result === null ? null : JobResult.parse(row.result),
  problem: row.problem,
})

const hasFinished = ({ status }: Pick<Job, 'status'>) => status !== 'queued' && status !== 'running'

/** What nobody but a worker knows of; the rest of a row is told to people. */
const unseen = new Set(['so_far', 'breakdowns', 'worker', 'worker_until'])

/** The row, and nobody else changes it before this transaction ends. */
export const lockJob = (tx: OwnTx, jobId: string): Promise<JobRow | undefined> =>
  tx.selectFrom('jobs').selectAll().where('id', '=', jobId).forUpdate().executeTakeFirst()

export function createJobLog({ ownRows, credits, news, metrics }: JobLogParts): JobLog {
  const storeEvent = (tx: OwnTx, row: JobRow) => {
    const job = jobOf(row)
    const event: JobEvent = { type: hasFinished(job) ? 'finished' : 'progress', job }
    return tx
      .insertInto('job_events')
      .values({
        job_id: row.id,
        account_id: row.account_id,
        version: row.version,
        event: JSON.stringify(event),
      })
      .execute()
  }

  // The job's id makes the keys, so that each is spent and given back once; no client can name them.
  const spendCost = (tx: OwnTx, { id, account_id, cost }: JobRow, note: string) =>
    credits.spend(tx, account_id, { amount: cost, note, idempotencyKey: `job:${id}` })
  const giveCostBack = (tx: OwnTx, { id, account_id, cost }: JobRow, note: string) =>
    credits.give(tx, account_id, { amount: cost, note, idempotencyKey: `job:${id}:back` })

  const write: JobLog['write'] = async (accountId, work, first) => {
    const changed: JobRow[] = []
    let paid = false
    const writing = (tx: OwnTx): JobWriting => ({
      tx,
      async change(row, patch) {
        const isSeen = Object.keys(patch).some((column) => !unseen.has(column))
        const status = patch.status ?? row.status
        const next = await tx
          .updateTable('jobs')
          .set({
            ...patch,
            ...(isSeen ? { version: row.version + 1 } : {}),
            ...(hasFinished({ status })
              ? { finished_at: new Date(), so_far: null, worker: null, worker_until: null }
              : {}),
          })
          .where('id', '=', row.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        if (!isSeen) return next
        await storeEvent(tx, next)
        if (row.cost > 0 && (status === 'failed' || status === 'cancelled')) {
          await giveCostBack(tx, row, `Given back: ${noteOf(row)}`)
          paid = true
        }
        changed.push(next)
        return next
      },
    })
    const result = first
      ? await ownRows.after(accountId, first, (tx, done) => work(writing(tx), done))
      : await ownRows.of(accountId, (tx) => work(writing(tx), undefined as never))
    for (const row of changed) {
      news.tell({ accountId, jobId: row.id, version: row.version, status: row.status })
      if (hasFinished(row)) metrics.jobFinished(jobOf(row))
    }
    if (paid) credits.changed(accountId)
    return result
  }

  const own = (tx: OwnTx, accountId: string) =>
    tx.selectFrom('jobs').selectAll().where('account_id', '=', accountId)

  async function insert(
    tx: OwnTx,
    accountId: string,
    { order, title, cost, idempotencyKey }: NewJob,
  ): Promise<{ row: JobRow; isNew: boolean }> {
    // Two at once would each find room for themselves.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`jobs ${accountId}`}, 0))`.execute(tx)
    const row = await tx
      .insertInto('jobs')
      .values({
        id: randomUUID(),
        account_id: accountId,
        idempotency_key: idempotencyKey,
        job_order: JSON.stringify(order),
        title,
        status: 'queued',
        version: 1,
        progress: 0,
        step: 'Waiting for its turn',
        cost,
        attempts: 0,
        created_at: new Date(),
        started_at: null,
        finished_at: null,
        result: null,
        problem: null,
        so_far: null,
        worker: null,
        worker_until: null,
      })
      .onConflict((conflict) => conflict.columns(['account_id', 'idempotency_key']).doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!row) {
      const known = own(tx, accountId).where('idempotency_key', '=', idempotencyKey)
      return { row: await known.executeTakeFirstOrThrow(), isNew: false }
    }
    const { unfinished } = await tx
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll<number | string>().as('unfinished'))
      .where('account_id', '=', accountId)
      .where('finished_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (Number(unfinished) > MAX_UNFINISHED) {
      throw new Problem(
        'conflict',
        `${MAX_UNFINISHED} of your jobs are waiting. Let some of them finish first.`,
      )
    }
    if (cost > 0) await spendCost(tx, row, noteOf(row))
    await storeEvent(tx, row)
    return { row, isNew: true }
  }

  return {
    write,

    async order(accountId, job) {
      const { row, isNew } = await ownRows.of(accountId, (tx) => insert(tx, accountId, job))
      if (isNew) {
        news.tell({ accountId, jobId: row.id, version: row.version, status: row.status })
        if (row.cost > 0) credits.changed(accountId)
      }
      return jobOf(row)
    },

    async orderedWith(accountId, idempotencyKey) {
      const row = await ownRows.of(accountId, (tx) =>
        own(tx, accountId).where('idempotency_key', '=', idempotencyKey).executeTakeFirst(),
      )
      return row ? jobOf(row) : null
    },

    async find(accountId, jobId) {
      const row = await ownRows.of(accountId, (tx) =>
        own(tx, accountId).where('id', '=', jobId).executeTakeFirst(),
      )
      return row ? jobOf(row) : null
    },

    async list(accountId) {
      const rows = await ownRows.of(accountId, (tx) =>
        own(tx, accountId).orderBy('created_at', 'desc').orderBy('id').limit(MAX_LISTED).execute(),
      )
      return rows.map(jobOf)
    },

    cancel: (accountId, jobId) =>
      write(accountId, async ({ tx, change }) => {
        const row = await lockJob(tx, jobId)
        if (!row) return null
        if (row.finished_at) return jobOf(row)
        return jobOf(await change(row, { status: 'cancelled', step: 'Cancelled' }))
      }),

    async after(accountId, jobId, version, limit) {
      const rows = await ownRows.of(accountId, (tx) =>
        tx
          .selectFrom('job_events')
          .select(['version', 'event'])
          .where('job_id', '=', jobId)
          .where('version', '>', version)
          .orderBy('version')
          .limit(limit)
          .execute(),
      )
      return rows.map((row) => ({ id: row.version, event: JobEventSchema.parse(row.event) }))
    },

    async forgetFinished(before) {
      let forgotten = 0
      for (;;) {
        const old = await ownRows.rounds((tx) =>
          tx
            .selectFrom('jobs')
            .select(['id', 'account_id'])
            .where('finished_at', '<', before)
            .orderBy('finished_at')
            .limit(FORGOTTEN_AT_ONCE)
            .execute(),
        )
        if (old.length === 0) return forgotten
        for (const accountId of new Set(old.map(({ account_id }) => account_id))) {
          const ids = old.filter(({ account_id }) => account_id === accountId).map(({ id }) => id)
          await ownRows.of(accountId, (tx) => tx.deleteFrom('jobs').where('id', 'in', ids).execute())
        }
        forgotten += old.length
      }
    },
  }
}

/** For the ledger: what it was spent on. Titles are as long as names of files, a note of the ledger is not. */
const noteOf = ({ job_order, title }: Pick<JobRow, 'job_order' | 'title'>): string =>
  `${titles[JobOrder.parse(job_order).kind]}: ${[...title].slice(0, 60).join('')}`
