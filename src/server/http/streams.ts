/**
 * Turns the contract's stream table into routes: server-sent events (HTML Standard §9.2). A handler says what there is
 * to tell after an id; when a stream has to end early, and that it never falls silent, is decided here.
 *
 * A stream ends with the access token it was opened with, with the sign-in behind that token, and with the server. It
 * then simply ends: whoever misses the last event comes back with `Last-Event-ID`.
 */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { nothing } from '../../contract/endpoint.ts'
import type { streamEndpoints, StreamEndpoint } from '../../contract/streams.ts'
import { STREAM_KEEPALIVE } from '../../contract/streams.ts'
import { tooMany } from '../limits.ts'
import type { Places } from './places.ts'
import { unauthenticated } from './problem.ts'
import { refusal, requestSchema, requireCaller, type Authenticate } from './routes.ts'
import type { Caller } from '../sign-in/token-families.ts'

export interface StreamCall<E extends StreamEndpoint> {
  readonly params: z.output<E['params']>
  readonly caller: Caller
  /** The last event the client has; 0 for none. */
  readonly lastId: number
}

export interface StoredEvent<E extends StreamEndpoint> {
  readonly id: number
  readonly event: z.output<E['event']>
}

/** Every event after `lastId`, as it comes, up to the last one; ends early when the signal says so. */
type Tell<E extends StreamEndpoint> = (signal: AbortSignal) => AsyncIterable<StoredEvent<E>>

export type StreamHandlers<T extends Readonly<Record<string, StreamEndpoint>>> = {
  /** Null when the client has the last event already. */
  readonly [N in keyof T]: (call: StreamCall<T[N]>) => Promise<Tell<T[N]> | null>
}

export interface StreamRouteOptions {
  readonly authenticate: Authenticate
  readonly places: Places
  /** Calls back when this family of tokens has ended. Returns what undoes it. */
  readonly watch: (familyId: string, listener: () => void) => () => void
  /** Whether the sign-in behind this call has not ended meanwhile. */
  readonly stillSignedIn: (caller: Caller) => Promise<boolean>
  /** A stream begins, or goes on after an event. What is returned is called when it has closed. */
  readonly opened: (name: string, resumed: boolean) => () => void
}

export const STREAM_TYPE = 'text/event-stream; charset=utf-8'

/** Half of what is promised, so that a slow moment breaks no promise. */
const KEEPALIVE_MS = (STREAM_KEEPALIVE / 2) * 1000
/** When there may be a place again for one more stream. */
const PLACE_MS = 5000
/** How long a client may take to read the rest when the server stops. */
const GOODBYE_MS = 2000

const LastEventId = z.string().regex(/^\d{1,9}$/, 'Must be the id of an event of this stream')

/** Expects `request.caller` to be decorated, and the zod compilers to be set. */
export function serveStreams<T extends typeof streamEndpoints>(
  app: FastifyInstance,
  table: T,
  handlers: StreamHandlers<NoInfer<T>>,
  { authenticate, places, watch, stillSignedIn, opened }: StreamRouteOptions,
): void {
  const open = new Map<PassThrough, AbortController>()
  let closing = false

  app.addHook('preClose', async () => {
    closing = true
    const late = setTimeout(() => open.forEach((_, out) => out.destroy()), GOODBYE_MS)
    open.forEach((over) => over.abort())
    await Promise.all([...open.keys()].map((out) => out.closed || once(out, 'close')))
    clearTimeout(late)
  })

  /** From here on the answer is a stream; what goes wrong can only cut it. */
  function start(reply: FastifyReply, over: AbortController, tell: Tell<StreamEndpoint>): PassThrough {
    const out = new PassThrough()
    open.set(out, over)
    const keepalive = setInterval(() => {
      // A client that does not read needs no proof of life.
      if (!out.writableNeedDrain) out.write(':\n\n')
    }, KEEPALIVE_MS)
    out.once('close', () => {
      open.delete(out)
      over.abort()
    })
    // At once: the client learns that its request was heard before there is anything to say.
    out.write(':\n\n')
    const finish = () => {
      clearInterval(keepalive)
      if (!out.destroyed) out.end()
    }
    if (over.signal.aborted) finish()
    else over.signal.addEventListener('abort', finish)
    const run = async () => {
      for await (const { id, event } of tell(over.signal)) {
        if (over.signal.aborted) return
        const goesOn = out.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
        if (!goesOn) await once(out, 'drain', { signal: over.signal })
      }
      over.abort()
    }
    run().catch((error: unknown) => {
      if (over.signal.aborted) return
      reply.log.error({ err: error }, 'a stream failed')
      out.destroy()
    })
    return out
  }

  for (const [name, endpoint] of Object.entries(table) as [string, StreamEndpoint][]) {
    // The table types each handler by its own row, which a loop over rows cannot follow.
    const handle = handlers[name as keyof T] as unknown as (
      call: StreamCall<StreamEndpoint>,
    ) => Promise<Tell<StreamEndpoint> | null>
    app.route({
      method: 'GET',
      url: endpoint.path,
      // Its body would have to be made and thrown away for as long as it lasts.
      exposeHeadRoute: false,
      schema: schemaOf(name, endpoint),
      onRequest: requireCaller(authenticate),
      async handler(request, reply) {
        const { caller } = request
        if (!caller) throw unauthenticated()
        const giveBack = places.take(caller.account.id)
        if (!giveBack)
          throw tooMany('This account has too many sockets and streams open. Close some.', PLACE_MS)
        const over = new AbortController()
        const stopListening = watch(caller.familyId, () => over.abort())
        const tokenEnd = setTimeout(() => over.abort(), caller.accessExpiresAt.getTime() - Date.now())
        over.signal.addEventListener('abort', () => {
          giveBack()
          stopListening()
          clearTimeout(tokenEnd)
        })
        try {
          // Asked again now that a revocation is heard: none can fall between.
          if (!(await stillSignedIn(caller))) throw unauthenticated()
          const lastId = Number(request.headers['last-event-id'] ?? 0)
          const tell = await handle({ params: request.params as Record<string, unknown>, caller, lastId })
          if (!tell) {
            over.abort()
            // HTML Standard §9.2.3: this is how a browser's EventSource is told not to come back.
            return reply.code(204).send()
          }
          reply
            .type(STREAM_TYPE)
            // A proxy that gathers the answer would tell nothing until the end.
            .header('x-accel-buffering', 'no')
            // A connection that may wait for the next request would keep a stopping server waiting.
            .header('connection', 'close')
          if (closing) over.abort()
          const out = start(reply, over, tell)
          out.once('close', opened(name, lastId > 0))
          return reply.send(out)
        } catch (error) {
          over.abort()
          throw error
        }
      },
    })
  }
}

function schemaOf(operationId: string, endpoint: StreamEndpoint) {
  return {
    ...requestSchema(operationId, {
      ...endpoint,
      authenticated: true,
      query: nothing,
      headers: z.object({ 'last-event-id': LastEventId.optional() }),
    }),
    description: `Ends after the event of type \`${endpoint.last}\`. When it ends earlier, ask again with Last-Event-ID.`,
    response: {
      200: {
        description: 'Server-sent events; `data` of each is JSON of this schema.',
        content: { 'text/event-stream': { schema: endpoint.event } },
      },
      204: z.undefined().describe('There is nothing after this event.'),
      default: refusal,
    },
  }
}
