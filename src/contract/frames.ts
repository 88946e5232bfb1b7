/** Frames a room's WebSocket sends to the client. JSON text, one frame a message, 64 KiB at most. */
import { z } from 'zod'
import { Job } from './jobs.ts'
import { ChatMessage, Instant, LiveSession, Participant } from './model.ts'

export const MAX_FRAME_BYTES = 64 * 1024

/** Where a room's WebSocket is opened. The token goes into the first frame, never into the address. */
export const roomSocketPath = (sessionId: string) => `/live-sessions/${sessionId}/events` as const

/** Something that happened in a room, in the order it happened. */
export const RoomEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message-posted'), message: ChatMessage }),
  z.object({ type: z.literal('participant-joined'), participant: Participant }),
  z.object({ type: z.literal('participant-changed'), participant: Participant }),
  z.object({ type: z.literal('participant-left'), accountId: z.uuid() }),
  z.object({ type: z.literal('session-changed'), session: LiveSession }),
])
export type RoomEvent = z.infer<typeof RoomEvent>

/** Frames that every WebSocket of the server may send. */
export const controlFrames = [
  z.object({ type: z.literal('reauth-ok'), authExpiresAt: Instant }),
  z.object({ type: z.literal('pong'), id: z.int().min(0) }),
  /** The account's session was ended by an administrator, a sign-out or a detected theft. */
  z.object({ type: z.literal('revoked'), message: z.string() }),
  /** The server is about to stop: come back in a moment. */
  z.object({ type: z.literal('going-away') }),
] as const

export const ServerFrame = z.discriminatedUnion('type', [
  /** The answer to `hello`. Events after the client's cursor follow; `seq` is the last of them. */
  z.object({
    type: z.literal('welcome'),
    bootId: z.uuid(),
    seq: z.int().min(0),
    session: LiveSession,
    /** In order of arrival; all of them, or as many as fit into this frame. */
    participants: z.array(Participant),
    /** When this socket's token expires; a `reauth` frame is due before. */
    authExpiresAt: Instant,
    /** `reconnect`: this server takes no new token in-band; a second socket has to be opened in time. */
    reauth: z.enum(['in-band', 'reconnect']).default('in-band'),
  }),
  /**
   * The rest of the people in the room, as of the welcome's `seq`; none when `welcome` named everybody. As many of these
   * as it takes follow `welcome` at once, before the first `event`.
   */
  z.object({ type: z.literal('participants'), participants: z.array(Participant) }),
  z.object({ type: z.literal('event'), seq: z.int().min(1), event: RoomEvent }),
  ...controlFrames,
])
export type ServerFrame = z.infer<typeof ServerFrame>

/** Where the WebSocket that tells of this account's jobs is opened. */
export const JOBS_SOCKET_PATH = '/jobs/socket'

/**
 * Frames of the jobs' WebSocket. Every `job` frame carries the whole job, so nothing has to be replayed: `welcome` says
 * how everything stands, newest first (what does not fit into this frame follows at once as `job` frames), and a `job`
 * whose `version` is not newer than what is known is dropped. `hello.afterSeq` is null.
 */
export const JobsFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), bootId: z.uuid(), jobs: z.array(Job), authExpiresAt: Instant }),
  z.object({ type: z.literal('job'), job: Job }),
  ...controlFrames,
])
export type JobsFrame = z.infer<typeof JobsFrame>

/** Close codes of the WebSockets (private range of RFC 6455 §7.4.2). */
export const CLOSE = {
  /** A frame that is not in this contract. */
  badFrame: 4400,
  /** The token is missing, expired or not ours: refresh, then open again. */
  unauthenticated: 4401,
  /** This account may not be in this room. */
  forbidden: 4403,
  /** No such live session. */
  notFound: 4404,
  /** No `hello` within 10 s. */
  helloTimeout: 4408,
  /** The session of this account was ended for good. */
  revoked: 4410,
} as const
