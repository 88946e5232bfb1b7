/** Frames a room's WebSocket sends to the client. JSON text, one frame a message, 64 KiB at most. */
import { z } from 'zod'
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

export const ServerFrame = z.discriminatedUnion('type', [
  /** The answer to `hello`. Events after the client's cursor follow; `seq` is the last of them. */
  z.object({
    type: z.literal('welcome'),
    bootId: z.uuid(),
    seq: z.int().min(0),
    session: LiveSession,
    participants: z.array(Participant),
    /** When this socket's token expires; a `reauth` frame is due before. */
    authExpiresAt: Instant,
    /** `reconnect`: this server takes no new token in-band; a second socket has to be opened in time. */
    reauth: z.enum(['in-band', 'reconnect']).default('in-band'),
  }),
  z.object({ type: z.literal('event'), seq: z.int().min(1), event: RoomEvent }),
  z.object({ type: z.literal('reauth-ok'), authExpiresAt: Instant }),
  z.object({ type: z.literal('pong'), id: z.int().min(0) }),
  /** The account's session was ended by an administrator, a sign-out or a detected theft. */
  z.object({ type: z.literal('revoked'), message: z.string() }),
  /** The server is about to stop: come back in a moment. */
  z.object({ type: z.literal('going-away') }),
])
export type ServerFrame = z.infer<typeof ServerFrame>

/** Close codes of the room's WebSocket (private range of RFC 6455 §7.4.2). */
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
