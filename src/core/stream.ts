/**
 * An answer that comes piece by piece (server-sent events), over as many connections as it takes: a token that expires
 * or a cable that is pulled in the middle leads to a new request with `Last-Event-ID`, and whoever listens hears every
 * event once and in order.
 */
import { createParser, type EventSourceParser } from 'eventsource-parser'
import { parseJson } from '../contract/json.ts'
import { fail, succeed, type Failure, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import {
  STREAM_KEEPALIVE,
  streamEndpoints,
  type StreamEndpoint,
  type StreamName,
} from '../contract/streams.ts'
import { failureOf, readAnswer, type Answer } from './answer.ts'
import { backoff } from './backoff.ts'
import { fillPath, type GatewayPorts } from './gateway.ts'
import { Pause } from './pause.ts'
import type { StreamHandlers } from './ports.ts'
import type { StreamListeners, StreamRequest } from './session.ts'

type Outcome = { readonly kind: 'done' } | { readonly kind: 'cut'; readonly failure: Failure | null }
type Connection = Outcome | { readonly kind: 'refused'; readonly answer: Answer }

/** Of one event. A line that never ends must not fill the memory. */
const MAX_EVENT_CHARS = 256 * 1024
/** Of the answer that comes instead of a stream. */
const MAX_REFUSAL_CHARS = 256 * 1024

/** @returns what stops it; `ended` then never comes */
export function openStream<S extends StreamName>(
  ports: GatewayPorts,
  request: StreamRequest<S>,
  listeners: StreamListeners<S>,
): () => void {
  const { clock, random, path, tokens, person, ready, suspect } = ports
  const endpoint: StreamEndpoint = streamEndpoints[request.stream]
  const stopped = new AbortController()
  const pause = new Pause(clock)
  const params = endpoint.params.safeParse(request.params)
  let lastId = request.afterId ?? 0

  const deliver = (id: number, data: string): 'more' | 'done' | 'nonsense' => {
    // Sent again after a resume.
    if (id <= lastId) return 'more'
    if (id !== lastId + 1) return 'nonsense'
    const event = parseJson(endpoint.event, data)
    if (!event) return 'nonsense'
    lastId = id
    listeners.event(event as never, id)
    return event.type === endpoint.last ? 'done' : 'more'
  }

  async function run(url: string): Promise<Result<void>> {
    let asker: string | null = null
    let spent = -1
    for (let tries = 0; ;) {
      const can = await ready(clock.monotonicNow() + timing.callTimeout * 1000, stopped.signal)
      if (!can.ok) {
        if (!can.failure.retryable) return can
        await pause.wait(backoff(tries++, random), stopped.signal)
        continue
      }
      asker ??= person()
      if (person() !== asker) return fail('cancelled', 'Somebody else is signed in now.')
      const token = await (spent < 0 ? tokens.usable() : tokens.newerThan(spent))
      if (stopped.signal.aborted) return succeed(undefined)
      if (!token.ok && !token.failure.retryable) return token

      let failure: Failure | null = token.ok ? null : token.failure
      if (token.ok) {
        const before = lastId
        const connection = await connect(ports, url, token.value.token, lastId, stopped.signal, deliver)
        if (stopped.signal.aborted || connection.kind === 'done') return succeed(undefined)
        if (lastId > before) tries = 0
        if (connection.kind === 'refused') {
          const { answer } = connection
          if (answer.kind === 'ours' && answer.status === 401 && spent < token.value.generation) {
            spent = token.value.generation
            continue
          }
          failure = answer.kind === 'ours' ? failureOf(answer) : answer.failure
          if (!failure.retryable) return { ok: false, failure }
        } else {
          failure = connection.failure
        }
        spent = -1
      }
      if (!path.proven) await suspect()
      await pause.wait(Math.max(backoff(tries++, random), failure?.retryAfterMs ?? 0), stopped.signal)
      if (stopped.signal.aborted) return succeed(undefined)
    }
  }

  if (!params.success) {
    const { failure } = fail(
      'invalid-request',
      params.error.issues[0]?.message ?? 'The request is not valid.',
    )
    listeners.ended({ ok: false, failure })
    return () => {}
  }
  void run(fillPath(endpoint, params.data)).then((result) => {
    if (!stopped.signal.aborted) listeners.ended(result)
  })
  return () => stopped.abort()
}

/** One connection, from request to end. */
function connect(
  { clock, http, path, serverUrl }: GatewayPorts,
  target: string,
  accessToken: string,
  lastId: number,
  signal: AbortSignal,
  deliver: (id: number, data: string) => 'more' | 'done' | 'nonsense',
): Promise<Connection> {
  return new Promise((resolve) => {
    let status = 0
    let headers: Readonly<Record<string, string>> = {}
    let body = ''
    let parser: EventSourceParser | null = null
    let over = false

    const finish = (connection: Connection) => {
      if (over) return
      over = true
      silence.cancel()
      signal.removeEventListener('abort', abort)
      resolve(connection)
      request.close()
    }
    const cut = (failure: Failure | null) => {
      path.doubt()
      finish({ kind: 'cut', failure })
    }
    const abort = () => finish({ kind: 'cut', failure: null })
    const listen = () => clock.setTimer(2 * STREAM_KEEPALIVE * 1000, () => cut(null))
    let silence = listen()
    signal.addEventListener('abort', abort, { once: true })

    const handlers: StreamHandlers = {
      headers(code, names) {
        status = code
        headers = names
        const answer = readAnswer({ kind: 'response', status, headers, body: '' })
        path.saw(answer)
        const isStream = names['content-type']?.startsWith('text/event-stream') ?? false
        if (answer.kind === 'none' || code !== 200 || !isStream) return
        parser = createParser({
          maxBufferSize: MAX_EVENT_CHARS,
          onError: (error) => {
            if (error.type === 'max-buffer-size-exceeded') cut(null)
          },
          onEvent({ id, data }) {
            if (over) return
            const outcome = deliver(Number(id), data)
            if (outcome === 'done') finish({ kind: 'done' })
            else if (outcome === 'nonsense') cut(null)
          },
        })
      },
      text(chunk) {
        if (over) return
        silence.cancel()
        silence = listen()
        if (parser) parser.feed(chunk)
        else if (body.length + chunk.length <= MAX_REFUSAL_CHARS) body += chunk
        else cut(null)
      },
      ended(noAnswer) {
        if (over) return
        const answer = readAnswer(noAnswer ?? { kind: 'response', status, headers, body })
        if (noAnswer) path.saw(answer)
        // A stream that stops before its last event was cut, however politely.
        if (parser) finish({ kind: 'cut', failure: answer.kind === 'none' ? answer.failure : null })
        else finish({ kind: 'refused', answer })
      },
    }
    const request = http.stream(
      {
        method: 'GET',
        url: serverUrl() + target,
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${accessToken}`,
          ...(lastId > 0 ? { 'last-event-id': String(lastId) } : {}),
        },
        timeoutMs: timing.callTimeout * 1000,
      },
      handlers,
    )
  })
}
