/**
 * Every authenticated call goes through here: path only, one base address, the token added at the last moment,
 * a 401 answered by one refresh and one replay, and repeats only where a repeat is safe.
 */
import { endpoints, type EndpointName, type EndpointResponse } from '../contract/api.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import { credentialEndpoints } from '../contract/credentials.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { failureOf, readAnswer, type Answer } from './answer.ts'
import { backoff } from './backoff.ts'
import { Pause } from './pause.ts'
import type { Clock, HttpClient, HttpRequest, Random } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { CallRequest } from './session.ts'

export interface GatewayPorts {
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClient
  readonly path: Path
  readonly tokens: Tokens
  readonly serverUrl: () => string
  /** Changes when another person signs in, or nobody is: a call asked for by one is never sent for the next. */
  readonly person: () => string | null
  /**
   * Resolves once calls may be sent, or with the reason why none can be for now.
   * @param deadline monotonic milliseconds
   */
  readonly ready: (deadline: number, signal?: AbortSignal) => Promise<Result<void>>
  /** A call got no answer of ours: somebody should look at the path. Resolves when that is known. */
  readonly suspect: () => Promise<void>
}

export interface Gateway {
  /** Waits for a session that is being recovered, up to the call's time-out. */
  call<N extends EndpointName>(request: CallRequest<N>): Promise<Result<EndpointResponse<N>>>
  /** For the recovery itself: does not wait for it to end, and tries once (a 401 is still replayed). */
  callNow<N extends EndpointName>(request: CallRequest<N>): Promise<Result<EndpointResponse<N>>>
  /** As `call`, for what is no JSON. */
  exchange<T>(request: Exchange<T>): Promise<Result<T>>
  /** Asks the server whether it knows the access token. */
  verify(): Promise<Result<void>>
}

/** What our server said, as far as it was read. */
export type OurAnswer = Extract<Answer, { kind: 'ours' }>

/** A request, however its answer is read. */
export interface Exchange<T> {
  readonly method: HttpRequest['method']
  /** Path and query, filled in from the contract. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  readonly authenticated: boolean
  /** Whether it may be sent any number of times. */
  readonly repeatable: boolean
  readonly signal: AbortSignal | undefined
  /** Of one try, milliseconds. */
  readonly attemptMs: number
  /** All tries and the waits between them, milliseconds. */
  readonly totalMs: number
  /** Sends it, and reads as much of the answer as it takes to know whose it is; all of it if that is a refusal. */
  send(request: HttpRequest): Promise<Received<T>>
}

export interface Received<T> {
  readonly answer: Answer
  /** What a 2xx answer of our server means. */
  value(answer: OurAnswer): Result<T>
}

/** One try of a call that may be repeated; a hung connection is then found early. */
const ATTEMPT_MS = 10_000
/** How often an answer that says "there is nothing" is asked for again before it is believed. */
const CONFIRMATIONS = 3

export function createGateway(ports: GatewayPorts): Gateway {
  const { clock, random, http, path, tokens, serverUrl, person, ready, suspect } = ports

  type Attempt<T> = { readonly result: Result<T>; readonly again: boolean }

  async function attempt<T>(
    request: Exchange<T>,
    asker: string | null,
    timeoutMs: number,
  ): Promise<Attempt<T>> {
    const { method, authenticated, repeatable, body, signal } = request
    let spent = -1
    for (;;) {
      const headers: Record<string, string> = { ...request.headers }
      let generation = -1
      if (authenticated) {
        const token = await (spent < 0 ? tokens.usable() : tokens.newerThan(spent))
        if (!token.ok) return { result: token, again: token.failure.retryable }
        generation = token.value.generation
        headers['authorization'] = `Bearer ${token.value.token}`
      }
      if (authenticated && person() !== asker) {
        return {
          result: fail('cancelled', 'Somebody else is signed in now.', { retryable: true }),
          again: false,
        }
      }

      const { answer, value } = await request.send({
        method,
        url: serverUrl() + request.path,
        headers,
        timeoutMs,
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      })
      path.saw(answer)
      if (answer.kind === 'none') {
        const { failure, sent } = answer
        // A request that never left may always be sent again, whatever it would have done.
        return { result: { ok: false, failure }, again: failure.retryable && (repeatable || !sent) }
      }
      if (answer.status === 401 && authenticated && spent < 0) {
        spent = generation
        continue
      }
      if (answer.status < 200 || answer.status > 299) {
        const refused = failureOf(answer)
        // Refused although it was renewed just now: the server's trouble, not this call's. It may well pass later.
        const failure = answer.status === 401 ? { ...refused, retryable: true } : refused
        return { result: { ok: false, failure }, again: refused.retryable && repeatable }
      }
      return { result: value(answer), again: false }
    }
  }

  /** Tries until there is an answer that counts, or no time is left. */
  async function persist<T>(request: Exchange<T>): Promise<{ result: Result<T>; asker: string | null }> {
    const deadline = clock.monotonicNow() + request.totalMs
    const pause = new Pause(clock)
    let asker: string | null = null

    for (let tries = 0; ; tries++) {
      if (request.authenticated) {
        const patience = clock.monotonicNow() + timing.callTimeout * 1000
        const can = await ready(Math.min(deadline, patience), request.signal)
        if (!can.ok) return { result: can, asker }
        asker ??= person()
      }
      const left = deadline - clock.monotonicNow()
      const timeoutMs = Math.max(1, request.repeatable ? Math.min(left, request.attemptMs) : left)
      const { result, again } = await attempt(request, asker, timeoutMs)
      if (result.ok || !again) {
        // What may not be sent again is as good a sign of a lost path as what may.
        if (!path.proven) void suspect()
        return { result, asker }
      }

      if (!path.proven) await suspect()
      const wait = Math.max(backoff(tries, random), result.failure.retryAfterMs ?? 0)
      if (clock.monotonicNow() + wait >= deadline || request.signal?.aborted) return { result, asker }
      await pause.wait(wait, request.signal)
    }
  }

  const ofJson = (endpoint: Endpoint, request: PreparedRequest): Exchange<unknown> => ({
    method: endpoint.method,
    path: request.path,
    headers: {
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.pastCaches ? { 'cache-control': 'no-cache' } : {}),
      ...(request.idempotencyKey ? { 'idempotency-key': request.idempotencyKey } : {}),
    },
    body: request.body,
    authenticated: endpoint.authenticated,
    repeatable: request.repeatable,
    signal: request.signal,
    attemptMs: ATTEMPT_MS,
    totalMs: timing.callTimeout * 1000,
    send: async (prepared) => ({
      answer: readAnswer(await http.send(prepared)),
      value({ json }) {
        const parsed = endpoint.response.safeParse(json)
        return parsed.success ? succeed(parsed.data) : nonsense
      },
    }),
  })

  /** Endpoints that have given an answer with something in it, per person. */
  const trusted = new Set<string>()

  /** After a restart or a broken cache a server may say, politely, that all data are gone. Nobody is shown that. */
  async function confirm(
    endpoint: Endpoint,
    result: Result<unknown>,
    again: () => Promise<Attempt<unknown>>,
  ): Promise<Result<unknown>> {
    if (!result.ok || !endpoint.suspicious) return result
    const key = `${person() ?? ''} ${endpoint.path}`
    let answer = result as Result<unknown>
    for (let tries = 0; tries < CONFIRMATIONS && answer.ok; tries++) {
      if (!endpoint.suspicious(answer.value as never)) {
        trusted.add(key)
        return answer
      }
      if (!trusted.has(key)) return answer
      await new Pause(clock).wait(backoff(tries, random, { baseMs: 1000 }))
      answer = (await again()).result
    }
    return answer
  }

  return {
    async call<N extends EndpointName>(request: CallRequest<N>) {
      const prepared = prepare(request)
      if (!prepared.ok) return prepared
      const endpoint: Endpoint = endpoints[request.endpoint]
      const { result, asker } = await persist(ofJson(endpoint, prepared.value))
      const fresh = ofJson(endpoint, { ...prepared.value, pastCaches: true })
      const answer = await confirm(endpoint, result, () => attempt(fresh, asker, ATTEMPT_MS))
      return answer as Result<EndpointResponse<N>>
    },

    exchange: async (request) => (await persist(request)).result,

    async verify() {
      const { authSession } = credentialEndpoints
      const request = ofJson(authSession, { ...nothingIn, path: authSession.path })
      const { result } = await attempt(request, person(), ATTEMPT_MS)
      return result.ok ? succeed(undefined) : result
    },

    async callNow<N extends EndpointName>(request: CallRequest<N>) {
      const prepared = prepare(request)
      if (!prepared.ok) return prepared
      const { result } = await attempt(
        ofJson(endpoints[request.endpoint], prepared.value),
        person(),
        ATTEMPT_MS,
      )
      // The attempt has parsed it with this endpoint's own schema.
      return result as Result<EndpointResponse<N>>
    },
  }
}

export const nonsense = fail('unexpected-answer', 'The server gave an answer that makes no sense.')

interface PreparedRequest {
  readonly path: string
  readonly body: string | undefined
  readonly idempotencyKey: string | undefined
  readonly repeatable: boolean
  readonly signal: AbortSignal | undefined
  readonly pastCaches?: boolean
}

const nothingIn = { body: undefined, idempotencyKey: undefined, repeatable: true, signal: undefined }

/** @param params as the endpoint's own schema gave them */
export const fillPath = (endpoint: { readonly path: string }, params: Readonly<Record<string, unknown>>) =>
  endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))

/** Checks the request against the endpoint's schemas, so that nothing the contract does not know is ever sent. */
function prepare(request: CallRequest): Result<PreparedRequest> {
  const endpoint: Endpoint = endpoints[request.endpoint]
  const params = endpoint.params.safeParse(request.params ?? {})
  const query = endpoint.query.safeParse(request.query ?? {})
  const body = endpoint.body.safeParse(request.body)
  if (!params.success || !query.success || !body.success) {
    const issues = [params, query, body].flatMap((part) => part.error?.issues ?? [])
    return fail('invalid-request', issues[0]?.message ?? 'The request is not valid.')
  }

  const filled = fillPath(endpoint, params.data)
  const pairs = Object.entries(query.data).filter(([, value]) => value !== undefined)
  const search = pairs.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  return succeed({
    path: search.length ? `${filled}?${search.join('&')}` : filled,
    body: body.data === undefined ? undefined : JSON.stringify(body.data),
    idempotencyKey: request.idempotencyKey,
    repeatable:
      endpoint.repeat === 'safe' || (endpoint.repeat === 'keyed' && request.idempotencyKey !== undefined),
    signal: request.signal,
  })
}
