/**
 * Every authenticated call goes through here: path only, one base address, the token added at the last moment,
 * a 401 answered by one refresh and one replay, and repeats only where a repeat is safe.
 */
import { endpoints, type EndpointName, type EndpointResponse } from '../contract/api.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import { credentialEndpoints } from '../contract/credentials.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { failureOf, readAnswer } from './answer.ts'
import { backoff } from './backoff.ts'
import { Pause } from './pause.ts'
import type { Clock, HttpClient, Random } from './ports.ts'
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
  /** Asks the server whether it knows the access token. */
  verify(): Promise<Result<void>>
}

/** One try of a call that may be repeated; a hung connection is then found early. */
const ATTEMPT_MS = 10_000
/** How often an answer that says "there is nothing" is asked for again before it is believed. */
const CONFIRMATIONS = 3

export function createGateway(ports: GatewayPorts): Gateway {
  const { clock, random, http, path, tokens, serverUrl, person, ready, suspect } = ports

  type Attempt = { readonly result: Result<unknown>; readonly again: boolean }

  async function attempt(
    endpoint: Endpoint,
    request: PreparedRequest,
    asker: string | null,
    timeoutMs: number,
  ): Promise<Attempt> {
    let spent = -1
    for (;;) {
      const headers: Record<string, string> = { accept: 'application/json' }
      let generation = -1
      if (endpoint.authenticated) {
        const token = await (spent < 0 ? tokens.usable() : tokens.newerThan(spent))
        if (!token.ok) return { result: token, again: token.failure.retryable }
        generation = token.value.generation
        headers['authorization'] = `Bearer ${token.value.token}`
      }
      if (endpoint.authenticated && person() !== asker) {
        return {
          result: fail('cancelled', 'Somebody else is signed in now.', { retryable: true }),
          again: false,
        }
      }
      if (request.body !== undefined) headers['content-type'] = 'application/json'
      if (request.pastCaches) headers['cache-control'] = 'no-cache'
      if (request.idempotencyKey) headers['idempotency-key'] = request.idempotencyKey

      const answer = readAnswer(
        await http.send({
          method: endpoint.method,
          url: serverUrl() + request.path,
          headers,
          timeoutMs,
          ...(request.body === undefined ? {} : { body: request.body }),
          ...(request.signal ? { signal: request.signal } : {}),
        }),
      )
      path.saw(answer)
      if (answer.kind === 'none') {
        const { failure, sent } = answer
        // A request that never left may always be sent again, whatever it would have done.
        return { result: { ok: false, failure }, again: failure.retryable && (request.repeatable || !sent) }
      }
      if (answer.status === 401 && endpoint.authenticated && spent < 0) {
        spent = generation
        continue
      }
      if (answer.status < 200 || answer.status > 299) {
        const refused = failureOf(answer)
        // Refused although it was renewed just now: the server's trouble, not this call's. It may well pass later.
        const failure = answer.status === 401 ? { ...refused, retryable: true } : refused
        return { result: { ok: false, failure }, again: refused.retryable && request.repeatable }
      }
      const parsed = endpoint.response.safeParse(answer.json)
      if (parsed.success) return { result: succeed(parsed.data), again: false }
      return {
        result: fail('unexpected-answer', 'The server gave an answer that makes no sense.'),
        again: false,
      }
    }
  }

  /** Endpoints that have given an answer with something in it, per person. */
  const trusted = new Set<string>()

  /** After a restart or a broken cache a server may say, politely, that all data are gone. Nobody is shown that. */
  async function confirm(endpoint: Endpoint, result: Attempt['result'], again: () => Promise<Attempt>) {
    if (!result.ok || !endpoint.suspicious) return result
    const key = `${person() ?? ''} ${endpoint.path}`
    let answer: Result<unknown> = result
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
      const deadline = clock.monotonicNow() + timing.callTimeout * 1000
      const pause = new Pause(clock)
      let asker: string | null = null

      for (let tries = 0; ; tries++) {
        if (endpoint.authenticated) {
          const can = await ready(deadline, request.signal)
          if (!can.ok) return can
          asker ??= person()
        }
        const left = deadline - clock.monotonicNow()
        const timeoutMs = Math.max(1, prepared.value.repeatable ? Math.min(left, ATTEMPT_MS) : left)
        const { result, again } = await attempt(endpoint, prepared.value, asker, timeoutMs)
        if (result.ok || !again) {
          const fresh = { ...prepared.value, pastCaches: true }
          const answer = await confirm(endpoint, result, () => attempt(endpoint, fresh, asker, ATTEMPT_MS))
          return answer as Result<EndpointResponse<N>>
        }

        if (!path.proven) await suspect()
        const wait = Math.max(backoff(tries, random), result.failure.retryAfterMs ?? 0)
        if (clock.monotonicNow() + wait >= deadline || request.signal?.aborted) return result
        await pause.wait(wait, request.signal)
      }
    },

    async verify() {
      const { authSession } = credentialEndpoints
      const { result } = await attempt(
        authSession,
        { ...nothingIn, path: authSession.path },
        person(),
        ATTEMPT_MS,
      )
      return result.ok ? succeed(undefined) : result
    },

    async callNow<N extends EndpointName>(request: CallRequest<N>) {
      const prepared = prepare(request)
      if (!prepared.ok) return prepared
      const { result } = await attempt(endpoints[request.endpoint], prepared.value, person(), ATTEMPT_MS)
      // The attempt has parsed it with this endpoint's own schema.
      return result as Result<EndpointResponse<N>>
    },
  }
}

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
