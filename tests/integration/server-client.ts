/** A plain client of the server: HTTP by fetch, a room's socket by ws, every answer checked against the contract. */
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { expect, inject } from 'vitest'
import { createParser } from 'eventsource-parser'
import { WebSocket } from 'ws'
import { endpoints, type EndpointName } from '../../src/contract/api.ts'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import { BOOT_ID_HEADER, ProblemDocument } from '../../src/contract/endpoint.ts'
import { TokenResponse, type ClientFrame } from '../../src/contract/credentials.ts'
import type { ContentType } from '../../src/contract/library.ts'
import { roomSocketPath, ServerFrame, type RoomEvent } from '../../src/contract/frames.ts'
import { streamEndpoints, type StreamEvent } from '../../src/contract/streams.ts'
import type { z } from 'zod'
import { createServer, type RunningServer, type ServerOptions } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { openDatabase, type Database } from '../../src/server/database/database.ts'
import { eventually } from '../harness/eventually.ts'
import { createDatabase } from '../harness/postgres.ts'
import { PASSWORD } from '../harness/demo-school-template.ts'
import { temporaryFolder } from './server-child.ts'

export { PASSWORD }
export const MAYA = 'maya.okafor@northfield.example'
export const NOAH = 'noah.bennett@northfield.example'
export const ADMIN = 'helen.marsh@northfield.example'
export const CHEMISTRY = 'Organic Chemistry II: reaction mechanisms'

export const newKey = (): string => randomUUID()

/** Which database these tests run on; the server is to be the same on both. */
export const onPostgres = inject('template').postgres !== null

export interface TestServer extends RunningServer {
  /** The settings of another server on the same data; on PGlite this one has to be closed first. */
  readonly environment: Readonly<Record<string, string>>
  /** A look at the data; on PGlite this server has to be closed first. */
  openDatabase(): Promise<Database>
  /** Stops it and removes its data. */
  end(): Promise<void>
}

/** A server in this process, on a port and with data of its own, with the demo school. */
export async function demoServer(
  environment: Record<string, string> = {},
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const data = await demoData()
  const whole = { LECTERN_PORT: '0', LECTERN_LOG: 'error', ...data.environment, ...environment }
  const server = await createServer({ ...readSettings(whole), ...options })
  return {
    ...server,
    environment: whole,
    openDatabase: () => openDatabase(readSettings(whole), (error) => console.error(error)),
    async end() {
      await server.close()
      await data.remove()
    },
  }
}

/** A place for a server's data, on the database these tests run on; empty. */
export async function temporaryData() {
  const { postgres } = inject('template')
  return placeOf(postgres && (await createDatabase(postgres.administrator)))
}

/** A place with the demo school in it, and what a server has to be told to use it. */
export async function demoData() {
  const { dataDir, postgres } = inject('template')
  const place = await placeOf(postgres && (await createDatabase(postgres.administrator, postgres.database)))
  await cp(dataDir, place.folder, { recursive: true })
  Object.assign(place.environment, {
    LECTERN_SEED: 'demo',
    LECTERN_DEMO_PASSWORD: PASSWORD,
    LECTERN_SIGN_IN_LIMIT: '10000',
  })
  return place
}

async function placeOf(databaseUrl: string | null) {
  const folder = await temporaryFolder()
  return {
    folder: folder.path,
    environment: {
      LECTERN_DATA_DIR: folder.path,
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    } as Record<string, string>,
    remove: folder.remove,
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly json: unknown
}

export async function ask(
  url: string,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  }
}

export const askJson = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(url, 'POST', path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** Checks the marker, the content type and the schema of a refusal. */
export function expectProblem(reply: Reply, status: number, code: string): ProblemDocument {
  expect(reply.status).toBe(status)
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(reply.headers.get(BOOT_ID_HEADER)).toMatch(/^[0-9a-f-]{36}$/)
  const problem = ProblemDocument.parse(reply.json)
  expect(problem).toMatchObject({ status, code })
  return problem
}

export const signInReply = (url: string, email: string, password: string) =>
  askJson(url, '/auth/sign-in', { email, password, device: { name: 'Test laptop', platform: 'linux' } })

export async function signIn(url: string, email = MAYA): Promise<TokenResponse> {
  const reply = await signInReply(url, email, PASSWORD)
  expect(reply.status).toBe(200)
  return TokenResponse.parse(reply.json)
}

export const rotate = (url: string, refreshToken: string, key?: string) =>
  askJson(
    url,
    '/auth/token',
    { grant_type: 'refresh_token', refresh_token: refreshToken },
    key === undefined ? {} : { 'idempotency-key': key },
  )

export async function rotated(url: string, refreshToken: string, key = newKey()): Promise<TokenResponse> {
  const reply = await rotate(url, refreshToken, key)
  expect(reply.json).toMatchObject({ token_type: 'Bearer' })
  return TokenResponse.parse(reply.json)
}

export interface CallOptions {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  key?: string
}

export function callReply<N extends EndpointName>(
  url: string,
  accessToken: string,
  name: N,
  { params = {}, query = {}, body, key }: CallOptions = {},
): Promise<Reply> {
  const { method, path } = endpoints[name]
  const filled = path.replace(/:(\w+)/g, (_, parameter: string) => params[parameter] ?? '')
  const search = new URLSearchParams(query).toString()
  return ask(url, method, filled + (search && `?${search}`), {
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** A call that succeeds. */
export async function call<N extends EndpointName>(
  url: string,
  accessToken: string,
  name: N,
  options: CallOptions = {},
): Promise<z.output<(typeof endpoints)[N]['response']>> {
  const reply = await callReply(url, accessToken, name, options)
  expect(reply).toMatchObject({ status: 200 })
  return endpoints[name].response.parse(reply.json) as z.output<(typeof endpoints)[N]['response']>
}

export const say = (url: string, accessToken: string, sessionId: string, text: string, key = newKey()) =>
  call(url, accessToken, 'postMessage', { params: { sessionId }, body: { text }, key })

/** Of a request that carries part of an upload, from `offset` on (tus 1.0.0). */
export const uploadHeaders = (accessToken: string, offset: number) => ({
  authorization: `Bearer ${accessToken}`,
  'tus-resumable': '1.0.0',
  'upload-offset': String(offset),
  'content-type': 'application/offset+octet-stream',
})

/** A file of this account that is all there, sent in one part. @returns its id */
export async function uploadFile(
  url: string,
  accessToken: string,
  content: string | Uint8Array,
  { name = 'people.csv', contentType = 'text/csv' as ContentType } = {},
): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const { id } = await call(url, accessToken, 'createUpload', {
    body: { name, contentType, size: bytes.length },
    key: newKey(),
  })
  const response = await fetch(url + byteEndpoints.uploadPart.path.replace(':fileId', id), {
    method: 'PATCH',
    headers: uploadHeaders(accessToken, 0),
    body: bytes as BodyInit,
  })
  expect(response.status).toBe(204)
  return id
}

export async function sessionTitled(url: string, accessToken: string, title: string) {
  const { items } = await call(url, accessToken, 'listLiveSessions', { query: { search: title } })
  const found = items.find((item) => item.title === title)
  if (!found) throw new Error(`no session is titled ${title}`)
  return found
}

export const askAssistant = async (
  url: string,
  accessToken: string,
  sessionId: string,
  text: string,
  key = newKey(),
) => (await call(url, accessToken, 'askAssistant', { params: { sessionId }, body: { text }, key })).replyId

export interface ReplyStream {
  readonly response: Response
  readonly events: { id: number; event: StreamEvent<'assistantReply'> }[]
  /** What was said in the events so far. */
  text(): string
  /** How many comment lines have come. */
  comments(): number
  /** Node's fetch calls an answer on a connection that is to be closed `ended` however it closes. */
  readonly over: Promise<'ended' | 'cut'>
  close(): void
}

/** Resolves when the headers are there; whatever the answer is, it is read as a stream of events. */
export async function openReply(
  url: string,
  accessToken: string,
  params: { sessionId: string; replyId: string },
  lastEventId?: number | string,
): Promise<ReplyStream> {
  const { path, event: schema } = streamEndpoints.assistantReply
  const closing = new AbortController()
  const response = await fetch(
    url + path.replace(':sessionId', params.sessionId).replace(':replyId', params.replyId),
    {
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
      },
      signal: closing.signal,
    },
  )
  const events: ReplyStream['events'] = []
  let comments = 0
  const parser = createParser({
    onEvent: ({ id, data }) => events.push({ id: Number(id), event: schema.parse(JSON.parse(data)) }),
    onComment: () => comments++,
  })
  const read = async () => {
    const utf8 = new TextDecoder()
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return 'ended'
    for await (const bytes of response.body!) parser.feed(utf8.decode(bytes, { stream: true }))
    return 'ended'
  }
  return {
    response,
    events,
    text: () => textOf(events),
    comments: () => comments,
    over: read().catch(() => 'cut') as ReplyStream['over'],
    close: () => closing.abort(),
  }
}

export const textOf = (events: ReplyStream['events']) =>
  events.map(({ event }) => (event.type === 'text' ? event.text : '')).join('')

/** The whole reply, read in one go. */
export async function wholeReply(...[url, accessToken, params]: Parameters<typeof openReply>) {
  const reply = await openReply(url, accessToken, params)
  expect(await reply.over).toBe('ended')
  expect(reply.events.map(({ id }) => id)).toEqual(reply.events.map((_, position) => position + 1))
  expect(reply.events.at(-1)?.event).toEqual({ type: 'done' })
  return reply
}

export interface RoomSocket {
  readonly ws: WebSocket
  readonly frames: ServerFrame[]
  readonly events: { seq: number; event: RoomEvent }[]
  readonly closed: Promise<number>
  send(frame: ClientFrame): void
  /** The first frame of this type, once it is there. */
  frame<T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>>
  close(): void
}

export function openSocket(url: string, sessionId: string): RoomSocket {
  const ws = new WebSocket(url.replace(/^http/, 'ws') + roomSocketPath(sessionId))
  const frames: ServerFrame[] = []
  const events: RoomSocket['events'] = []
  ws.on('message', (data) => {
    const frame = ServerFrame.parse(JSON.parse(data.toString()))
    frames.push(frame)
    if (frame.type === 'event') events.push(frame)
  })
  return {
    ws,
    frames,
    events,
    closed: once(ws, 'close').then(([code]) => Number(code)),
    send: (frame) => ws.send(JSON.stringify(frame)),
    async frame(type) {
      await until(() => frames.some((frame) => frame.type === type), `a ${type} frame`)
      return frames.find((frame) => frame.type === type) as never
    },
    close: () => ws.close(),
  }
}

/** Opens a room's socket and waits for its welcome. */
export async function enterSocket(
  url: string,
  sessionId: string,
  accessToken: string,
  afterSeq: number | null = null,
): Promise<RoomSocket> {
  const socket = openSocket(url, sessionId)
  await once(socket.ws, 'open')
  socket.send({ type: 'hello', accessToken, afterSeq })
  await socket.frame('welcome')
  return socket
}

/** Looks again and again until it is so. */
export async function until(
  so: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  await eventually(what, so, withinMs)
}
