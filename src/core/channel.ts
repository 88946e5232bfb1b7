/**
 * One room's WebSocket, kept open for hours: a renewed token goes in in-band, a lost connection is opened again
 * after the last event seen, a half-open one is found by a ping and replaced. Whoever listens gets each event once
 * and in order, and never learns that there was more than one socket.
 */
import type { ClientFrame } from '../contract/credentials.ts'
import { CLOSE, MAX_FRAME_BYTES, roomSocketPath, ServerFrame, type RoomEvent } from '../contract/frames.ts'
import { parseJson } from '../contract/json.ts'
import type { Participant } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { backoff } from './backoff.ts'
import type { Clock, Random, Socket, SocketClient, Timer } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { Recorder } from './timeline.ts'

export type Welcome = Extract<ServerFrame, { type: 'welcome' }>

export interface ChannelListeners {
  /** The server's view of the room. The events missed since the cursor follow. */
  welcome(frame: Welcome): void
  /** More people in the room, whom a full `welcome` could not name. */
  participants(more: readonly Participant[]): void
  event(seq: number, event: RoomEvent): void
  /** Everything up to the last welcome has been told: nothing is missing any more. */
  caughtUp(): void
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

/** One socket and what is owed on it. */
interface Connection {
  socket: Socket | null
  /** The token this socket was last told. */
  generation: number
  /** Null until the welcome. */
  reauth: Welcome['reauth'] | null
  ping: Timer | null
  pingId: number
  /** Runs while an answer is due: a welcome to `hello`, or a pong to `ping`. */
  owed: Timer | null
}

export function createChannel(ports: ChannelPorts, sessionId: string, listeners: ChannelListeners): Channel {
  const { clock, random, sockets, record, tokens, path, serverUrl } = ports

  /** The one that counts; whatever another one says late is not listened to. */
  let current: Connection | null = null
  /** For a server that takes no token in-band: opened beside the current one, and takes its place when welcomed. */
  let successor: Connection | null = null
  let wanted = false
  /** The last event handed on; null before the first welcome. */
  let cursor: number | null = null
  /** The event up to which the last welcome told how the room is. */
  let welcomeSeq = 0
  let attempts = 0
  let retry: Timer | null = null
  let settled: ((live: boolean) => void) | null = null

  const settle = (outcome: boolean) => {
    settled?.(outcome)
    settled = null
  }

  const isHeard = (connection: Connection) => connection === current || connection === successor

  const send = (connection: Connection, frame: ClientFrame) => connection.socket?.send(JSON.stringify(frame))

  const quieten = (connection: Connection) => {
    connection.ping?.cancel()
    connection.owed?.cancel()
    connection.ping = connection.owed = null
  }

  /** Ends a connection without a word to the listeners. */
  function discard(connection: Connection | null): void {
    if (!connection) return
    if (current === connection) current = null
    if (successor === connection) successor = null
    quieten(connection)
    connection.socket?.close()
  }

  function lose(why: string): void {
    retry?.cancel()
    retry = null
    const wasLive = current !== null && current.reauth !== null
    if (current) record('channel-dropped', { why })
    discard(current)
    discard(successor)
    if (wasLive) listeners.lost()
    settle(false)
  }

  const expect = (connection: Connection, ms: number, what: string) => {
    connection.owed?.cancel()
    connection.owed = clock.setTimer(ms, () => fail(connection, `no ${what}`, true))
  }

  /** This connection is of no use any more. */
  function fail(connection: Connection, why: string, suspicious: boolean): void {
    if (!isHeard(connection)) return
    if (connection === successor) {
      record('channel-dropped', { why })
      discard(connection)
      later(renewConnection)
      return
    }
    lose(why)
    if (suspicious) listeners.suspect()
    later(open)
  }

  function later(run: () => void): void {
    if (!wanted || retry) return
    retry = clock.setTimer(backoff(attempts++, random), () => {
      retry = null
      run()
    })
  }

  const keepAlive = (connection: Connection) => {
    connection.ping?.cancel()
    connection.ping = clock.setTimer(PING_MS, () => {
      send(connection, { type: 'ping', id: ++connection.pingId })
      expect(connection, timing.pongTimeout * 1000, 'pong')
      keepAlive(connection)
    })
  }

  async function start(connection: Connection): Promise<void> {
    const token = await tokens.usable()
    if (!isHeard(connection) || !wanted) return
    if (!token.ok) {
      discard(connection)
      settle(false)
      if (token.failure.retryable) later(open)
      return
    }
    const { token: accessToken, generation } = token.value
    connection.generation = generation
    record('channel-opening', { attempt: attempts })
    connection.socket = sockets.open(serverUrl().replace(/^http/, 'ws') + roomSocketPath(sessionId), {
      opened: () => {
        if (isHeard(connection)) send(connection, { type: 'hello', accessToken, afterSeq: cursor })
      },
      message: (text) => {
        if (isHeard(connection)) receive(connection, text)
      },
      closed: (code) => {
        if (isHeard(connection)) closed(connection, code)
      },
    })
    expect(connection, WELCOME_MS, 'welcome')
  }

  const newConnection = (): Connection => ({
    socket: null,
    generation: -1,
    reauth: null,
    ping: null,
    pingId: 0,
    owed: null,
  })

  function open(): void {
    if (!wanted || current) return
    current = newConnection()
    void start(current)
  }

  function receive(connection: Connection, text: string): void {
    const frame = text.length > MAX_FRAME_BYTES ? null : parseJson(ServerFrame, text)
    // A server that says what the contract does not know cannot be followed; a fresh socket starts clean.
    if (!frame) return fail(connection, 'bad frame', false)
    switch (frame.type) {
      case 'welcome':
        return welcomed(connection, frame)
      case 'participants':
        return listeners.participants(frame.participants)
      case 'event':
        if (cursor === null || frame.seq <= cursor) return
        if (frame.seq > cursor + 1) return fail(connection, 'gap', false)
        cursor = frame.seq
        listeners.event(frame.seq, frame.event)
        if (cursor === welcomeSeq) listeners.caughtUp()
        return
      case 'pong':
        if (frame.id !== connection.pingId) return
        connection.owed?.cancel()
        connection.owed = null
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

  function welcomed(connection: Connection, frame: Welcome): void {
    connection.owed?.cancel()
    connection.owed = null
    connection.reauth = frame.reauth
    attempts = 0
    const takesOver = connection === successor
    if (takesOver) {
      const before = current
      current = connection
      successor = null
      discard(before)
      record('channel-reauthenticated')
    }
    const seen = cursor ?? frame.seq
    record('channel-live', { seq: frame.seq, missed: Math.max(0, frame.seq - seen) })
    keepAlive(connection)
    // What the old socket told while this welcome was on its way is newer.
    if (!takesOver || seen <= frame.seq) {
      // A server restored from a backup can be behind what was seen; its word counts.
      cursor = Math.min(seen, frame.seq)
      welcomeSeq = frame.seq
      listeners.welcome(frame)
      if (cursor === welcomeSeq) listeners.caughtUp()
    }
    reauth()
    settle(true)
  }

  function closed(connection: Connection, code: number): void {
    record('channel-closed', { code })
    connection.socket = null
    const { generation } = connection
    if (connection === successor) {
      path.doubt()
      return fail(connection, 'closed', false)
    }
    lose('closed')
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
        void tokens.newerThan(generation).then(() => later(open))
        return
      default:
        path.doubt()
        listeners.suspect()
        later(open)
    }
  }

  function revoked(why: string): void {
    lose(why)
    listeners.revoked()
    // Should the sign-in prove good after all, the room must come back by itself.
    later(open)
  }

  function reauth(): void {
    const token = tokens.current()
    if (!current?.reauth || !token || token.generation <= current.generation) return
    if (current.reauth === 'reconnect') return renewConnection()
    current.generation = token.generation
    send(current, { type: 'reauth', accessToken: token.token })
  }

  /** Make before break: the old connection goes on until the new one is welcomed. */
  function renewConnection(): void {
    if (!wanted || !current || successor) return
    successor = newConnection()
    void start(successor)
  }

  const openNow = () => {
    wanted = true
    if (current) return
    retry?.cancel()
    retry = null
    attempts = 0
    open()
  }

  return {
    open: openNow,
    reopen() {
      lose('reopening')
      return new Promise((resolve) => {
        settled = resolve
        openNow()
      })
    },
    reauth,
    halt() {
      wanted = false
      lose('halted')
    },
  }
}
