/**
 * Turns the contract's byte table into routes: bodies and answers that are streams of bytes, never held whole. Refusals
 * are problem documents, as everywhere.
 */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { z } from 'zod'
import type { ByteEndpoint } from '../../contract/bytes.ts'
import { MAX_UPLOAD_PART_BYTES } from '../../contract/library.ts'
import type { Caller } from '../sign-in/token-families.ts'
import { Problem } from './problem.ts'
import { refusal, requestSchema, requireCaller, type RouteOptions } from './routes.ts'

export interface ByteCall<E extends ByteEndpoint> {
  readonly params: z.output<E['params']>
  readonly query: z.output<E['query']>
  readonly headers: z.output<E['headers']>
  readonly caller: E['authenticated'] extends true ? Caller : null
  readonly body: E['takes'] extends string ? IncomingBytes : null
}

export interface IncomingBytes {
  /** As the client says; null when it does not know. */
  readonly length: number | null
  /** Need not be read to its end. */
  readonly stream: Readable
}

export interface ByteAnswer {
  /** 200 unless it says otherwise. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is destroyed when the client goes away. */
  readonly body: Readable | string | null
}

export type ByteHandlers<T extends Readonly<Record<string, ByteEndpoint>>> = {
  readonly [N in keyof T]: (call: ByteCall<T[N]>) => Promise<ByteAnswer>
}

/** The version of the tus protocol that is spoken here; what asks for it speaks it. */
const TUS_HEADER = 'tus-resumable'
const TUS_VERSION = '1.0.0'

/** Expects `request.caller` to be decorated, and the zod compilers to be set. */
export function serveBytes<T extends Readonly<Record<string, ByteEndpoint>>>(
  app: FastifyInstance,
  table: T,
  handlers: ByteHandlers<NoInfer<T>>,
  { authenticate }: Pick<RouteOptions, 'authenticate'>,
): void {
  for (const [name, endpoint] of Object.entries(table)) {
    // The table types each handler by its own row, which a loop over rows cannot follow.
    const handle = handlers[name] as (call: unknown) => Promise<ByteAnswer>
    const onRequest = [
      ...(TUS_HEADER in endpoint.headers.shape ? [speakTus] : []),
      ...(endpoint.authenticated ? [requireCaller(authenticate)] : []),
    ]
    const schema = schemaOf(name, endpoint)
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const body = endpoint.takes === null ? null : incoming(request, endpoint.takes)
      try {
        const {
          status = 200,
          headers = {},
          body: answer,
        } = await handle({
          params: request.params,
          query: request.query,
          // Ranges are for GET and nothing else (RFC 9110 §14.2).
          headers: request.method === 'HEAD' ? { ...request.headers, range: undefined } : request.headers,
          caller: request.caller,
          body,
        })
        reply.code(status).headers(headers)
        if (endpoint.gives !== null && !('content-type' in headers)) reply.type(endpoint.gives)
        if (request.method !== 'HEAD') return reply.send(answer ?? undefined)
        if (typeof answer === 'string') reply.header('content-length', Buffer.byteLength(answer))
        else answer?.destroy()
        return reply.send()
      } finally {
        if (body) leaveUnread(body, reply)
      }
    }
    // In a scope of its own: no other route takes such a body, and these take no other.
    void app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      if (endpoint.takes !== null) {
        scope.addContentTypeParser(endpoint.takes, (_request, stream, done) => done(null, stream))
      }
      scope.addContentTypeParser('*', (_request, _stream, done) => done(wrongType(endpoint.takes)))
      const route = { url: endpoint.path, onRequest, handler, exposeHeadRoute: false }
      scope.route({
        ...route,
        method: endpoint.method,
        schema,
        // It has no GET that it is the shadow of.
        ...(endpoint.method === 'HEAD' ? { config: { swagger: { exposeHeadRoute: true } } } : {}),
      })
      if (endpoint.method === 'GET')
        scope.route({ ...route, method: 'HEAD', schema: { ...schema, hide: true } })
    })
  }
}

const speakTus: onRequestAsyncHookHandler = async (request, reply) => {
  reply.header(TUS_HEADER, TUS_VERSION)
  if (request.headers[TUS_HEADER] === TUS_VERSION) return
  throw new Problem('unsupported-version', `Uploads here speak version ${TUS_VERSION} of tus.`, {
    headers: { 'tus-version': TUS_VERSION },
  })
}

const wrongType = (takes: string | null) =>
  new Problem(
    'unsupported-media-type',
    takes === null ? 'This address takes no body.' : `Send the body as ${takes}.`,
  )

function incoming({ raw, body }: FastifyRequest, takes: string): IncomingBytes {
  if (!body) throw wrongType(takes)
  const length = raw.headers['content-length']
  return { length: length === undefined ? null : Number(length), stream: body as Readable }
}

/**
 * A client that is still sending learns of its refusal only when somebody takes the rest; unless that may be without
 * end, then the connection is the price.
 */
function leaveUnread({ stream, length }: IncomingBytes, reply: FastifyReply): void {
  if (stream.readableEnded || stream.destroyed) return
  if (length === null || length > MAX_UPLOAD_PART_BYTES) reply.header('connection', 'close')
  stream.resume()
}

function schemaOf(operationId: string, endpoint: ByteEndpoint) {
  const { gives, takes } = endpoint
  const bytes = z.any().meta({ type: 'string', format: 'binary' })
  const answer =
    gives === null
      ? z.undefined().describe('Done; the headers say the rest.')
      : { description: 'The bytes.', content: { [gives]: { schema: bytes } } }
  return {
    ...requestSchema(operationId, endpoint),
    ...(takes === null ? {} : { body: bytes, consumes: [takes] }),
    response: {
      [takes === null ? 200 : 204]: answer,
      ...('range' in endpoint.headers.shape ? { 206: answer } : {}),
      default: refusal,
    },
  }
}
