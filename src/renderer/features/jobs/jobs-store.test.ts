import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Job } from '../../../contract/jobs.ts'
import { fail, succeed, type Failure, type Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { createJobsStore, runningCount } from './jobs-store.ts'

let made = 0
const jobLike = (more: Partial<Job> = {}): Job => ({
  id: crypto.randomUUID(),
  order: { kind: 'attendance-export', course: 'CHEM 232' },
  title: 'CHEM 232',
  status: 'running',
  version: 2,
  progress: 0,
  step: 'Starting',
  cost: 0,
  attempts: 1,
  createdAt: new Date(Date.UTC(2026, 10, 21, 8, 0, made++)).toISOString(),
  startedAt: null,
  finishedAt: null,
  result: null,
  problem: null,
  ...more,
})
const next = (job: Job, more: Partial<Job>): Job => ({ ...job, version: job.version + 1, ...more })

interface Stream {
  readonly jobId: string
  readonly afterId: number
  stopped: boolean
  tell(job: Job): void
  end(failure?: Failure): void
}

/** A server that answers when the test says so. */
function startServer() {
  const asked: {
    endpoint: string
    input: { idempotencyKey?: string }
    answer: (result: Result<unknown>) => void
  }[] = []
  const streams: Stream[] = []
  const ended: Job[] = []
  let spent = 0
  const client = {
    call: (endpoint: string, input: object) =>
      new Promise((answer) => asked.push({ endpoint, input, answer })),
    followStream(
      { params, afterId }: { params: { jobId: string }; afterId: number },
      listeners: { event(event: unknown, id: number): void; ended(failure: Failure | null): void },
    ) {
      const stream: Stream = {
        jobId: params.jobId,
        afterId,
        stopped: false,
        tell: (job) => listeners.event({ type: 'progress', job }, job.version),
        end: (failure) => listeners.ended(failure ?? null),
      }
      streams.push(stream)
      return () => (stream.stopped = true)
    },
  }
  const store = createJobsStore({
    client: client as unknown as SessionClient,
    ended: (job) => ended.push(job),
    spent: () => (spent += 1),
  })
  return {
    store,
    asked,
    streams,
    ended,
    spent: () => spent,
    state: () => store.getState(),
    async list(...items: Job[]) {
      const refreshing = store.getState().refresh()
      asked.at(-1)?.answer(succeed({ items }))
      await refreshing
    },
  }
}

let server: ReturnType<typeof startServer>
beforeEach(() => {
  server = startServer()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what is not finished is followed from where the list leaves off', async () => {
  const done = jobLike({ status: 'done', version: 9 })
  const running = jobLike({ version: 4 })
  await server.list(running, done)
  expect(server.streams).toMatchObject([{ jobId: running.id, afterId: 4 }])
  server.streams[0]?.tell(next(running, { progress: 0.5 }))
  expect(server.state().jobs?.[0]?.progress).toBe(0.5)
  expect(runningCount(server.state())).toBe(1)
})

test('an older word about a job does not replace a newer one', async () => {
  const running = jobLike({ version: 4, progress: 0.4 })
  await server.list(running)
  server.streams[0]?.tell({ ...running, version: 3, progress: 0.3 })
  expect(server.state().jobs?.[0]?.progress).toBe(0.4)
})

test('the end of a job is told once, and not of one that was over when it was first seen', async () => {
  const running = jobLike()
  await server.list(running, jobLike({ status: 'failed' }))
  const done = next(running, { status: 'done', progress: 1 })
  server.streams[0]?.tell(done)
  server.streams[0]?.end()
  await server.list(done)
  expect(server.ended).toEqual([done])
})

test('credits are looked at again when a job that cost some ends without a result', async () => {
  const running = jobLike({ cost: 3 })
  await server.list(running)
  server.streams[0]?.tell(next(running, { status: 'failed', problem: 'No.' }))
  expect(server.spent()).toBe(1)
})

test('a job whose stream does not work is asked for every few seconds instead', async () => {
  vi.useFakeTimers()
  const running = jobLike()
  await server.list(running)
  server.streams[0]?.end(fail('server-unavailable', 'No streams today.').failure)
  await vi.advanceTimersByTimeAsync(5000)
  expect(server.asked.at(-1)?.endpoint).toBe('getJob')
  server.asked.at(-1)?.answer(fail('timeout', 'No answer.'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(server.asked.filter(({ endpoint }) => endpoint === 'getJob')).toHaveLength(2)
  server.asked.at(-1)?.answer(succeed(next(running, { status: 'done' })))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.state().jobs?.[0]?.status).toBe('done')
  expect(server.asked.filter(({ endpoint }) => endpoint === 'getJob')).toHaveLength(2)
})

test('many jobs are followed a few at a time, the oldest first', async () => {
  const many = Array.from({ length: 40 }, () => jobLike()).toReversed()
  await server.list(...many)
  expect(server.streams).toHaveLength(25)
  const [first] = server.streams
  expect(first?.jobId).toBe(many.at(-1)?.id)
  first?.tell(next(many.at(-1) as Job, { status: 'done' }))
  first?.end()
  expect(server.streams).toHaveLength(26)
})

test('an order whose answer was lost is the same order when it is repeated', async () => {
  const order = { kind: 'attendance-export', course: 'CHEM 232' } as const
  const first = server.state().order(order)
  server.asked[0]?.answer(fail('timeout', 'No answer.', { retryable: true }))
  await first
  const second = server.state().order(order)
  server.asked[1]?.answer(succeed(jobLike({ status: 'queued', version: 1, cost: 2 })))
  await second
  expect(server.asked[1]?.input.idempotencyKey).toBe(server.asked[0]?.input.idempotencyKey)
  expect(server.state().jobs).toHaveLength(1)
  expect(server.spent()).toBe(1)
  void server.state().order(order)
  expect(server.asked[2]?.input.idempotencyKey).not.toBe(server.asked[0]?.input.idempotencyKey)
})

test('a job ordered while the list was on its way stays', async () => {
  const refreshing = server.state().refresh()
  const ordering = server.state().order({ kind: 'attendance-export', course: 'CHEM 232' })
  server.asked[1]?.answer(succeed(jobLike({ status: 'queued', version: 1 })))
  await ordering
  server.asked[0]?.answer(succeed({ items: [] }))
  await refreshing
  expect(server.state().jobs).toHaveLength(1)
})

test('what the server has forgotten goes, also when that was the last of all', async () => {
  const [older, newer] = [jobLike({ status: 'done' }), jobLike()]
  await server.list(newer, older)
  await server.list(newer)
  expect(server.state().jobs).toEqual([newer])
  await server.list()
  expect(server.state().jobs).toEqual([])
  expect(server.streams[0]?.stopped).toBe(true)
})

test('a failed refresh leaves the jobs that were there', async () => {
  await server.list(jobLike({ status: 'done' }))
  const refreshing = server.state().refresh()
  server.asked.at(-1)?.answer(fail('offline', 'The server cannot be reached.'))
  await refreshing
  expect(server.state().jobs).toHaveLength(1)
  expect(server.state().failure?.code).toBe('offline')
})

test('how long a job takes is reckoned anew when it is begun again', async () => {
  const running = jobLike({ progress: 0.4 })
  await server.list(running)
  const since = server.state().paces[running.id]?.since
  vi.useFakeTimers({ now: 0 })
  vi.advanceTimersByTime(5000)
  server.streams[0]?.tell(next(running, { progress: 0.5, attempts: 2 }))
  expect(server.state().paces[running.id]).toMatchObject({ left: null, done: 0 })
  expect(server.state().paces[running.id]?.since).not.toBe(since)
})

test('whoever signs in next finds nothing', async () => {
  await server.list(jobLike())
  const refreshing = server.state().refresh()
  server.state().forget()
  server.asked.at(-1)?.answer(succeed({ items: [jobLike()] }))
  await refreshing
  expect(server.streams[0]?.stopped).toBe(true)
  expect(server.state()).toMatchObject({ jobs: null, loading: false })
})
