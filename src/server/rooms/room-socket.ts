/**
 * A room's WebSocket: hello, welcome, what was missed, then what happens.
 *
 * Each socket has a cursor and sends only the event after it. It follows the log from before it reads what was
 * missed, so nothing falls between the two; an event it has already passed is dropped, one that leaves a gap sends
 * it back to the log. A client that reads too slowly is dropped, and comes back with its cursor.
 */
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { ClientFrame } from '../../contract/credentials.ts'
import { CLOSE, type ServerFrame } from '../../contract/frames.ts'
import type { AccessTokens } from '../sign-in/access-tokens.ts'
import { readParticipants } from './attendance.ts'
import { readLiveSession } from './live-sessions.ts'
import { Problem } from '../http/problem.ts'
import type { RoomLog, StoredEvent } from './room-log.ts'
import type { Db } from '../database/schema.ts'
import type { Caller, TokenFamilies } from '../sign-in/token-families.ts'

export interface RoomSocketParts {
  readonly db: Db
  readonly log: RoomLog
  readonly families: TokenFamilies
  readonly accessTokens: AccessTokens
  readonly bootId: string
  /** Milliseconds a client has for its first frame. */
  readonly helloTimeoutMs: number
  /** Something went wrong on this side. */
  readonly failed: (error: unknown) => void
}

/** A client this many bytes behind does not keep up. */
const MAX_BEHIND_BYTES = 1024 * 1024
const PAGE = 200
/** RFC 6455 §7.4.1: going away, and internal error. */
const GOING_AWAY = 1001
const INTERNAL_ERROR = 1011

const textOf = (frame: ServerFrame) => JSON.stringify(frame)

/** Tells a socket of this server that the server stops; the close handshake follows. */
export function sayGoingAway(socket: WebSocket): void {
  if (socket.readyState === socket.OPEN) socket.send(textOf({ type: 'going-away' }))
  socket.close(GOING_AWAY, 'The server is restarting.')
}

export function serveRoomSocket(socket: WebSocket, sessionId: string, parts: RoomSocketParts): void {
  const { db, log, families, accessTokens, bootId, helloTimeoutMs, failed } = parts

  let caller: Caller | null = null
  /** The family of the token last shown; known before the token is accepted, so that no revocation is missed. */
  let familyId: string | null = null
  let following: (() => void) | null = null
  let authEnd: NodeJS.Timeout | undefined
  const helloDue = setTimeout(() => socket.close(CLOSE.helloTimeout, 'No hello.'), helloTimeoutMs)

  const stopListening = families.onRevoked((revoked) => {
    if (revoked === familyId) endRevoked()
  })

  const send = (frame: ServerFrame) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MAX_BEHIND_BYTES) socket.terminate()
    else socket.send(textOf(frame))
  }

  const endRevoked = () => {
    send({
      type: 'revoked',
      message: 'This sign-in was ended. Your work is kept; sign in again to carry on.',
    })
    socket.close(CLOSE.revoked, 'Revoked.')
  }

  const refuseToken = () =>
    socket.close(CLOSE.unauthenticated, 'The access token is missing, expired or not ours.')

  async function authenticate(accessToken: string): Promise<Caller | null> {
    const claims = await accessTokens.verify(accessToken)
    if (!claims) return null
    familyId = claims.familyId
    return families.callerOf(claims)
  }

  const closeWhenTokenEnds = ({ accessExpiresAt }: Caller) => {
    clearTimeout(authEnd)
    if (socket.readyState !== socket.OPEN) return
    authEnd = setTimeout(refuseToken, Math.max(0, accessExpiresAt.getTime() - Date.now()))
  }

  async function hello(frame: Extract<ClientFrame, { type: 'hello' }>): Promise<void> {
    clearTimeout(helloDue)
    caller = await authenticate(frame.accessToken)
    if (!caller) return refuseToken()
    if (!z.uuid().safeParse(sessionId).success) return socket.close(CLOSE.notFound, 'No such live session.')

    const feed = createFeed(socket, (seq) => log.after(sessionId, seq, PAGE), send, broken)
    following = log.follow(sessionId, feed.heard)
    if (socket.readyState !== socket.OPEN) return following()
    const { account, accessExpiresAt } = caller
    // One snapshot: the people and the session are as they were after the event `seq`.
    const { session, lastSeq, participants } = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => ({
        ...(await readLiveSession(tx, sessionId, account)),
        participants: await readParticipants(tx, sessionId),
      }))
    send({
      type: 'welcome',
      bootId,
      seq: lastSeq,
      session,
      participants,
      authExpiresAt: accessExpiresAt.toISOString(),
      reauth: 'in-band',
    })
    closeWhenTokenEnds(caller)
    // A cursor ahead of the log comes from before a restored backup; the client follows the welcome.
    feed.start(Math.min(frame.afterSeq ?? lastSeq, lastSeq), lastSeq)
  }

  async function reauth(accessToken: string, before: Caller): Promise<void> {
    const next = await authenticate(accessToken)
    if (!next || next.account.id !== before.account.id) return refuseToken()
    caller = next
    closeWhenTokenEnds(next)
    send({ type: 'reauth-ok', authExpiresAt: next.accessExpiresAt.toISOString() })
  }

  async function receive(text: string): Promise<void> {
    if (socket.readyState !== socket.OPEN) return
    const frame = parseFrame(text)
    if (!frame || (frame.type === 'hello') !== (caller === null)) {
      return socket.close(CLOSE.badFrame, 'A frame that is not in the contract.')
    }
    if (frame.type === 'hello') return hello(frame)
    if (frame.type === 'reauth' && caller) return reauth(frame.accessToken, caller)
    if (frame.type === 'ping') send({ type: 'pong', id: frame.id })
  }

  const broken = (error: unknown) => {
    if (error instanceof Problem && error.code === 'not-found')
      return socket.close(CLOSE.notFound, error.message)
    if (error instanceof Problem && error.code === 'forbidden')
      return socket.close(CLOSE.forbidden, error.message)
    failed(error)
    socket.close(INTERNAL_ERROR, 'Something went wrong on the server.')
  }

  // Frames are answered in the order they came, however long one takes.
  let line = Promise.resolve()
  socket.on('message', (data, isBinary) => {
    const text = isBinary ? '' : data.toString()
    line = line.then(() => receive(text)).catch(broken)
  })
  socket.on('close', () => {
    clearTimeout(helloDue)
    clearTimeout(authEnd)
    stopListening()
    following?.()
  })
}

interface Feed {
  /** The log has one more event. */
  heard(stored: StoredEvent): void
  /** @param cursor the last event the client has; @param known the last one there is */
  start(cursor: number, known: number): void
}

function createFeed(
  socket: WebSocket,
  read: (afterSeq: number) => Promise<StoredEvent[]>,
  send: (frame: ServerFrame) => void,
  broken: (error: unknown) => void,
): Feed {
  /** Null until the client's cursor is known. */
  let cursor: number | null = null
  let latest = 0
  let catchingUp = false

  const sendAtReadersPace = (frame: ServerFrame) =>
    new Promise<void>((resolve) => socket.send(textOf(frame), () => resolve()))

  async function catchUp(): Promise<void> {
    if (catchingUp) return
    catchingUp = true
    try {
      while (cursor !== null && cursor < latest) {
        for (const { seq, event } of await read(cursor)) {
          if (socket.readyState !== socket.OPEN) return
          await sendAtReadersPace({ type: 'event', seq, event })
          cursor = seq
        }
      }
    } finally {
      catchingUp = false
    }
  }

  return {
    heard({ seq, event }) {
      latest = Math.max(latest, seq)
      if (cursor === null || catchingUp || seq <= cursor) return
      if (seq === cursor + 1) {
        send({ type: 'event', seq, event })
        cursor = seq
      } else {
        catchUp().catch(broken)
      }
    },
    start(from, known) {
      cursor = from
      latest = Math.max(latest, known)
      catchUp().catch(broken)
    },
  }
}

function parseFrame(text: string): ClientFrame | null {
  try {
    const parsed = ClientFrame.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
