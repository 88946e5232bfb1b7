/**
 * What is logged of a request: its id, the pattern of its route, how it ended, how long it took, and whose it was.
 * Never an address as it came, a header or a body: tokens, signatures and what people wrote are in those.
 */
import { randomUUID } from 'node:crypto'
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'

const REQUEST_ID_HEADER = 'x-request-id'

/** Balancers and monitors ask every second; only what goes wrong there is news. */
const asksAllTheTime = new Set(['/health', '/ready', '/metrics'])

const ForeignId = z.string().regex(/^[\w.:/+=-]{1,128}$/)

export class RequestLog extends LogController {
  override incomingRequest(): void {
    // One line a request, when it is over.
  }

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const facts = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(request.caller ? { account: request.caller.account.id } : {}),
    }
    if (error) reply.log.info({ ...facts, err: error }, 'request cut')
    else
      reply.log[asksAllTheTime.has(facts.route ?? '') && reply.statusCode < 400 ? 'debug' : 'info'](
        facts,
        'request',
      )
  }
}

/**
 * Gives a request its id, and says it in the answer. A balancer's own is taken over, so that its log and this one can be
 * read together; anybody else's is not: it would be a way to write into the log.
 */
export function identify(request: FastifyRequest, reply: FastifyReply): void {
  const foreign = ForeignId.safeParse(request.headers[REQUEST_ID_HEADER])
  request.id = foreign.success && cameByTrustedProxy(request) ? foreign.data : randomUUID()
  request.log = reply.log = request.log.child({ requestId: request.id })
  void reply.header(REQUEST_ID_HEADER, request.id)
}

/** The first is the connection's own address; another follows only when that is one that is believed. */
const cameByTrustedProxy = ({ ips }: FastifyRequest) => (ips?.length ?? 0) > 1

/** As pino's own serializer has it. */
interface Loggable {
  readonly type: string
  readonly message: string
  readonly stack: string
  readonly [more: string]: unknown
}

const DEEPEST = 5

/**
 * An error as it may be logged. Of everything else that may hang on it, such as the parameters and the details of a
 * statement that failed, the log gets nothing.
 */
export function loggable(error: unknown, depth = 0): Loggable {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'Something that is no error was thrown.', stack: '' }
  const { code, constraint } = error as Error & { code?: unknown; constraint?: unknown }
  const saying = withoutValues(error.message, code)
  return {
    type: error.name,
    message: saying,
    stack: (error.stack ?? '').replace(error.message, () => saying),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(error.cause === undefined || depth >= DEEPEST ? {} : { cause: loggable(error.cause, depth + 1) }),
  }
}

/** PostgreSQL's class 22 (data exception) repeats the value that it does not like. */
const withoutValues = (message: string, code: unknown) =>
  typeof code === 'string' && /^22\w{3}$/.test(code) ? message.replace(/".*"/s, '"…"') : message
