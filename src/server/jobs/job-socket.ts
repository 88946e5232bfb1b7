/**
 * The WebSocket that tells an account of its jobs: how all of them stand, then each that changes. A frame carries the
 * whole job, so a client that is told of two changes at once has missed nothing.
 */
import type { WebSocket } from 'ws'
import { MAX_FRAME_BYTES, type JobsFrame } from '../../contract/frames.ts'
import type { Job } from '../../contract/jobs.ts'
import { serveSocket, type SocketOptions } from '../http/sockets.ts'
import type { JobLog } from './job-log.ts'
import type { JobNews } from './job-news.ts'

export interface JobSocketOptions extends SocketOptions {
  readonly log: JobLog
  readonly news: JobNews
  readonly bootId: string
}

/** Beside the jobs a welcome has less than this. */
const REST_OF_WELCOME_BYTES = 1024

export function serveJobSocket(ws: WebSocket, options: JobSocketOptions): void {
  const { log, news, bootId } = options

  serveSocket<JobsFrame>(ws, options, async (_hello, { account, accessExpiresAt }, socket) => {
    const changed = new Set<string>()
    const told = new Map<string, number>()
    /** Nothing comes before the welcome. */
    let telling = true

    async function tell(): Promise<void> {
      for (const jobId of changed) {
        changed.delete(jobId)
        const job = await log.find(account.id, jobId)
        if (!socket.isOpen()) return
        if (!job || job.version <= (told.get(jobId) ?? 0)) continue
        told.set(jobId, job.version)
        await socket.sendAtReadersPace({ type: 'job', job })
      }
    }
    function tellSoon(): void {
      if (telling) return
      telling = true
      tell()
        .finally(() => (telling = false))
        .catch(socket.fail)
    }

    // From before the jobs are read, so that no change falls between.
    socket.onClose(
      news.follow(account.id, ({ jobId, version }) => {
        if (version <= (told.get(jobId) ?? 0)) return
        changed.add(jobId)
        tellSoon()
      }),
    )
    const jobs = await log.list(account.id)
    for (const { id, version } of jobs) told.set(id, version)
    const [first, rest] = fitting(jobs, MAX_FRAME_BYTES - REST_OF_WELCOME_BYTES)
    const authExpiresAt = accessExpiresAt.toISOString()
    socket.send({ type: 'welcome', bootId, jobs: first, authExpiresAt })
    for (const job of rest) {
      if (!socket.isOpen()) return
      await socket.sendAtReadersPace({ type: 'job', job })
    }
    telling = false
    if (changed.size > 0) tellSoon()
  })
}

/** As many of the first as fit into so many bytes of JSON, and the others. */
function fitting(jobs: readonly Job[], bytes: number): [Job[], Job[]] {
  let left = bytes
  const end = jobs.findIndex((job) => (left -= Buffer.byteLength(JSON.stringify(job)) + 1) < 0)
  const count = end === -1 ? jobs.length : end
  return [jobs.slice(0, count), jobs.slice(count)]
}
