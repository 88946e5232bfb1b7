/** Another person in the same school, over the real server: signs in, joins, talks, listens. */
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { endpoints, type EndpointName, type EndpointResponse } from '../../src/contract/api.ts'
import { credentialEndpoints, TokenResponse, type ClientFrame } from '../../src/contract/credentials.ts'
import { roomSocketPath, ServerFrame, type RoomEvent } from '../../src/contract/frames.ts'
import type { Account, ChatMessage } from '../../src/contract/model.ts'
import { eventually } from './eventually.ts'

export interface SignIn {
  readonly serverUrl: string
  readonly email: string
  readonly password: string
}

export interface RoomListener {
  /** What happened in the room since, in order. */
  readonly events: readonly RoomEvent[]
  /** Those of the events that are chat messages. */
  messages(): readonly ChatMessage[]
  close(): void
}

export interface Colleague {
  readonly account: Account
  call<N extends EndpointName>(
    endpoint: N,
    input?: { sessionId?: string; query?: Record<string, string>; body?: unknown; idempotencyKey?: string },
  ): Promise<EndpointResponse<N>>
  join(sessionId: string): Promise<void>
  leave(sessionId: string): Promise<void>
  say(sessionId: string, text: string): Promise<ChatMessage>
  /** @param afterSeq events after this one; null for those from now on */
  listen(sessionId: string, afterSeq?: number | null): Promise<RoomListener>
  /** The text of everything said in a room, oldest first. */
  history(sessionId: string): Promise<string[]>
  /** Stops listening everywhere. */
  goAway(): void
}

/** Renewed this long before it ends, so that a call in flight does not lose it. */
const MARGIN_MS = 1000

async function answerOf<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`)
  return schema.parse(JSON.parse(text))
}

const postJson = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** @throws Error when the server refuses, with what it said */
export async function signInColleague({ serverUrl, email, password }: SignIn): Promise<Colleague> {
  const device = { name: 'Colleague', platform: 'test' }
  let tokens = await answerOf(
    await postJson(serverUrl + credentialEndpoints.signIn.path, { email, password, device }),
    TokenResponse,
  )
  let endsAt = performance.now() + tokens.expires_in * 1000
  let refreshing: Promise<void> | null = null
  const { account } = tokens
  const listeners = new Set<WebSocket>()

  async function refresh(): Promise<void> {
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const response = await postJson(serverUrl + credentialEndpoints.refresh.path, body)
    tokens = await answerOf(response, TokenResponse)
    endsAt = performance.now() + tokens.expires_in * 1000
  }

  async function accessToken(): Promise<string> {
    if (performance.now() > endsAt - MARGIN_MS) {
      refreshing ??= refresh().finally(() => (refreshing = null))
      await refreshing
    }
    return tokens.access_token
  }

  const call: Colleague['call'] = async (name, input = {}) => {
    const { method, path, response } = endpoints[name]
    const url = new URL(serverUrl + path.replace(':sessionId', input.sessionId ?? ''))
    for (const [key, value] of Object.entries(input.query ?? {})) url.searchParams.set(key, value)
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken()}`,
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    })
    return (await answerOf<unknown>(answer, response)) as EndpointResponse<typeof name>
  }

  async function listen(sessionId: string, afterSeq: number | null = null): Promise<RoomListener> {
    const socket = new WebSocket(serverUrl.replace(/^http/, 'ws') + roomSocketPath(sessionId))
    listeners.add(socket)
    const events: RoomEvent[] = []
    let welcome = false
    let ended: string | null = null
    let renewal: NodeJS.Timeout | undefined
    const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame))
    const renewInTime = () => {
      renewal = setTimeout(
        () => {
          void accessToken().then((accessToken) => {
            if (socket.readyState !== WebSocket.OPEN) return
            send({ type: 'reauth', accessToken })
            renewInTime()
          })
        },
        endsAt - MARGIN_MS - performance.now() + 1,
      )
    }
    socket.on('open', () => {
      void accessToken().then((accessToken) => {
        send({ type: 'hello', accessToken, afterSeq })
        renewInTime()
      })
    })
    socket.on('message', (data: Buffer) => {
      const frame = ServerFrame.parse(JSON.parse(data.toString('utf8')))
      if (frame.type === 'welcome') welcome = true
      if (frame.type === 'event') events.push(frame.event)
    })
    socket.on('error', (error) => (ended = error.message))
    socket.on('close', (code, reason) => {
      clearTimeout(renewal)
      listeners.delete(socket)
      ended ??= `closed with ${code} ${reason.toString()}`
    })
    await eventually('welcome to the room', () => {
      if (ended !== null) throw new Error(`The room's WebSocket was ${ended}.`)
      return welcome
    })
    return {
      events,
      messages: () => events.flatMap((event) => (event.type === 'message-posted' ? [event.message] : [])),
      close: () => socket.close(),
    }
  }

  return {
    account,
    call,
    async join(sessionId) {
      await call('joinLiveSession', { sessionId })
    },
    async leave(sessionId) {
      await call('leaveLiveSession', { sessionId })
    },
    say: (sessionId, text) =>
      call('postMessage', { sessionId, body: { text }, idempotencyKey: crypto.randomUUID() }),
    listen,
    async history(sessionId) {
      const said: string[] = []
      for (let before: string | undefined; ;) {
        const query = { limit: '200', ...(before === undefined ? {} : { beforeSeq: before }) }
        const { items, hasMore } = await call('listMessages', { sessionId, query })
        said.unshift(...items.map(({ text }) => text))
        if (!hasMore) return said
        before = String(items[0]?.seq)
      }
    },
    goAway() {
      for (const socket of listeners) socket.close()
    },
  }
}
