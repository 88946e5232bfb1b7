/** Puts the server together: database, sign-in, rooms, routes, sockets. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type preHandlerAsyncHookHandler } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { version } from '../../package.json'
import { BOOT_ID_HEADER, endpoints, MAX_BODY_BYTES } from '../contract/api.ts'
import { credentialEndpoints } from '../contract/credentials.ts'
import { MAX_FRAME_BYTES, roomSocketPath } from '../contract/frames.ts'
import { streamEndpoints } from '../contract/streams.ts'
import { createAccessTokens } from './sign-in/access-tokens.ts'
import { createAssistant } from './assistant/assistant.ts'
import { createAssistantReplies } from './assistant/assistant-replies.ts'
import { attendanceHandlers, leaveRoomsOf, sweep } from './rooms/attendance.ts'
import { chatHandlers } from './rooms/chat.ts'
import { openDatabase } from './database/database.ts'
import { keepDemoGoing, seedDemo } from './demo/demo-seed.ts'
import { createLanguageModel } from './assistant/language-model.ts'
import { liveSessionHandlers } from './rooms/live-sessions.ts'
import { openApiDocument } from './http/openapi.ts'
import { answerError, Problem, problemOf, PROBLEM_TYPE, sendProblem } from './http/problem.ts'
import { createRoomLog } from './rooms/room-log.ts'
import { sayGoingAway, serveRoomSocket } from './rooms/room-socket.ts'
import { FORM_TYPE, serve } from './http/routes.ts'
import type { Settings } from './settings.ts'
import { answerTokenError, signInHandlers } from './sign-in/sign-in.ts'
import { StartFailure } from './start-failure.ts'
import { serveStreams } from './http/streams.ts'
import { keepTimetable } from './rooms/timetable.ts'
import { createTokenFamilies } from './sign-in/token-families.ts'

export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string
  readonly bootId: string
  /** Tells every room socket, finishes what was begun, gives the data folder back. Closing twice is closing once. */
  close(): Promise<void>
}

export interface ServerOptions extends Settings {
  /** Milliseconds a room socket has for its first frame. */
  readonly helloTimeoutMs?: number
  /** Milliseconds the language model may be silent. */
  readonly modelSilenceMs?: number
}

const HELLO_TIMEOUT_MS = 10_000
/** How long a socket may take to say goodbye when the server stops. */
const GOODBYE_MS = 2000
/** How long an answer that was begun may take to arrive when the server stops. */
const LAST_ANSWER_MS = 5000
const REQUEST_TIMEOUT_MS = 30_000
/** Sign-in attempts from one address, for all accounts together, in terms of those for one account. */
const ACCOUNTS_PER_ADDRESS = 10

/** @throws {StartFailure} */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const database = await openDatabase(options.dataDir)
  try {
    return await startServer(database, options)
  } catch (error) {
    await database.close()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new StartFailure('address-in-use', `Port ${options.port} is in use. Choose another port.`)
    }
    throw error
  }
}

async function startServer(
  { db, close: closeDatabase }: Awaited<ReturnType<typeof openDatabase>>,
  options: ServerOptions,
): Promise<RunningServer> {
  const bootId = randomUUID()
  const log = createRoomLog(db)
  const families = await createTokenFamilies(db, options.sessionTtl)
  const accessTokens = await createAccessTokens(db, options.accessTtl)
  const demo = options.seed === 'demo'
  if (demo) await seedDemo(db, options.demoPassword, new Date())

  const app = createApp(bootId, options.log)
  const timeoutMs = options.participantTimeout * 1000
  const assistant = createAssistant({
    db,
    replies: createAssistantReplies(db),
    model: options.languageModel && createLanguageModel(options.languageModel, options.modelSilenceMs),
    paceMs: options.assistantPaceMs,
    failed: (error) => app.log.warn({ err: error }, 'the assistant failed'),
  })
  const authenticate = async (accessToken: string) => {
    const claims = await accessTokens.verify(accessToken)
    return claims && families.callerOf(claims)
  }

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  })
  await app.register(rateLimit, { global: false })
  await app.register(websocket, {
    options: { maxPayload: MAX_FRAME_BYTES },
    errorHandler: (error, socket, request) => {
      request.log.info({ err: error }, 'room socket failed')
      // An oversized or malformed frame is answered by ws itself; anything else leaves nothing to talk over.
      if (!('code' in error)) socket.terminate()
    },
    preClose(done) {
      const { clients } = app.websocketServer
      const late = setTimeout(() => clients.forEach((socket) => socket.terminate()), GOODBYE_MS)
      app.websocketServer.close(() => {
        clearTimeout(late)
        done()
      })
      clients.forEach(sayGoingAway)
    },
  })
  app.websocketServer.on('headers', (headers) => headers.push(`${BOOT_ID_HEADER}: ${bootId}`))

  const credentials = signInHandlers(db, families, accessTokens)
  const { signIn, authSession, refresh, revoke } = credentialEndpoints
  serve(app, { signIn, authSession }, credentials, {
    authenticate,
    before: { signIn: limitSignIn(app, options.signInLimit) },
  })
  await app.register(async (tokenScope) => {
    tokenScope.setErrorHandler(answerTokenError)
    tokenScope.addContentTypeParser(FORM_TYPE, { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
    )
    serve(tokenScope, { refresh, revoke }, credentials, { authenticate })
  })
  serve(
    app,
    endpoints,
    {
      health: async () => ({ status: 'ok' as const, bootId, time: new Date().toISOString(), version }),
      ...liveSessionHandlers(db),
      ...attendanceHandlers(db, log),
      ...chatHandlers(db, log),
      ...assistant.handlers,
    },
    { authenticate },
  )
  serveStreams(app, streamEndpoints, assistant.streams, {
    authenticate,
    onRevoked: families.onRevoked,
    stillSignedIn: async ({ account, familyId, accessExpiresAt: expiresAt }) =>
      (await families.callerOf({ accountId: account.id, familyId, expiresAt })) !== null,
  })
  let document: ReturnType<typeof openApiDocument> | undefined
  app.get('/openapi.json', { schema: { hide: true } }, () => (document ??= openApiDocument()))
  app.route<{ Params: { sessionId: string } }>({
    method: 'GET',
    url: roomSocketPath(':sessionId'),
    schema: { hide: true },
    handler: () => {
      throw new Problem('upgrade-required', 'This address is a WebSocket.', {
        headers: { upgrade: 'websocket' },
      })
    },
    wsHandler: (socket, request) =>
      serveRoomSocket(socket, request.params.sessionId, {
        db,
        log,
        families,
        accessTokens,
        bootId,
        helloTimeoutMs: options.helloTimeoutMs ?? HELLO_TIMEOUT_MS,
        failed: (error) => request.log.error({ err: error }, 'room socket failed'),
      }),
  })

  const startedAt = Date.now()
  const chores = repeat(Math.min(15_000, timeoutMs / 3), async () => {
    const now = new Date()
    if (demo) await keepDemoGoing(db, log, now)
    await keepTimetable(db, log, now)
    await families.forgetEnded()
    // While the server was down nobody could say "still here"; they get the full time to say so again.
    if (now.getTime() - startedAt > timeoutMs) await sweep(db, log, new Date(now.getTime() - timeoutMs))
  })
  await chores.run()
  // One after the other, and finished before the database closes. A kill in between is what the sweep is for.
  let leaving: Promise<void> = Promise.resolve()
  families.onRevoked((familyId) => {
    leaving = leaving
      .then(() => leaveRoomsOf(db, log, familyId, new Date(Date.now() - timeoutMs)))
      .catch((error: unknown) => app.log.error({ err: error }, 'nobody was taken out of a room'))
  })
  chores.begin((error) => app.log.error({ err: error }, 'a chore failed'))

  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    await chores.end()
    await app.close()
    throw error
  }
  const { address, family, port } = app.server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const shut = async () => {
    await chores.end()
    const late = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWER_MS)
    await app.close()
    clearTimeout(late)
    await Promise.all([assistant.close(), leaving])
    await closeDatabase()
  }
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    bootId,
    close: () => (closing ??= shut()),
  }
}

/** Everything an answer has whatever it answers: the marker header, no caching, and a problem document if it fails. */
function createApp(bootId: string, level: Settings['log']): FastifyInstance {
  const app = Fastify({
    logger: {
      level,
      stream: process.stderr,
      redact: [
        'req.headers.authorization',
        // A database error carries its statement's parameters: what people wrote, hashes of tokens and passwords.
        'err.params',
        'err.query',
        'err.cause.params',
        'err.cause.query',
      ],
    },
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Requests that arrive while the server closes are still answered by us, with the marker header.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      void reply.header(BOOT_ID_HEADER, bootId)
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
  app.addHook('onRequest', async (_request, reply) => {
    reply.header(BOOT_ID_HEADER, bootId).header('cache-control', 'no-store')
  })
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
function answerBrokenRequest(bootId: string, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const statusCode =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const { document } = problemOf(Object.assign(new Error('broken request'), { statusCode }))
  const body = JSON.stringify(document)
  socket.end(
    [
      `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
      `${BOOT_ID_HEADER}: ${bootId}`,
      `date: ${new Date().toUTCString()}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

/** @param perMinute attempts for one account from one address; every attempt counts, also one that succeeds */
function limitSignIn(app: FastifyInstance, perMinute: number): preHandlerAsyncHookHandler {
  const limits = [
    app.createRateLimit({ max: perMinute * ACCOUNTS_PER_ADDRESS, timeWindow: '1 minute' }),
    app.createRateLimit({
      max: perMinute,
      timeWindow: '1 minute',
      keyGenerator: ({ ip, body }) => `${ip} ${(body as { email: string }).email.toLowerCase()}`,
    }),
  ]
  return async (request) => {
    for (const limit of limits) {
      const result = await limit(request)
      if (result.isAllowed || !result.isExceeded) continue
      throw new Problem('rate-limited', 'Too many sign-in attempts. Wait a minute before trying again.', {
        headers: { 'retry-after': String(result.ttlInSeconds) },
      })
    }
  }
}

/** Runs `work` again and again with a pause between, never twice at once. */
function repeat(pauseMs: number, work: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let ended = false
  return {
    run: work,
    begin(failed: (error: unknown) => void): void {
      timer = setTimeout(() => {
        running = work()
          .catch(failed)
          .then(() => (ended ? undefined : this.begin(failed)))
      }, pauseMs)
    },
    async end(): Promise<void> {
      ended = true
      clearTimeout(timer)
      await running
    },
  }
}
