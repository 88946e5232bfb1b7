/** Puts the server together: database, sign-in, rooms, routes, sockets, chores. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { version } from '../../package.json'
import { endpoints } from '../contract/api.ts'
import { byteEndpoints } from '../contract/bytes.ts'
import { credentialEndpoints } from '../contract/credentials.ts'
import { BOOT_ID_HEADER } from '../contract/endpoint.ts'
import { JOBS_SOCKET_PATH, MAX_FRAME_BYTES, roomSocketPath } from '../contract/frames.ts'
import { lifetimes } from '../contract/lifetimes.ts'
import { streamEndpoints } from '../contract/streams.ts'
import { createAssistant } from './assistant/assistant.ts'
import { createAssistantReplies } from './assistant/assistant-replies.ts'
import { createLanguageModel } from './assistant/language-model.ts'
import { analyseAudio } from './audio/audio-analysis.ts'
import { createChores, type Chore } from './chores.ts'
import { createCredits } from './credits/credits.ts'
import { openDatabase, type Database } from './database/database.ts'
import { installationId } from './database/installation.ts'
import { giveDemoCredits, keepDemoGoing, seedDemo } from './demo/demo-seed.ts'
import { createApp } from './http/app.ts'
import { serveBytes } from './http/bytes.ts'
import { openApiDocument } from './http/openapi.ts'
import { createPlaces } from './http/places.ts'
import { Problem } from './http/problem.ts'
import { FORM_TYPE, serve } from './http/routes.ts'
import { sayGoingAway } from './http/sockets.ts'
import { serveStreams } from './http/streams.ts'
import { createJobs } from './jobs/jobs.ts'
import { createLimits } from './limits.ts'
import { createLibrary } from './library/library.ts'
import { createMetrics, serveMetrics } from './metrics.ts'
import { participantHandlers } from './rooms/participants.ts'
import { chatHandlers } from './rooms/chat.ts'
import { handHandlers } from './rooms/hands.ts'
import { hostingHandlers } from './rooms/hosting.ts'
import { liveSessionHandlers } from './rooms/live-sessions.ts'
import { ratingHandlers } from './rooms/ratings.ts'
import { sessionListHandlers } from './rooms/session-list.ts'
import { attendanceBytes, attendanceHandlers } from './rooms/attendance.ts'
import { createRoomLog } from './rooms/room-log.ts'
import { serveRoomSocket } from './rooms/room-socket.ts'
import { createSilence } from './rooms/silence.ts'
import { keepTimetable } from './rooms/timetable.ts'
import type { Settings } from './settings.ts'
import { createAccessTokens } from './sign-in/access-tokens.ts'
import { ensureAdmin } from './sign-in/accounts.ts'
import { deviceHandlers } from './sign-in/devices.ts'
import { createSignInLimits } from './sign-in/sign-in-limits.ts'
import { answerTokenError, signInHandlers } from './sign-in/sign-in.ts'
import { createSigningKeys } from './sign-in/signing-keys.ts'
import { cleanUpTokens } from './sign-in/token-cleanup.ts'
import { createTokenFamilies } from './sign-in/token-families.ts'
import { StartFailure } from './start-failure.ts'
import { openObjectStore } from './storage/storage.ts'

export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string
  readonly bootId: string
  /** Tells every room socket, finishes what was begun, gives the data folder back. Closing twice is closing once. */
  close(): Promise<void>
}

export interface ServerOptions extends Settings {
  /** Milliseconds a WebSocket has for its first frame. */
  readonly helloTimeoutMs?: number
  /** Milliseconds the language model may be silent. */
  readonly modelSilenceMs?: number
  /** Path of the built audio-worker.ts, where this is not the built server. */
  readonly audioWorker?: string
}

/** How long a socket may take to say goodbye when the server stops. */
const GOODBYE_MS = 2000
/** How long an answer that was begun may take to arrive when the server stops. */
const LAST_ANSWER_MS = 5000
/** One account, to the assistant. */
const QUESTIONS_A_MINUTE = 20
const HOUR_MS = 3600_000

/** @throws {StartFailure} */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const bootId = randomUUID()
  const app = createApp(bootId, options)
  const database = await openDatabase(options, (error) =>
    app.log.error({ err: error }, 'a database connection failed'),
  )
  try {
    return await startServer(bootId, app, database, options)
  } catch (error) {
    await app.close()
    await database.close()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new StartFailure('address-in-use', `Port ${options.port} is in use. Choose another port.`)
    }
    throw error
  }
}

async function startServer(
  bootId: string,
  app: FastifyInstance,
  database: Database,
  options: ServerOptions,
): Promise<RunningServer> {
  const { db, ownRows, notices, pool, close: closeDatabase } = database
  const metrics = createMetrics(database)
  metrics.watchRequests(app)
  const failed = (what: string) => (error: unknown) => app.log.error({ err: error }, what)
  const log = createRoomLog(db, notices, failed('a room could not be read'))
  const families = await createTokenFamilies({
    db,
    notices,
    ttl: options.sessionTtl,
    idleTtl: options.refreshIdleTtl,
    failed: failed('the end of sign-ins could not be looked up'),
  })
  const cleanUp = async () => {
    const cleaned = await cleanUpTokens(db, options.refreshIdleTtl)
    metrics.cleaned('sign-ins', cleaned.signIns)
    metrics.cleaned('tokens', cleaned.tokens)
    return cleaned
  }
  const keys = await createSigningKeys(db, options.signingKeyTtl)
  const accessTokens = createAccessTokens(keys, options.accessTtl)
  const limits = createLimits(pool)
  const credits = createCredits({ db, ownRows, notices })
  const store = await openObjectStore(options.storage, await installationId(db))
  const library = await createLibrary({ db, ownRows, store, failed: failed('a file is in trouble') })
  const demo = options.seed === 'demo'
  if (demo) {
    await seedDemo(db, options.demoPassword, new Date())
    await giveDemoCredits(db, ownRows, credits)
  }
  if (options.admin && (await ensureAdmin(db, families, options.admin)) === 'not-an-admin') {
    app.log.warn('the account named in LECTERN_ADMIN_EMAIL is not an administrator; it was left as it is')
  }

  const awayMs = options.participantAway * 1000
  const silence = createSilence(db, log, { awayMs, goneMs: options.participantTimeout * 1000 }, (people) =>
    metrics.cleaned('participants', people),
  )
  const replies = createAssistantReplies(db, notices)
  const assistant = createAssistant({
    db,
    replies,
    model: options.languageModel && createLanguageModel(options.languageModel, options.modelSilenceMs),
    questions: limits.perMinute('assistant', QUESTIONS_A_MINUTE),
    paceMs: options.assistantPaceMs,
    failed: (error) => app.log.warn({ err: error }, 'the assistant failed'),
  })
  const jobs = createJobs({
    db,
    ownRows,
    notices,
    credits,
    library,
    analyse: (order) =>
      analyseAudio({ ...order, ...(options.audioWorker ? { workerScript: options.audioWorker } : {}) }),
    metrics,
    failed: failed('a job is in trouble'),
  })
  const authenticate = async (accessToken: string) => {
    const claims = await accessTokens.verify(accessToken)
    return claims && families.callerOf(claims)
  }
  const places = createPlaces()
  let stopping = false

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

  const credentials = signInHandlers({
    db,
    families,
    keys,
    accessTokens,
    limits: createSignInLimits(limits, options.signInLimit, () => metrics.signIn('rate-limited')),
    metrics,
  })
  const { refresh, revoke, ...plain } = credentialEndpoints
  serve(app, plain, credentials, { authenticate, maxAge: { jwks: keys.maxAge } })
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
      async ready() {
        if (stopping) throw new Problem('unavailable', 'This server is stopping.')
        await sql`select 1`.execute(db).catch(() => {
          throw new Problem('unavailable', 'The database cannot be reached.')
        })
        return { status: 'ready' as const }
      },
      ...deviceHandlers(families, cleanUp),
      ...liveSessionHandlers(db),
      ...sessionListHandlers(db),
      ...hostingHandlers(db, log),
      ...ratingHandlers(log),
      ...participantHandlers(db, log),
      ...handHandlers(log),
      ...silence.handlers,
      ...attendanceHandlers(db),
      ...chatHandlers(db, log),
      ...assistant.handlers,
      ...credits.handlers,
      ...library.handlers,
      ...jobs.handlers,
    },
    { authenticate },
  )
  serveBytes(app, byteEndpoints, { ...attendanceBytes(db), ...library.byteHandlers }, { authenticate })
  app.addHook('preClose', () => library.close())
  serveStreams(
    app,
    streamEndpoints,
    { ...assistant.streams, ...jobs.streams },
    {
      authenticate,
      places,
      watch: families.watch,
      opened: metrics.streamOpened,
      stillSignedIn: async ({ account, familyId, accessExpiresAt: expiresAt }) =>
        (await families.callerOf({ accountId: account.id, familyId, expiresAt })) !== null,
    },
  )
  let document: ReturnType<typeof openApiDocument> | undefined
  app.get('/openapi.json', { schema: { hide: true } }, () => (document ??= openApiDocument()))
  const socketOptions = {
    families,
    accessTokens,
    places,
    bootId,
    helloTimeoutMs: options.helloTimeoutMs ?? lifetimes.hello * 1000,
    failed: failed('a socket failed'),
  }
  const onlyWebSocket = {
    method: 'GET' as const,
    schema: { hide: true },
    handler() {
      throw new Problem('upgrade-required', 'This address is a WebSocket.', {
        headers: { upgrade: 'websocket' },
      })
    },
  }
  app.route<{ Params: { sessionId: string } }>({
    ...onlyWebSocket,
    url: roomSocketPath(':sessionId'),
    wsHandler(socket, request) {
      metrics.socketOpened('room', socket)
      serveRoomSocket(socket, request.params.sessionId, { db, log, metrics, ...socketOptions })
    },
  })
  app.route({
    ...onlyWebSocket,
    url: JOBS_SOCKET_PATH,
    wsHandler(socket) {
      metrics.socketOpened('jobs', socket)
      jobs.serveSocket(socket, socketOptions)
    },
  })

  serveMetrics(app, metrics, options.metricsToken)

  const choreMs = Math.min(5000, awayMs / 3)
  const counted = (what: Parameters<typeof metrics.cleaned>[0], work: () => Promise<number>) => async () =>
    metrics.cleaned(what, await work())
  const chores = createChores(
    [
      ...(demo
        ? [{ name: 'demo', everyMs: choreMs, work: () => keepDemoGoing(db, log, new Date()) } satisfies Chore]
        : []),
      { name: 'timetable', everyMs: choreMs, work: () => keepTimetable(db, log, new Date()) },
      { name: 'silent participants', everyMs: choreMs, work: silence.sweep },
      { name: 'old replies of the assistant', everyMs: HOUR_MS, work: counted('replies', replies.forgetOld) },
      { name: 'signing keys', everyMs: keys.rotateEveryMs, work: keys.rotate },
      { name: 'ended sign-ins', everyMs: HOUR_MS, work: cleanUp },
      { name: 'old limits', everyMs: HOUR_MS, work: limits.cleanup },
      { name: 'forgotten uploads', everyMs: HOUR_MS, work: counted('uploads', library.tidy) },
      { name: 'old jobs', everyMs: HOUR_MS, work: counted('jobs', jobs.forgetFinished) },
      {
        name: 'orphaned objects',
        everyMs: 6 * HOUR_MS,
        work: counted('objects', library.sweep),
        atStart: false,
      },
    ],
    (name, error) => {
      metrics.choreFailed(name)
      app.log.error({ err: error, chore: name }, 'a chore failed')
    },
  )
  await chores.once()
  // One after the other, and finished before the database closes. A kill in between is what the sweep is for.
  let leaving: Promise<void> = Promise.resolve()
  families.onEnded((familyId, reason) => {
    metrics.signInEnded(reason)
    leaving = leaving
      .then(() => silence.leaveRoomsOf(familyId))
      .catch(failed('nobody was taken out of a room'))
  })
  chores.begin()
  void credits.warm().catch(failed('balances could not be read ahead'))

  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    await chores.end()
    throw error
  }
  jobs.begin()
  const { address, family, port } = app.server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const shut = async () => {
    stopping = true
    const chored = chores.end()
    const jobsLeft = jobs.close()
    const late = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWER_MS)
    await app.close()
    clearTimeout(late)
    await Promise.all([jobsLeft, assistant.close(), credits.close(), library.close(), leaving])
    await store.close()
    await chored
    await closeDatabase()
  }
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    bootId,
    close: () => (closing ??= shut()),
  }
}
