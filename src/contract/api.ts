/**
 * Every HTTP endpoint a window may ask for, by name. The server registers its routes from this table, core checks
 * requests and answers against it, OpenAPI is generated from it. Endpoints that carry tokens are in credentials.ts.
 */
import { z } from 'zod'
import { ChatMessage, Instant, LiveSession, LiveSessionStatus, MessageText, Participant } from './model.ts'

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parameters as `:name`. */
  readonly path: `/${string}`
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** `z.undefined()` when there is none. */
  readonly body: z.ZodType
  readonly response: z.ZodType
  /** Whether the access token is required. */
  readonly authenticated: boolean
  /**
   * How often the same request may be sent: `safe` (RFC 9110 §9.2.1) any number of times; `keyed` when it
   * carries an Idempotency-Key; `once` never again by itself.
   */
  readonly repeat: 'safe' | 'keyed' | 'once'
  /**
   * Whether a good answer looks as if the data were gone (all zero after a restart of the server, say). It is then
   * asked for again, past every cache, before anybody sees it.
   */
  readonly suspicious?: (answer: never) => boolean
}

const nothing = z.object({})
const inSession = z.object({ sessionId: z.uuid() })

/** Present on every answer of a Lectern server; a captive portal's page has none. Its value is the bootId. */
export const BOOT_ID_HEADER = 'lectern-boot-id'
export const MAX_BODY_BYTES = 256 * 1024

export const Health = z.object({
  status: z.literal('ok'),
  /** New each time the server starts. */
  bootId: z.uuid(),
  time: Instant,
  version: z.string(),
})
export type Health = z.infer<typeof Health>

export const endpoints = {
  health: {
    method: 'GET',
    path: '/health',
    summary: 'Is this a Lectern server, and is it the same one as before?',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: Health,
    authenticated: false,
    repeat: 'safe',
  },
  listLiveSessions: {
    method: 'GET',
    path: '/live-sessions',
    summary: 'Live sessions this account may see, live first, then by planned start.',
    params: nothing,
    query: z.object({
      status: LiveSessionStatus.optional(),
      /** Matches title, course and host, whatever the case. */
      search: z.string().trim().max(100).optional(),
    }),
    body: z.undefined(),
    response: z.object({
      items: z.array(LiveSession).max(5000),
      /** Of all sessions this account may see, whatever the filter. */
      counts: z.object({ live: z.int(), upcoming: z.int(), ended: z.int() }),
    }),
    authenticated: true,
    repeat: 'safe',
    suspicious: ({ counts }: { counts: { live: number; upcoming: number; ended: number } }) =>
      counts.live + counts.upcoming + counts.ended === 0,
  },
  getLiveSession: {
    method: 'GET',
    path: '/live-sessions/:sessionId',
    summary: 'One live session.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: LiveSession,
    authenticated: true,
    repeat: 'safe',
  },
  joinLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/join',
    summary: 'Enter the room. Entering a room one is in already changes nothing.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ participant: Participant, session: LiveSession }),
    authenticated: true,
    repeat: 'safe',
  },
  leaveLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/leave',
    summary: 'Leave the room. Leaving a room one is not in is no error.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ left: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  heartbeat: {
    method: 'POST',
    path: '/live-sessions/:sessionId/heartbeat',
    summary: 'Still here. Due every 30 s; after 90 s without one a participant is taken out of the room.',
    params: inSession,
    query: nothing,
    body: z.object({ presence: z.enum(['here', 'away']) }),
    response: z.object({ participantCount: z.int().min(0), serverTime: Instant }),
    authenticated: true,
    repeat: 'safe',
  },
  listParticipants: {
    method: 'GET',
    path: '/live-sessions/:sessionId/participants',
    summary: 'People in the room now, each once, in order of arrival.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(Participant) }),
    authenticated: true,
    repeat: 'safe',
  },
  listMessages: {
    method: 'GET',
    path: '/live-sessions/:sessionId/messages',
    summary: 'Chat messages in order of seq: the last `limit` before `beforeSeq`, or the last of all.',
    params: inSession,
    query: z.object({
      beforeSeq: z.coerce.number().int().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    body: z.undefined(),
    response: z.object({ items: z.array(ChatMessage), hasMore: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  postMessage: {
    method: 'POST',
    path: '/live-sessions/:sessionId/messages',
    summary: 'Say something in the room, at most once per Idempotency-Key.',
    params: inSession,
    query: nothing,
    body: z.object({ text: MessageText }),
    response: ChatMessage,
    authenticated: true,
    repeat: 'keyed',
  },
  askAssistant: {
    method: 'POST',
    path: '/live-sessions/:sessionId/assistant/questions',
    summary: 'Ask about this session. The reply is read from the stream `assistantReply`.',
    params: inSession,
    query: nothing,
    body: z.object({ text: MessageText }),
    response: z.object({ replyId: z.uuid() }),
    authenticated: true,
    repeat: 'keyed',
  },
} as const satisfies Record<string, Endpoint>

export type EndpointName = keyof typeof endpoints
export type EndpointResponse<N extends EndpointName> = z.infer<(typeof endpoints)[N]['response']>
export type EndpointInput<N extends EndpointName> = {
  readonly params?: z.input<(typeof endpoints)[N]['params']>
  readonly query?: z.input<(typeof endpoints)[N]['query']>
  readonly body?: z.input<(typeof endpoints)[N]['body']>
}

/** RFC 9457. `code` is stable; `title` and `detail` are for people. */
export const ProblemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type ProblemDocument = z.infer<typeof ProblemDocument>
