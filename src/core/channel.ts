/**
 * One room's WebSocket, kept open for hours: a renewed token goes in in-band, a lost connection is opened again
 * after the last event seen, a half-open one is found by a ping and replaced. Whoever listens gets each event once
 * and in order, and never learns that there was more than one socket.
 */
import type { ClientFrame } from '../contract/credentials.ts'
import { CLOSE, MAX_FRAME_BYTES, roomSocketPath, ServerFrame, type RoomEvent } from '../contract/frames.ts'
import { timing } from '../contract/settings.ts'
import { backoff } from './backoff.ts'
import { parseJson } from './json.ts'
import type { Clock, Random, Socket, SocketClient, Timer } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { Recorder } from './timeline.ts'

export type Welcome = Extract<ServerFrame, { type: 'welcome' }>

export interface ChannelListeners {
  /** The server's view of the room. The events missed since the cursor follow. */
  welcome(frame: Welcome): void
  event(seq: number, event: RoomEvent): void
  /** The connection is gone and being opened again; what is shown may be old. */
  lost(): void
  /** The server will not have this account in this room. The channel is closed for good. */
  refused(code: number): void
  /** The server says that it ended the account's session. Ask the refresh endpoint, whose word counts. */
  revoked(): void
  /** The socket died without a reason of ours: look whether the server can be reached at all. */
  suspect(): void
}

export interface ChannelPorts {
  readonly clock: Clock
  readonly random: Random
  readonly sockets: SocketClient
  readonly record: Recorder
  readonly tokens: Tokens
  readonly path: Path
  readonly serverUrl: () => string
}

export interface Channel {
  /** Opens the socket if there is none, and keeps one open from now on. */
  open(): void
  /** A fresh socket in place of whatever there is. Resolves true at its welcome, false when it got none. */
  reopen(): Promise<boolean>
  /** A renewed token goes to the server in-band. */
  reauth(): void
  /** Drops the socket and opens no other until `open` or `reopen`. */
  halt(): void
}

/** One ping in this many milliseconds keeps balancers from closing a quiet socket, and finds a dead one. */
const PING_MS = 20_000
const WELCOME_MS = 10_000

export function createChannel(ports: ChannelPorts, sessionId: string, listeners: ChannelListeners): Channel {
  const { clock, random, sockets, record, tokens, path, serverUrl } = ports

  let socket: Socket | null = null
  let live = false
  let wanted = false
  /** The last event handed on; null before the first welcome. */
  let cursor: number | null = null
  let attempts = 0
  let retry: Timer | null = null
  let ping: Timer | null = null
  /** Runs while an answer is owed: to `hello` (a welcome) or to `ping` (a pong). */
  let owed: Timer | null = null
  let pingId = 0
  /** Grows with each socket, so that a late callback of an old one is told apart. */
  let current = 0
  /** The token this socket was last told. */
  let sentGeneration = -1
  let settled: ((live: boolean) => void) | null = null

  const settle = (outcome: boolean) => {
    settled?.(outcome)
    settled = null
  }

  const send = (frame: ClientFrame) => socket?.send(JSON.stringify(frame))

  const clear = () => {
    for (const timer of [retry, ping, owed]) timer?.cancel()
    retry = ping = owed = null
  }

  const drop = (why: string) => {
    clear()
    const old = socket
    socket = null
    current++
    if (old) {
      record('channel-dropped', { why })
      old.close()
    }
    if (live) {
      live = false
      listeners.lost()
    }
    settle(false)
  }

  const expect = (ms: number, what: string) => {
    owed?.cancel()
    owed = clock.setTimer(ms, () => {
      owed = null
      drop(`no ${what}`)
      listeners.suspect()
      openLater()
    })
  }

  const sendPing = () => {
    send({ type: 'ping', id: ++pingId })
    expect(timing.pongTimeout * 1000, 'pong')
  }

  const planPing = () => {
    ping?.cancel()
    ping = clock.setTimer(PING_MS, () => {
      sendPing()
      planPing()
    })
  }

  function openLater(): void {
    if (!wanted || retry || socket) return
    retry = clock.setTimer(backoff(attempts++, random), () => {
      retry = null
      void openNow()
    })
  }

  async function openNow(): Promise<void> {
    if (!wanted || socket) return
    const mine = ++current
    const token = await tokens.usable()
    if (mine !== current || !wanted || socket) return
    if (!token.ok) {
      settle(false)
      if (token.failure.retryable) openLater()
      return
    }
    const { token: accessToken, generation } = token.value
    record('channel-opening', { attempt: attempts })
    socket = sockets.open(serverUrl().replace(/^http/, 'ws') + roomSocketPath(sessionId), {
      opened: () => {
        if (mine !== current) return
        sentGeneration = generation
        send({ type: 'hello', accessToken, afterSeq: cursor })
      },
      message: (text) => {
        if (mine === current) receive(text)
      },
      closed: (code) => {
        if (mine === current) closed(code, generation)
      },
    })
    expect(WELCOME_MS, 'welcome')
  }

  function receive(text: string): void {
    const frame = text.length > MAX_FRAME_BYTES ? null : parseJson(ServerFrame, text)
    if (!frame) {
      // A server that says what the contract does not know cannot be followed; a fresh socket starts clean.
      drop('bad frame')
      openLater()
      return
    }
    switch (frame.type) {
      case 'welcome': {
        owed?.cancel()
        owed = null
        attempts = 0
        live = true
        // A server restored from a backup can be behind what was seen; its word counts.
        if (cursor === null || cursor > frame.seq) cursor = frame.seq
        record('channel-live', { seq: frame.seq, missed: frame.seq - cursor })
        planPing()
        listeners.welcome(frame)
        reauthIfNewer()
        settle(true)
        return
      }
      case 'event':
        if (cursor === null || frame.seq <= cursor) return
        if (frame.seq > cursor + 1) {
          drop('gap')
          openLater()
          return
        }
        cursor = frame.seq
        listeners.event(frame.seq, frame.event)
        return
      case 'pong':
        if (frame.id === pingId) {
          owed?.cancel()
          owed = null
        }
        return
      case 'reauth-ok':
        record('channel-reauthenticated')
        return
      case 'revoked':
        revoked('revoked')
        return
      case 'going-away':
        // The close follows; nothing to do before it.
        record('channel-going-away')
    }
  }

  const reauthIfNewer = () => {
    const token = tokens.current()
    if (!live || !token || token.generation <= sentGeneration) return
    sentGeneration = token.generation
    send({ type: 'reauth', accessToken: token.token })
  }

  function closed(code: number, generation: number): void {
    record('channel-closed', { code })
    socket = null
    clear()
    const wasLive = live
    live = false
    current++
    if (wasLive) listeners.lost()
    settle(false)
    switch (code) {
      case CLOSE.forbidden:
      case CLOSE.notFound:
        wanted = false
        listeners.refused(code)
        return
      case CLOSE.revoked:
        revoked('closed as revoked')
        return
      case CLOSE.unauthenticated:
        void tokens.newerThan(Math.max(generation, sentGeneration)).then(openLater)
        return
      default:
        path.doubt()
        listeners.suspect()
        openLater()
    }
  }

  function revoked(why: string): void {
    drop(why)
    listeners.revoked()
    // Should the sign-in prove good after all, the room must come back by itself.
    openLater()
  }

  const open = () => {
    wanted = true
    if (socket) return
    retry?.cancel()
    retry = null
    attempts = 0
    void openNow()
  }

  return {
    open,
    reopen() {
      drop('reopening')
      return new Promise((resolve) => {
        settled = resolve
        open()
      })
    },
    reauth: reauthIfNewer,
    halt() {
      wanted = false
      drop('halted')
    },
  }
}
