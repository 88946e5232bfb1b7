/** The HTTP server before it has any routes: what every answer has, whatever it answers, and how broken requests end. */
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { BOOT_ID_HEADER, MAX_BODY_BYTES } from '../../contract/endpoint.ts'
import type { Settings } from '../settings.ts'
import { answerError, Problem, problemOf, PROBLEM_TYPE, sendProblem } from './problem.ts'
import { identify, loggable, RequestLog } from './request-log.ts'

/** A part of an upload over a slow line; one that falls silent is ended long before (library/uploads.ts). */
const REQUEST_TIMEOUT_MS = 300_000
const HEADERS_TIMEOUT_MS = 30_000

/**
 * What every answer says, unless its route has reason to say otherwise: https://owasp.org/www-project-secure-headers, for
 * a server that gives nobody a page. No Access-Control-*: no other site's page may call it.
 */
const everywhere = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  // Whoever ends TLS in front of this server passes it on; over plain HTTP it is ignored (RFC 6797 §8.1).
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}

/** The marker header and those of `everywhere`, and a problem document if something fails. */
export function createApp(
  bootId: string,
  { log: level, trustProxy }: Pick<Settings, 'log' | 'trustProxy'>,
): FastifyInstance {
  const app = Fastify({
    logger: {
      level,
      stream: process.stderr,
      // Also where a library logs by itself. `path`: an address as it came, of a WebSocket where there is none.
      serializers: { err: (error) => loggable(error), req: ({ method }) => ({ method }), path: () => null },
    },
    logController: new RequestLog(),
    childLoggerFactory: (logger, _bindings, options) => logger.child({}, options),
    ...(trustProxy.length > 0 ? { trustProxy: [...trustProxy] } : {}),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node would refuse a request without a Host in its own words.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false },
    // Requests that arrive while the server closes are still answered by us, with the marker header.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      identify(request, reply)
      void reply.headers({ ...everywhere, [BOOT_ID_HEADER]: bootId })
      void answerError(error, request, reply)
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(bootId, error, socket),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new Problem('not-found', 'There is nothing at this address.')),
  )
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request, reply) => {
    identify(request, reply)
    reply.headers({ ...everywhere, [BOOT_ID_HEADER]: bootId })
    checkHead(request.raw)
  })
  // Else Node answers what it does not know in its own words.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  closeUnusedConnections(app)
  app.removeContentTypeParser('text/plain')
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients send the content type with every POST; no body is then no body, not broken JSON.
    if (body === '') done(null, undefined)
    else parseJson(request, body.toString(), done)
  })
  return app
}

/** @throws {Problem} what RFC 9112 §3.2 and RFC 9110 §10.1.1 have a server refuse */
function checkHead({ rawHeaders, httpVersion, headers: { expect } }: IncomingMessage): void {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    throw new Problem('invalid-request', 'A request names one host.')
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Problem('invalid-request', 'What this request expects of the server is not known here.')
  }
}

/**
 * Browsers, and Node's fetch, open connections before they need them. One that never carried a request is no idle
 * connection to Node's `server.close`, which would wait for it for a minute.
 */
function closeUnusedConnections(app: FastifyInstance): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  app.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  })
}

/** What does not even parse as HTTP never becomes a request; it gets its problem document by hand. */
function answerBrokenRequest(
  bootId: string,
  error: Error & { readonly code?: string; readonly rawPacket?: unknown },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const statusCode =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const { document } = problemOf(Object.assign(new Error('broken request'), { statusCode }))
  // An answer to HEAD has no body (RFC 9110 §9.3.2).
  const { rawPacket } = error
  const isHead = Buffer.isBuffer(rawPacket) && rawPacket.toString('latin1', 0, 5) === 'HEAD '
  const body = isHead ? '' : JSON.stringify(document)
  socket.end(
    [
      `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
      `${BOOT_ID_HEADER}: ${bootId}`,
      ...Object.entries(everywhere).map(([name, value]) => `${name}: ${value}`),
      `date: ${new Date().toUTCString()}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
