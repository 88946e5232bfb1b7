/**
 * A model of the server for simulations: the same contract as src/server, in memory and on virtual time. It is
 * simulated on purpose and proves nothing about the real server, which has its own tests over real sockets.
 */
import { endpoints } from '../../src/contract/api.ts'
import { BOOT_ID_HEADER, type Endpoint, type ProblemDocument } from '../../src/contract/endpoint.ts'
import {
  ClientFrame,
  credentialEndpoints,
  RefreshBody,
  RevokeBody,
  SignInBody,
} from '../../src/contract/credentials.ts'
import { CLOSE, type RoomEvent, type ServerFrame } from '../../src/contract/frames.ts'
import type { Account, ChatMessage, LiveSession, Participant } from '../../src/contract/model.ts'
import type { HttpRequest, HttpResponse } from '../../src/core/ports.ts'
import type { Timer } from '../../src/core/ports.ts'
import type { VirtualTime } from './virtual-clock.ts'

export const maya: Account = {
  id: '0190a000-0000-7000-8000-000000000001',
  email: 'maya.okafor@northfield.example',
  displayName: 'Maya Okafor',
  role: 'instructor',
}
export const ben: Account = {
  id: '0190a000-0000-7000-8000-000000000002',
  email: 'ben.adeyemi@northfield.example',
  displayName: 'Ben Adeyemi',
  role: 'assistant',
}
export const password = 'correct horse battery'
export const roomId = '0190a000-0000-7000-8000-0000000000aa'

interface RefreshToken {
  readonly family: string
  spentWith: { key: string | null; successor: string } | null
  used: boolean
}

interface Family {
  readonly account: Account
  readonly expires: number
  ended: 'revoked' | 'reused' | 'signed-out' | 'expired' | null
  endedAt?: number
}

interface Connection {
  deliver(frame: ServerFrame): void
  close(code: number): void
  account: Account | null
  family: string
  expiry: Timer | null
}

export class VirtualServer {
  readonly #time: VirtualTime
  #ids = 0
  bootId = this.#uuid()
  accessTtl = 900
  sessionTtl = 30 * 86_400
  readonly refreshTokens = new Map<string, RefreshToken>()
  readonly families = new Map<string, Family>()
  readonly access = new Map<string, { family: string; refreshToken: string; expires: number }>()
  readonly participants = new Map<string, Participant>()
  readonly events: { seq: number; event: RoomEvent }[] = []
  readonly #gone = new Map<string, Timer>()
  readonly connections = new Set<Connection>()
  /** Requests that reached the server, as `METHOD /path`, with the status they got. */
  readonly log: { at: number; request: string; status: number }[] = []
  /** Whether anything listens; nothing does while it restarts. */
  up = true
  /** How this server takes a new token for a socket. */
  reauth: 'in-band' | 'reconnect' = 'in-band'
  /** As if no more fitted into the frame: the others follow. */
  peopleInWelcome = 1

  constructor(time: VirtualTime) {
    this.#time = time
  }

  get messages(): ChatMessage[] {
    return this.events.flatMap(({ event }) => (event.type === 'message-posted' ? [event.message] : []))
  }

  count(request: string, status?: number): number {
    return this.log.filter((entry) => entry.request === request && (status ?? entry.status) === entry.status)
      .length
  }

  restart(): void {
    this.bootId = this.#uuid()
    for (const connection of [...this.connections]) connection.close(1006)
  }

  endSessions(account: Account, why: NonNullable<Family['ended']>): void {
    for (const [id, family] of this.families) if (family.account === account) this.#end(id, why)
  }

  #overSince: string | null = null

  /** The class is over: everybody is out of the room, and nobody comes in any more. */
  endClass(): void {
    this.#overSince = new Date(this.#time.now).toISOString()
    this.participants.clear()
    this.#publish({ type: 'session-changed', session: this.session() })
  }

  /** Somebody else, on another computer, writes. */
  say(account: Account, text: string): ChatMessage {
    return this.#post(account, text, `elsewhere-${this.#ids}-0000000000`)
  }

  handle(request: HttpRequest): HttpResponse {
    const path = request.url.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*$/, '')
    const answer = this.#route(request.method, path, request)
    this.log.push({ at: this.#time.now, request: `${request.method} ${path}`, status: answer.status })
    return answer
  }

  /** What the assistant of this server says to everything, letter by letter. */
  letterMs = 250
  reply = 'Amara and Noah are missing. The session has nineteen minutes left.'

  /** Server-sent events: `source` begins to send, ends with the access token, and can be dropped by the network. */
  handleStream(request: HttpRequest): {
    response: HttpResponse
    source?: (text: (chunk: string) => void, end: () => void) => { drop(): void }
  } {
    const token = this.#authenticate(request.headers['authorization']?.replace(/^Bearer /, '') ?? '')
    const path = request.url.replace(/^https?:\/\/[^/]+/, '')
    this.log.push({ at: this.#time.now, request: `GET ${path}`, status: token ? 200 : 401 })
    if (!token) return { response: this.#problem(401, 'unauthenticated', 'The access token is not valid.') }
    const response: HttpResponse = { ...this.#json(200, null), body: '' }
    return {
      response: { ...response, headers: { ...response.headers, 'content-type': 'text/event-stream' } },
      source: (text, end) => {
        let next = Number(request.headers['last-event-id'] ?? 0) + 1
        let timer: Timer | null = null
        const tick = () => {
          if (token.expires <= this.#time.now) return end()
          const letter = this.reply[next - 1]
          const event = letter === undefined ? { type: 'done' } : { type: 'text', text: letter }
          text(`id: ${next++}\ndata: ${JSON.stringify(event)}\n\n`)
          if (letter === undefined) return end()
          timer = this.#time.at(this.letterMs, tick)
        }
        tick()
        return { drop: () => timer?.cancel() }
      },
    }
  }

  connect(deliver: (frame: ServerFrame) => void, closed: (code: number) => void) {
    const connection: Connection = {
      deliver,
      account: null,
      family: '',
      expiry: null,
      close: (code) => {
        connection.expiry?.cancel()
        if (this.connections.delete(connection)) closed(code)
      },
    }
    this.connections.add(connection)
    return {
      receive: (text: string) => this.#receive(connection, ClientFrame.parse(JSON.parse(text))),
      drop: () => {
        connection.expiry?.cancel()
        this.connections.delete(connection)
      },
    }
  }

  #receive(connection: Connection, frame: ClientFrame): void {
    if (frame.type === 'ping') return connection.deliver({ type: 'pong', id: frame.id })
    const token = this.#authenticate(frame.accessToken)
    if (!token) return connection.close(CLOSE.unauthenticated)
    connection.account = token.account
    connection.family = token.family
    connection.expiry?.cancel()
    connection.expiry = this.#time.at(token.expires - this.#time.now, () =>
      connection.close(CLOSE.unauthenticated),
    )
    const authExpiresAt = new Date(token.expires).toISOString()
    if (frame.type === 'reauth' && this.reauth === 'reconnect') return connection.close(CLOSE.badFrame)
    if (frame.type === 'reauth') return connection.deliver({ type: 'reauth-ok', authExpiresAt })
    const people = [...this.participants.values()]
    connection.deliver({
      type: 'welcome',
      bootId: this.bootId,
      seq: this.events.length,
      session: this.session(),
      participants: people.splice(0, this.peopleInWelcome),
      authExpiresAt,
      reauth: this.reauth,
    })
    if (people.length) connection.deliver({ type: 'participants', participants: people })
    if (frame.afterSeq === null) return
    for (const { seq, event } of this.events.slice(frame.afterSeq))
      connection.deliver({ type: 'event', seq, event })
  }

  session(): LiveSession {
    const iso = (ms: number) => new Date(this.#time.now + ms).toISOString()
    const { email: _, ...host } = maya
    return {
      id: roomId,
      title: 'Organic Chemistry II',
      course: 'CHEM 212',
      description: '',
      status: this.#overSince === null ? 'live' : 'ended',
      scheduledStart: iso(-600_000),
      scheduledEnd: iso(6_000_000),
      startedAt: iso(-600_000),
      endedAt: this.#overSince,
      host,
      participantCount: this.participants.size,
      rating: null,
    }
  }

  #route(method: string, path: string, request: HttpRequest): HttpResponse {
    const body: unknown = request.body === undefined ? undefined : JSON.parse(String(request.body))
    const key = request.headers['idempotency-key'] ?? null
    switch (`${method} ${path}`) {
      case 'GET /health':
        return this.#json(200, {
          status: 'ok',
          bootId: this.bootId,
          time: new Date(this.#time.now).toISOString(),
          version: '0',
        })
      case 'POST /auth/sign-in': {
        const { email, password: given } = SignInBody.parse(body)
        const account = [maya, ben].find((person) => person.email === email)
        if (!account || given !== password) {
          return this.#problem(401, 'wrong-credentials', 'E-mail address and password do not match.')
        }
        const family = this.#uuid()
        this.families.set(family, { account, expires: this.#time.now + this.sessionTtl * 1000, ended: null })
        return this.#tokens(family, this.#issue(family))
      }
      case 'POST /auth/token':
        return this.#rotate(RefreshBody.parse(body).refresh_token, key)
      case 'POST /auth/revoke': {
        const token = this.refreshTokens.get(RevokeBody.parse(body).token)
        if (token) this.#end(token.family, 'signed-out')
        return this.#json(200, { revoked: token !== undefined })
      }
    }

    const token = this.#authenticate(request.headers['authorization']?.replace(/^Bearer /, '') ?? '')
    if (!token) return this.#problem(401, 'unauthenticated', 'The access token is not valid.')
    const { account } = token
    const inRoom = (endpoint: Endpoint) =>
      endpoint.method === method && endpoint.path.replace(':sessionId', roomId) === path
    if (path === credentialEndpoints.authSession.path) {
      return this.#json(200, {
        account,
        accessExpiresAt: new Date(token.expires).toISOString(),
        sessionExpiresAt: new Date(token.expires).toISOString(),
      })
    }
    if (path === endpoints.listLiveSessions.path) {
      const listed = { ...this.session(), attended: 0, tookPart: false, ownStars: null }
      return this.#json(200, { items: [listed], total: 1, counts: { live: 1, upcoming: 0, ended: 0 } })
    }
    if (inRoom(endpoints.joinLiveSession)) {
      if (this.#overSince !== null) return this.#problem(409, 'conflict', 'This live session has ended.')
      this.#seen(account)
      return this.#json(200, { participant: this.visit(account), session: this.session() })
    }
    if (inRoom(endpoints.leaveLiveSession)) {
      return this.#json(200, { left: this.leave(account) })
    }
    if (inRoom(endpoints.heartbeat)) {
      const before = this.participants.get(account.id)
      if (!before) return this.#problem(409, 'not-in-room', 'Join the room first.')
      this.#seen(account)
      const { presence } = endpoints.heartbeat.body.parse(body)
      if (before.presence !== presence) {
        const participant = { ...before, presence }
        this.participants.set(account.id, participant)
        this.#publish({ type: 'participant-changed', participant })
      }
      return this.#json(200, {
        participantCount: this.participants.size,
        serverTime: new Date(this.#time.now).toISOString(),
      })
    }
    if (inRoom(endpoints.listMessages)) {
      const { messages } = this
      return this.#json(200, { items: messages.slice(-100), hasMore: messages.length > 100 })
    }
    if (inRoom(endpoints.setHand)) {
      const { raised } = endpoints.setHand.body.parse(body)
      this.hands.push({ of: account, raised })
      const participant = this.raise(account, raised)
      return participant
        ? this.#json(200, participant)
        : this.#problem(409, 'not-in-room', 'Join the room first.')
    }
    if (path === endpoints.signOutEverywhere.path) {
      for (const id of this.families.keys()) if (id !== token.family) this.#end(id, 'signed-out')
      return this.#json(200, { ended: 1 })
    }
    if (inRoom(endpoints.postMessage)) {
      const { text } = endpoints.postMessage.body.parse(body)
      return this.#json(200, this.#post(account, text, key ?? ''))
    }
    return this.#problem(404, 'not-found', 'There is nothing here.')
  }

  /** Comes in; somebody else on another computer, when it is called from outside. */
  visit(account: Account): Participant {
    const known = this.participants.get(account.id)
    if (known) return known
    const { email: _, ...person } = account
    const joinedAt = new Date(this.#time.now).toISOString()
    const participant: Participant = { ...person, joinedAt, presence: 'here', handRaisedAt: null }
    this.participants.set(account.id, participant)
    this.#publish({ type: 'participant-joined', participant })
    return participant
  }

  /** What this server was told of hands, also of somebody who is not in the room. */
  readonly hands: { readonly of: Account; readonly raised: boolean }[] = []

  raise(account: Account, raised: boolean): Participant | null {
    const before = this.participants.get(account.id)
    if (!before || (before.handRaisedAt !== null) === raised) return before ?? null
    const participant = { ...before, handRaisedAt: raised ? new Date(this.#time.now).toISOString() : null }
    this.participants.set(account.id, participant)
    this.#publish({ type: 'participant-changed', participant })
    return participant
  }

  leave(account: Account): boolean {
    this.#gone.get(account.id)?.cancel()
    const left = this.participants.delete(account.id)
    if (left) this.#publish({ type: 'participant-left', accountId: account.id })
    return left
  }

  /** Without a heartbeat for 90 s a participant is taken out. */
  #seen(account: Account): void {
    this.#gone.get(account.id)?.cancel()
    this.#gone.set(
      account.id,
      this.#time.at(90_000, () => void this.leave(account)),
    )
  }

  #rotate(given: string, key: string | null): HttpResponse {
    const token = this.refreshTokens.get(given)
    const family = token && this.families.get(token.family)
    if (!token || !family) return this.#invalidGrant('unknown')
    if (family.expires - this.#time.now < 1000) this.#end(token.family, 'expired')
    if (family.ended) return this.#invalidGrant(family.ended, family.endedAt)
    if (token.spentWith) {
      const successor = this.refreshTokens.get(token.spentWith.successor)
      if (key !== null && token.spentWith.key === key && successor) {
        return successor.used
          ? this.#invalidGrant('superseded')
          : this.#tokens(token.family, token.spentWith.successor)
      }
      this.#end(token.family, 'reused')
      return this.#invalidGrant('reused')
    }
    token.used = true
    const successor = this.#issue(token.family)
    token.spentWith = { key, successor }
    return this.#tokens(token.family, successor)
  }

  #issue(family: string): string {
    const token = `refresh-token-${this.#uuid()}`
    this.refreshTokens.set(token, { family, spentWith: null, used: false })
    return token
  }

  #tokens(family: string, refreshToken: string): HttpResponse {
    const accessToken = `access-token-${this.#uuid()}`
    const owner = this.families.get(family)
    const left = Math.floor(((owner?.expires ?? 0) - this.#time.now) / 1000)
    const lives = Math.min(this.accessTtl, left)
    this.access.set(accessToken, { family, refreshToken, expires: this.#time.now + lives * 1000 })
    return this.#json(200, {
      token_type: 'Bearer',
      access_token: accessToken,
      expires_in: lives,
      refresh_token: refreshToken,
      refresh_token_expires_in: left,
      account: owner?.account,
    })
  }

  #authenticate(token: string) {
    const access = this.access.get(token)
    const family = access && this.families.get(access.family)
    if (!access || !family || family.ended || access.expires <= this.#time.now) return null
    return { ...access, account: family.account }
  }

  #end(id: string, why: NonNullable<Family['ended']>): void {
    const family = this.families.get(id)
    if (!family || family.ended) return
    family.ended = why
    family.endedAt = this.#time.now
    for (const connection of [...this.connections])
      if (connection.family === id) connection.close(CLOSE.revoked)
  }

  #post(account: Account, text: string, idempotencyKey: string): ChatMessage {
    const known = this.messages.find((message) => message.idempotencyKey === idempotencyKey)
    if (known) return known
    const { email: _, ...author } = account
    const message: ChatMessage = {
      id: this.#uuid(),
      seq: this.events.length + 1,
      author,
      text,
      sentAt: new Date(this.#time.now).toISOString(),
      idempotencyKey,
    }
    this.#publish({ type: 'message-posted', message })
    return message
  }

  #publish(event: RoomEvent): void {
    const seq = this.events.length + 1
    this.events.push({ seq, event })
    for (const connection of this.connections)
      if (connection.account) connection.deliver({ type: 'event', seq, event })
  }

  #json(status: number, value: unknown): HttpResponse {
    const headers = { [BOOT_ID_HEADER]: this.bootId, date: new Date(this.#time.now).toUTCString() }
    return { kind: 'response', status, headers, body: JSON.stringify(value) }
  }

  #problem(status: number, code: string, detail: string): HttpResponse {
    const problem: ProblemDocument = { type: 'about:blank', title: code, status, detail, code }
    return this.#json(status, problem)
  }

  #invalidGrant(reason: string, endedAt?: number): HttpResponse {
    return this.#json(400, {
      error: 'invalid_grant',
      error_description: 'No longer valid.',
      error_reason: reason,
      ...(endedAt === undefined ? {} : { ended_at: new Date(endedAt).toISOString() }),
    })
  }

  #uuid(): string {
    return `0190b000-0000-7000-8000-${String(++this.#ids).padStart(12, '0')}`
  }
}
