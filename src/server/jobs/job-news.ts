/**
 * That a job has changed, to whoever follows the jobs of its account, on whichever server it changed. Only a hint, and
 * it may come twice: who hears it reads the job.
 */
import { EventEmitter } from 'node:events'
import { sql } from 'kysely'
import type { Job } from '../../contract/jobs.ts'
import { lookWhenTold, type Notices } from '../database/notices.ts'
import type { OwnRows } from '../database/own-rows.ts'

export interface JobChange {
  readonly accountId: string
  readonly jobId: string
  readonly version: number
  readonly status: Job['status']
}

export interface JobNews {
  /** To be called after the commit. */
  tell(change: JobChange): void
  /** Calls back with changes of this account's jobs from now on. Returns what undoes it. */
  follow(accountId: string, listener: (change: JobChange) => void): () => void
  /**
   * Calls back when there may be a job to begin: `here` it was ordered on this server; otherwise another one has
   * changed some job. Returns what undoes it.
   */
  onWaiting(listener: (here: boolean) => void): () => void
  /** Resolves when nothing is being read any more. */
  close(): Promise<void>
}

/** What ended in the time between two looks is looked at once more; clocks and commits may lag by this much. Seconds. */
const LAG = 60

export function createJobNews(ownRows: OwnRows, notices: Notices, failed: (error: unknown) => void): JobNews {
  const followers = new EventEmitter<Record<string, [JobChange]>>().setMaxListeners(0)
  const waiting = new EventEmitter<{ waiting: [here: boolean] }>().setMaxListeners(0)
  /** By account that is followed: the newest version told of each job. */
  const told = new Map<string, Map<string, number>>()
  let lookedAt = performance.now()

  function pass(change: JobChange): void {
    const versions = told.get(change.accountId)
    if (!versions || (versions.get(change.jobId) ?? 0) >= change.version) return
    versions.set(change.jobId, change.version)
    followers.emit(change.accountId, change)
  }

  async function look(jobIds: readonly string[] | null): Promise<void> {
    const now = performance.now()
    const seconds = (now - lookedAt) / 1000 + LAG
    // Where nobody follows anything, whoever begins to reads first.
    const rows = told.size === 0 ? [] : await changesSince(seconds, jobIds)
    if (jobIds === null || told.size === 0) lookedAt = now
    for (const { id, account_id, version, status } of rows) {
      pass({ accountId: account_id, jobId: id, version, status })
    }
  }

  /** @param seconds how far back to look for what has finished; @param jobIds null: all jobs */
  const changesSince = (seconds: number, jobIds: readonly string[] | null) =>
    ownRows.rounds((tx) =>
      tx
        .selectFrom('jobs')
        .select(['id', 'account_id', 'version', 'status'])
        .where('account_id', 'in', [...told.keys()])
        .where((where) =>
          jobIds
            ? where('id', 'in', jobIds)
            : where.or([
                where('finished_at', 'is', null),
                where('finished_at', '>', sql<Date>`clock_timestamp() - make_interval(secs => ${seconds})`),
              ]),
        )
        .execute(),
    )

  const stopWaiting = notices.on('job', () => waiting.emit('waiting', false))
  const stopLooking = lookWhenTold(notices, 'job', look, failed)

  return {
    tell(change) {
      pass(change)
      notices.tell('job', change.jobId)
      if (change.status === 'queued') waiting.emit('waiting', true)
    },
    follow(accountId, listener) {
      followers.on(accountId, listener)
      if (!told.has(accountId)) told.set(accountId, new Map())
      return () => {
        followers.off(accountId, listener)
        if (followers.listenerCount(accountId) === 0) told.delete(accountId)
      }
    },
    onWaiting(listener) {
      waiting.on('waiting', listener)
      return () => waiting.off('waiting', listener)
    },
    close() {
      stopWaiting()
      return stopLooking()
    },
  }
}
