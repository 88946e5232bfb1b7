/**
 * What every WebSocket of this server has in common: the first frame carries an access token, a new one is taken
 * in-band, the socket ends with its token or its sign-in, pings are answered, and a client that does not keep up is
 * dropped: it comes back and is told how things stand.
 */
import type { WebSocket } from 'ws'
import type { z } from 'zod'
import { parseJson } from '../../contract/json.ts'
import { ClientFrame } from '../../contract/credentials.ts'
import { CLOSE, type controlFrames } from '../../contract/frames.ts'
import type { AccessTokens } from '../sign-in/access-tokens.ts'
import type { Caller, TokenFamilies } from '../sign-in/token-families.ts'
import type { Places } from './places.ts'
import { Problem } from './problem.ts'

export interface SocketOptions {
  readonly families: TokenFamilies
  readonly accessTokens: AccessTokens
  readonly places: Places
  /** Milliseconds a client has for its first frame. */
  readonly helloTimeoutMs: number
  /** Something went wrong on this side. */
  readonly failed: (error: unknown) => void
}

type Hello = Extract<ClientFrame, { type: 'hello' }>
type ControlFrame = z.input<(typeof controlFrames)[number]>

/** A socket whose client has said who it is. */
export interface ServedSocket<F> {
  isOpen(): boolean
  send(frame: F | ControlFrame): void
  /** Of a frame that goes to many. */
  sendText(text: string): void
  /** Resolves when the client has taken it. */
  sendAtReadersPace(frame: F): Promise<void>
  /** Calls back when it is closed; at once if it is already. */
  onClose(listener: () => void): void
  /** Ends it with the close code that fits. */
  fail(error: unknown): void
}

/** A client this many bytes behind does not keep up. */
const MAX_BEHIND_BYTES = 1024 * 1024
/** RFC 6455 §7.4.1: going away, and internal error. */
const GOING_AWAY = 1001
const INTERNAL_ERROR = 1011
/** Try again later, in the registry of RFC 6455 §11.7. */
const TOO_MANY = 1013

/** Tells a socket of this server that the server stops; the close handshake follows. */
export function sayGoingAway(socket: WebSocket): void {
  const frame: ControlFrame = { type: 'going-away' }
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
  socket.close(GOING_AWAY, 'The server is restarting.')
}

/** @param begin answers `hello`; what it throws closes the socket */
export function serveSocket<F>(
  ws: WebSocket,
  { families, accessTokens, places, helloTimeoutMs, failed }: SocketOptions,
  begin: (hello: Hello, caller: Caller, socket: ServedSocket<F>) => Promise<void>,
): void {
  let caller: Caller | null = null
  let stopWatching = () => {}
  let authEnd: NodeJS.Timeout | undefined
  const whenClosed: (() => void)[] = []
  const helloDue = setTimeout(() => ws.close(CLOSE.helloTimeout, 'No hello.'), helloTimeoutMs)

  const isOpen = () => ws.readyState === ws.OPEN
  const socket: ServedSocket<F> = {
    isOpen,
    send: (frame) => socket.sendText(JSON.stringify(frame)),
    sendText(text) {
      if (!isOpen()) return
      if (ws.bufferedAmount > MAX_BEHIND_BYTES) ws.terminate()
      else ws.send(text)
    },
    sendAtReadersPace: (frame) => new Promise((resolve) => ws.send(JSON.stringify(frame), () => resolve())),
    onClose(listener) {
      if (ws.readyState === ws.CLOSED) listener()
      else whenClosed.push(listener)
    },
    fail(error) {
      if (error instanceof Problem && error.code === 'not-found')
        return ws.close(CLOSE.notFound, error.message)
      if (error instanceof Problem && error.code === 'forbidden')
        return ws.close(CLOSE.forbidden, error.message)
      failed(error)
      ws.close(INTERNAL_ERROR, 'Something went wrong on the server.')
    },
  }

  const endRevoked = () => {
    socket.send({
      type: 'revoked',
      message: 'This sign-in was ended. Your work is kept; sign in again to carry on.',
    })
    ws.close(CLOSE.revoked, 'Revoked.')
  }
  const refuseToken = () =>
    ws.close(CLOSE.unauthenticated, 'The access token is missing, expired or not ours.')

  async function authenticate(accessToken: string): Promise<Caller | null> {
    const claims = await accessTokens.verify(accessToken)
    if (!claims || !isOpen()) return null
    // Before the token is accepted, so that no revocation falls between.
    stopWatching()
    stopWatching = families.watch(claims.familyId, endRevoked)
    return families.callerOf(claims)
  }

  const closeWhenTokenEnds = ({ accessExpiresAt }: Caller) => {
    clearTimeout(authEnd)
    if (!isOpen()) return
    authEnd = setTimeout(refuseToken, Math.max(0, accessExpiresAt.getTime() - Date.now()))
  }

  async function hello(frame: Hello): Promise<void> {
    clearTimeout(helloDue)
    caller = await authenticate(frame.accessToken)
    if (!caller) return refuseToken()
    const giveBack = places.take(caller.account.id)
    if (!giveBack) return ws.close(TOO_MANY, 'This account has too many sockets and streams open.')
    socket.onClose(giveBack)
    closeWhenTokenEnds(caller)
    await begin(frame, caller, socket)
  }

  async function reauth(accessToken: string, before: Caller): Promise<void> {
    const next = await authenticate(accessToken)
    if (!next || next.account.id !== before.account.id) return refuseToken()
    caller = next
    closeWhenTokenEnds(next)
    socket.send({ type: 'reauth-ok', authExpiresAt: next.accessExpiresAt.toISOString() })
  }

  async function receive(text: string): Promise<void> {
    if (!isOpen()) return
    const frame = parseJson(ClientFrame, text)
    if (!frame || (frame.type === 'hello') !== (caller === null)) {
      return ws.close(CLOSE.badFrame, 'A frame that is not in the contract.')
    }
    if (frame.type === 'hello') return hello(frame)
    if (frame.type === 'reauth' && caller) return reauth(frame.accessToken, caller)
    if (frame.type === 'ping') socket.send({ type: 'pong', id: frame.id })
  }

  // Frames are answered in the order they came, however long one takes; none is read before the last is answered, or
  // whoever sends faster than that would fill the memory.
  let line = Promise.resolve()
  let inLine = 0
  ws.on('message', (data, isBinary) => {
    const text = isBinary ? '' : data.toString()
    inLine++
    ws.pause()
    line = line
      .then(() => receive(text))
      .catch(socket.fail)
      .then(() => {
        if (--inLine === 0) ws.resume()
      })
  })
  ws.on('close', () => {
    clearTimeout(helloDue)
    clearTimeout(authEnd)
    stopWatching()
    for (const listener of whenClosed) listener()
  })
}
