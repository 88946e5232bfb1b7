/** Work that takes a while: ordered once, done in the background, followed by a stream or a socket. */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import { Instant } from './model.ts'

/** Costs are in credits. */
export const JobOrder = z.discriminatedUnion('kind', [
  /** A CSV file with the columns `name` and `email`, and `role` if not all are learners. Staff only. */
  z.object({
    kind: z.literal('roster-import'),
    fileId: z.uuid(),
    course: z.string().trim().min(1).max(120),
  }),
  /** Who was when in which session of a course, as a CSV file in the library. Staff only. */
  z.object({ kind: z.literal('attendance-export'), course: z.string().trim().min(1).max(120) }),
  /** Length, peaks and loudness of a recording. */
  z.object({ kind: z.literal('audio-analysis'), fileId: z.uuid() }),
])
export type JobOrder = z.infer<typeof JobOrder>

export const JobResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('roster-import'),
    /** Of the enrolled, those who had no account; they cannot sign in until they are given a password. */
    created: z.int().min(0),
    enrolled: z.int().min(0),
    /** Were enrolled before. */
    known: z.int().min(0),
    /** Lines that were left out, and why; the first 100. */
    skipped: z.array(z.object({ line: z.int().min(1), problem: z.string() })).max(100),
    skippedCount: z.int().min(0),
  }),
  z.object({ kind: z.literal('attendance-export'), fileId: z.uuid(), rows: z.int().min(0) }),
  z.object({
    kind: z.literal('audio-analysis'),
    durationSeconds: z.number().min(0),
    sampleRate: z.int().min(1),
    channels: z.int().min(1),
    /** The largest sample of each of equally long stretches, 0 to 1. */
    peaks: z.array(z.number().min(0).max(1)).max(2000),
    /** dBFS; null for silence. */
    samplePeak: z.number().nullable(),
    /** Integrated loudness in LUFS (ITU-R BS.1770-4); null for silence. */
    loudness: z.number().nullable(),
    /** False: the recording breaks off, and this is of what could be read. */
    complete: z.boolean(),
  }),
])
export type JobResult = z.infer<typeof JobResult>

export const Job = z.object({
  id: z.uuid(),
  order: JobOrder,
  /** What it is about, for a person, such as the name of the file. */
  title: z.string(),
  status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  /** Grows by one with every change of this job; also the id of the event in its stream. */
  version: z.int().min(1),
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  /** What it does now, in a few plain words. */
  step: z.string(),
  cost: z.int().min(0),
  /** How often it was begun: more than once when a server stopped in the middle. */
  attempts: z.int().min(0),
  createdAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  result: JobResult.nullable(),
  /** Why it failed, in a plain sentence; null unless `failed`. */
  problem: z.string().nullable(),
})
export type Job = z.infer<typeof Job>

const ofJob = z.object({ jobId: z.uuid() })

export const jobEndpoints = {
  startJob: {
    method: 'POST',
    path: '/jobs',
    summary:
      'Order a job, at most once per Idempotency-Key. Its cost is spent now and given back if it fails.',
    params: nothing,
    query: nothing,
    body: JobOrder,
    response: Job,
    authenticated: true,
    repeat: 'keyed',
  },
  quoteJob: {
    method: 'POST',
    path: '/jobs/quote',
    summary: 'What a job would cost. Nothing is ordered.',
    params: nothing,
    query: nothing,
    body: JobOrder,
    response: z.object({ cost: z.int().min(0), balance: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
  listJobs: {
    method: 'GET',
    path: '/jobs',
    summary: 'Jobs of this account, newest first.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(Job).max(200) }),
    authenticated: true,
    repeat: 'safe',
  },
  getJob: {
    method: 'GET',
    path: '/jobs/:jobId',
    summary: 'One job of this account.',
    params: ofJob,
    query: nothing,
    body: z.undefined(),
    response: Job,
    authenticated: true,
    repeat: 'safe',
  },
  cancelJob: {
    method: 'POST',
    path: '/jobs/:jobId/cancel',
    summary: 'Stop a job. One that has finished stays as it is.',
    params: ofJob,
    query: nothing,
    body: z.undefined(),
    response: Job,
    authenticated: true,
    repeat: 'safe',
  },
} as const satisfies Record<string, Endpoint>
