/** Work that takes a while: ordered over HTTP, done in the background, followed by a stream or a WebSocket. */
import type { WebSocket } from 'ws'
import type { jobEndpoints, JobOrder } from '../../contract/jobs.ts'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { Account } from '../../contract/model.ts'
import type { JobEvent, streamEndpoints } from '../../contract/streams.ts'
import type { Credits } from '../credits/credits.ts'
import type { Notices } from '../database/notices.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { Db } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import type { SocketOptions } from '../http/sockets.ts'
import type { StreamHandlers } from '../http/streams.ts'
import type { Library } from '../library/library.ts'
import type { Metrics } from '../metrics.ts'
import { analyseRecording, type Analyse } from './recording-analysis.ts'
import { exportAttendance } from './attendance-export.ts'
import { createJobLog, type NewJob } from './job-log.ts'
import { createJobNews } from './job-news.ts'
import { priceOrder } from './job-orders.ts'
import { createJobQueue } from './job-queue.ts'
import { createJobRunner } from './job-runner.ts'
import { serveJobSocket } from './job-socket.ts'
import { importRoster } from './roster-import.ts'

export interface Jobs {
  readonly handlers: Handlers<typeof jobEndpoints>
  readonly streams: StreamHandlers<Pick<typeof streamEndpoints, 'jobProgress'>>
  serveSocket(ws: WebSocket, options: SocketOptions & { readonly bootId: string }): void
  /** From now on this server does jobs, also those that another one has left. */
  begin(): void
  /** Deletes jobs that finished longer ago than `lifetimes.finishedJob`. Returns how many. */
  forgetFinished(): Promise<number>
  /** What is being done is given back to whoever takes over. Before the database and the library close. */
  close(): Promise<void>
}

export interface JobsParts {
  readonly db: Db
  readonly ownRows: OwnRows
  readonly notices: Notices
  readonly credits: Credits
  readonly library: Library
  readonly analyse: Analyse
  readonly metrics: Pick<Metrics, 'jobFinished'>
  readonly failed: (error: unknown) => void
}

/** Without a word from its worker for this long, a job is begun again. */
const SILENCE_MS = 10_000
const PAGE = 200

const noSuchJob = () => new Problem('not-found', 'There is no such job.')

export function createJobs({
  db,
  ownRows,
  notices,
  credits,
  library,
  analyse,
  metrics,
  failed,
}: JobsParts): Jobs {
  const news = createJobNews(ownRows, notices, failed)
  const log = createJobLog({ ownRows, credits, news, metrics })
  const runner = createJobRunner({
    queue: createJobQueue({ log, ownRows, silenceMs: SILENCE_MS }),
    news,
    renewMs: SILENCE_MS / 3,
    failed,
    workers: {
      'roster-import': importRoster({ library }),
      'attendance-export': exportAttendance({ db, library }),
      'audio-analysis': analyseRecording({ library, analyse }),
    },
  })

  async function* tell(
    accountId: string,
    jobId: string,
    lastId: number,
    signal: AbortSignal,
  ): AsyncGenerator<{ id: number; event: JobEvent }> {
    let changed = false
    let wake = () => {}
    const unfollow = news.follow(accountId, (change) => {
      if (change.jobId !== jobId) return
      changed = true
      wake()
    })
    signal.addEventListener('abort', () => wake())
    try {
      for (let id = lastId; !signal.aborted;) {
        changed = false
        const events = await log.after(accountId, jobId, id, PAGE)
        for (const stored of events) {
          yield stored
          if (stored.event.type === 'finished') return
          id = stored.id
        }
        if (events.length > 0) continue
        await new Promise<void>((resolve) => {
          if (changed || signal.aborted) resolve()
          else wake = resolve
        })
      }
    } finally {
      unfollow()
    }
  }

  /** What was ordered already is not looked at again: its file may be gone, and it stays what it was. */
  async function orderOnce(order: JobOrder, account: Account, idempotencyKey: string) {
    const known = await log.orderedWith(account.id, idempotencyKey)
    if (known) return known
    const priced: Omit<NewJob, 'order' | 'idempotencyKey'> = await priceOrder(order, account, library)
    return log.order(account.id, { order, idempotencyKey, ...priced })
  }

  return {
    handlers: {
      startJob: ({ body, caller, idempotencyKey }) => orderOnce(body, caller.account, idempotencyKey),

      async quoteJob({ body, caller: { account } }) {
        const { cost } = await priceOrder(body, account, library)
        const balance = await ownRows.of(account.id, (tx) => credits.balanceOf(tx, account.id))
        return { cost, balance }
      },

      listJobs: async ({ caller }) => ({ items: await log.list(caller.account.id) }),

      async getJob({ params, caller }) {
        const job = await log.find(caller.account.id, params.jobId)
        if (!job) throw noSuchJob()
        return job
      },

      async cancelJob({ params, caller }) {
        const job = await log.cancel(caller.account.id, params.jobId)
        if (!job) throw noSuchJob()
        return job
      },
    },

    streams: {
      async jobProgress({ params: { jobId }, caller: { account }, lastId }) {
        const job = await log.find(account.id, jobId)
        if (!job) throw noSuchJob()
        if (lastId > job.version) {
          throw new Problem('invalid-request', 'Last-Event-ID names an event that this job does not have.')
        }
        if (job.finishedAt !== null && lastId === job.version) return null
        return (signal) => tell(account.id, jobId, lastId, signal)
      },
    },

    serveSocket: (ws, options) => serveJobSocket(ws, { ...options, log, news }),
    begin: runner.begin,
    forgetFinished: () => log.forgetFinished(new Date(Date.now() - lifetimes.finishedJob * 1000)),

    async close() {
      await runner.close()
      await news.close()
    },
  }
}
