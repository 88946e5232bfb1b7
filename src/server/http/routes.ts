/** Turns the contract's tables into routes. Handlers see parsed input and give values; HTTP stays here. */
import type { FastifyInstance, onRequestAsyncHookHandler, RouteShorthandOptions } from 'fastify'
import { z } from 'zod'
import { nothing, ProblemDocument, type Endpoint } from '../../contract/endpoint.ts'
import { credentialEndpoints, TokenError } from '../../contract/credentials.ts'
import { IdempotencyKey } from '../../contract/model.ts'
import { unauthenticated } from './problem.ts'
import type { Caller } from '../sign-in/token-families.ts'

export interface Call<E extends Endpoint> {
  readonly params: z.output<E['params']>
  readonly query: z.output<E['query']>
  readonly body: z.output<E['body']>
  readonly caller: E['authenticated'] extends true ? Caller : null
  readonly idempotencyKey: E extends { repeat: 'keyed'; authenticated: true }
    ? string
    : E extends { repeat: 'keyed' }
      ? string | null
      : null
  /** The client's address: the one a trusted proxy tells, or that of the connection. */
  readonly address: string
}

export type Handlers<T extends Readonly<Record<string, Endpoint>>> = {
  readonly [N in keyof T]: (call: Call<T[N]>) => Promise<z.input<T[N]['response']>>
}

/** Who calls with this access token; null when nobody does. */
export type Authenticate = (accessToken: string) => Promise<Caller | null>

export interface RouteOptions {
  readonly authenticate: Authenticate
  /** Seconds a good answer of the named endpoint may be kept by anybody; any other is not to be kept at all. */
  readonly maxAge?: Readonly<Record<string, number>>
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

export const refusal = {
  description: 'A problem document (RFC 9457).',
  content: { 'application/problem+json': { schema: ProblemDocument } },
}

/** These two speak OAuth 2.0: they take a form as well, and refuse in its words. */
const oauth: readonly Endpoint[] = [credentialEndpoints.refresh, credentialEndpoints.revoke]
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** Expects `request.caller` to be decorated, and the zod compilers to be set. */
export function serve<T extends Readonly<Record<string, Endpoint>>>(
  app: FastifyInstance,
  table: T,
  handlers: Handlers<NoInfer<T>>,
  { authenticate, maxAge = {} }: RouteOptions,
): void {
  for (const [name, endpoint] of Object.entries(table)) {
    // The table types each handler by its own row, which a loop over rows cannot follow.
    const handle = handlers[name] as (call: unknown) => Promise<unknown>
    const route: RouteShorthandOptions = {
      schema: schemaOf(name, endpoint),
    }
    if (endpoint.authenticated) route.onRequest = requireCaller(authenticate)
    app.route({
      ...route,
      method: endpoint.method,
      url: endpoint.path,
      async handler(request, reply) {
        const answer = await handle({
          params: request.params,
          query: request.query,
          body: request.body,
          caller: request.caller,
          idempotencyKey: request.headers['idempotency-key'] ?? null,
          address: request.ip,
        })
        if (maxAge[name] !== undefined) reply.header('cache-control', `public, max-age=${maxAge[name]}`)
        return answer
      },
    })
  }
}

/** Before the body is read: nobody unknown makes the server parse anything. */
export const requireCaller =
  (authenticate: Authenticate): onRequestAsyncHookHandler =>
  async (request) => {
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
    request.caller = token ? await authenticate(token) : null
    if (!request.caller) throw unauthenticated()
  }

/** What the schemas of all tables' routes have in common. A part that carries nothing is not described. */
export function requestSchema(
  operationId: string,
  { summary, authenticated, params, query, headers = nothing }: RequestParts,
) {
  const has = (part: z.ZodObject) => Object.keys(part.shape).length > 0
  return {
    operationId,
    summary,
    security: authenticated ? [{ bearer: [] }] : [],
    ...(has(params) ? { params } : {}),
    ...(has(query) ? { querystring: query } : {}),
    ...(has(headers) ? { headers } : {}),
  }
}

type RequestParts = Pick<Endpoint, 'summary' | 'authenticated' | 'params' | 'query'> & {
  readonly headers?: z.ZodObject
}

function schemaOf(operationId: string, endpoint: Endpoint) {
  return {
    ...requestSchema(operationId, endpoint),
    ...(endpoint.body instanceof z.ZodUndefined ? {} : { body: endpoint.body }),
    ...(endpoint.repeat === 'keyed' ? { headers: keyHeaders(endpoint) } : {}),
    ...(oauth.includes(endpoint) ? { consumes: ['application/json', FORM_TYPE] } : {}),
    response: {
      200: endpoint.response,
      ...(oauth.includes(endpoint) ? { 400: TokenError } : {}),
      default: refusal,
    },
  }
}

/** A write says its key or is not performed; a token request may come from a plain RFC 6749 client without one. */
const keyHeaders = ({ authenticated }: Endpoint) =>
  z.object({ 'idempotency-key': authenticated ? IdempotencyKey : IdempotencyKey.optional() })
