/**
 * Answers that come piece by piece, as server-sent events (HTML Standard §9.2). Every event has an `id`: 1, 2, 3 and so
 * on without a gap, so that `Last-Event-ID` resumes exactly there; `data` is JSON of the endpoint's `event` schema.
 * A comment line comes at least every 15 s. A stream that stops without its last event was cut.
 */
import { z } from 'zod'
import { Job } from './jobs.ts'
import { lifetimes } from './lifetimes.ts'

export interface StreamEndpoint {
  /** Parameters as `:name`; always GET and authenticated. */
  readonly path: `/${string}`
  readonly summary: string
  readonly params: z.ZodObject
  readonly event: z.ZodType<{ type: string }>
  /** The `type` of the event that ends the stream. */
  readonly last: string
}

/** Comment lines come this often at least; twice this without a byte means that the stream is dead. Seconds. */
export const STREAM_KEEPALIVE = lifetimes.streamKeepalive

const AssistantEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(10_000) }),
  z.object({ type: z.literal('done') }),
])
export type AssistantEvent = z.infer<typeof AssistantEvent>

const JobEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), job: Job }),
  z.object({ type: z.literal('finished'), job: Job }),
])
export type JobEvent = z.infer<typeof JobEvent>

export const streamEndpoints = {
  /** The reply to a question asked by `askAssistant`. */
  assistantReply: {
    path: '/live-sessions/:sessionId/assistant/replies/:replyId',
    summary: 'What the assistant answers, piece by piece.',
    params: z.object({ sessionId: z.uuid(), replyId: z.uuid() }),
    event: AssistantEvent,
    last: 'done',
  },
  /** A job from its order to its end; `id` of each event is the job's version. */
  jobProgress: {
    path: '/jobs/:jobId/events',
    summary: 'A job as it goes on.',
    params: z.object({ jobId: z.uuid() }),
    event: JobEvent,
    last: 'finished',
  },
} as const satisfies Record<string, StreamEndpoint>

export type StreamName = keyof typeof streamEndpoints
export type StreamEvent<S extends StreamName> = z.infer<(typeof streamEndpoints)[S]['event']>
