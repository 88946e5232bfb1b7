/** What whoever runs the server relies on: what it counts, what it says with every answer. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import { BOOT_ID_HEADER } from '../../src/contract/endpoint.ts'
import { JOBS_SOCKET_PATH, roomSocketPath } from '../../src/contract/frames.ts'
import { openDatabase } from '../../src/server/database/database.ts'
import { readSettings } from '../../src/server/settings.ts'
import { searchFiles } from '../harness/secrets-search.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'
import {
  ask,
  askAssistant,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  openReply,
  rotate,
  rotated,
  say,
  sessionTitled,
  signIn,
  signInReply,
  demoData,
  PASSWORD,
  temporaryData,
  until,
  wholeReply,
  type TestServer,
  uploadFile,
  uploadHeaders,
} from './server-client.ts'

const CSV = 'name,email\nAda Byron,ada@northfield.example\n'

/** Every sample of the page, by its name and labels as they are written there. */
async function samplesOf(url: string, headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\S+?(?:\{.*\})?) (\S+)$/.exec(line) ?? []
      expect(value, line).toMatch(/^([-+]?[\d.]+(e[-+]?\d+)?|[-+]?Inf|nan)$/i)
      return [name, Number(value)]
    }),
  )
}

/** How much these have grown while `work` was done. */
async function growth(url: string, work: () => Promise<unknown>): Promise<(name: string) => number> {
  const before = await samplesOf(url)
  await work()
  const after = await samplesOf(url)
  return (name) => {
    expect([...after.keys()]).toContain(name)
    return (after.get(name) ?? 0) - (before.get(name) ?? 0)
  }
}

describe('what is counted', () => {
  let server: TestServer
  let token: string
  let room: string

  beforeAll(async () => {
    server = await demoServer({ LECTERN_SIGN_IN_LIMIT: '50' })
    token = (await signIn(server.url)).access_token
    room = (await sessionTitled(server.url, token, CHEMISTRY)).id
  })
  afterAll(() => server.end())

  test('attempts to sign in, by how they ended', async () => {
    const grown = await growth(server.url, async () => {
      await signIn(server.url)
      for (let n = 0; n < 51; n++) await signInReply(server.url, 'nobody@northfield.example', 'wrong')
    })
    expect(grown('lectern_sign_ins_total{outcome="signed-in"}')).toBe(1)
    expect(grown('lectern_sign_ins_total{outcome="wrong-credentials"}')).toBe(50)
    expect(grown('lectern_sign_ins_total{outcome="rate-limited"}')).toBe(1)
  })

  test('refreshes, replays and refusals; a theft once, however often the token is tried afterwards', async () => {
    const grown = await growth(server.url, async () => {
      const { refresh_token: first } = await signIn(server.url, NOAH)
      const key = newKey()
      await rotated(server.url, first, key)
      const { refresh_token: second } = await rotated(server.url, first, key)
      await rotated(server.url, second)
      await rotate(server.url, first, key)
      for (let n = 0; n < 3; n++) await rotate(server.url, first, newKey())
      await rotate(server.url, 'a token that nobody has ever given', newKey())
    })
    expect(grown('lectern_refreshes_total{outcome="rotated"}')).toBe(2)
    expect(grown('lectern_refreshes_total{outcome="replayed"}')).toBe(1)
    expect(grown('lectern_refreshes_total{outcome="superseded"}')).toBe(1)
    expect(grown('lectern_refreshes_total{outcome="reused"}')).toBe(3)
    expect(grown('lectern_refreshes_total{outcome="unknown"}')).toBe(1)
    expect(grown('lectern_sign_ins_ended_total{reason="reused"}')).toBe(1)
    expect(grown('lectern_sign_ins_ended_total{reason="signed-out"}')).toBe(0)
  })

  test('room sockets while they are open, how they began, what went over them, and why they closed', async () => {
    const grown = await growth(server.url, async () => {
      const fresh = await enterSocket(server.url, room, token)
      await say(server.url, token, room, 'to one')
      await until(() => fresh.events.length === 1, 'the event')
      const resumed = await enterSocket(server.url, room, token, 0)
      const { seq } = await resumed.frame('welcome')
      await until(() => resumed.events.length === seq, 'the whole log')
      const ahead = await enterSocket(server.url, room, token, 1_000_000)
      const open = (await samplesOf(server.url)).get('lectern_open_sockets{socket="room"}')
      expect(open).toBe(3)
      fresh.close()
      resumed.send({ type: 'reauth', accessToken: 'not a token of this server' })
      expect(await resumed.closed).toBe(4401)
      ahead.ws.terminate()
      await Promise.all([fresh.closed, ahead.closed])
      await until(
        async () => (await samplesOf(server.url)).get('lectern_open_sockets{socket="room"}') === 0,
        'the end of all sockets',
      )
    })
    for (const cursor of ['fresh', 'resumed', 'ahead']) {
      expect(grown(`lectern_rooms_opened_total{cursor="${cursor}"}`), cursor).toBe(1)
    }
    expect(grown('lectern_room_events_sent_total{way="live"}')).toBe(1)
    expect(grown('lectern_room_events_sent_total{way="replayed"}')).toBeGreaterThan(0)
    expect(grown('lectern_sockets_closed_total{socket="room",reason="unauthenticated"}')).toBe(1)
    expect(grown('lectern_sockets_closed_total{socket="room",reason="lost"}')).toBe(1)
  })

  test('people in rooms, and live sessions by where they stand, from the database', async () => {
    const { counts } = await call(server.url, token, 'listLiveSessions')
    const before = await samplesOf(server.url)
    for (const status of ['live', 'upcoming', 'ended'] as const) {
      expect(before.get(`lectern_live_sessions{status="${status}"}`)).toBe(counts[status])
    }
    await call(server.url, token, 'joinLiveSession', { params: { sessionId: room } })
    const after = await samplesOf(server.url)
    expect(after.get('lectern_participants')).toBe((before.get('lectern_participants') ?? 0) + 1)
    expect(after.get('lectern_database_up')).toBe(1)
    await call(server.url, token, 'leaveLiveSession', { params: { sessionId: room } })
  })

  test('streams, those that went on after an event among them, and none that has ended as open', async () => {
    const grown = await growth(server.url, async () => {
      const replyId = await askAssistant(server.url, token, room, 'Who is missing?')
      const { events } = await wholeReply(server.url, token, { sessionId: room, replyId })
      const rest = await openReply(server.url, token, { sessionId: room, replyId }, events.length - 1)
      expect(await rest.over).toBe('ended')
    })
    expect(grown('lectern_streams_opened_total{stream="assistantReply",resumed="false"}')).toBe(1)
    expect(grown('lectern_streams_opened_total{stream="assistantReply",resumed="true"}')).toBe(1)
    expect(grown('lectern_open_streams{stream="assistantReply"}')).toBe(0)
  })

  test('jobs by kind and outcome', async () => {
    const ended = (outcome: string) =>
      `lectern_job_duration_seconds_count{kind="roster-import",outcome="${outcome}"}`
    const fileId = await uploadFile(server.url, token, CSV)
    const body = { kind: 'roster-import', fileId, course: 'CHEM-204' }
    await call(server.url, token, 'startJob', { body, key: newKey() })
    await until(async () => (await samplesOf(server.url)).get(ended('done')) === 1, 'a job that is counted')
    expect((await samplesOf(server.url)).get('lectern_unfinished_jobs')).toBe(0)
  })

  test('requests by the pattern of their route: nothing that a client wrote is in a label', async () => {
    const secret = 'do-not-put-me-into-a-label'
    await ask(server.url, 'GET', `/live-sessions/${secret}?x=${secret}`)
    await ask(server.url, 'GET', `/${secret}`)
    await ask(server.url, 'PROPFIND', `/${secret}`)
    await call(server.url, token, 'getLiveSession', { params: { sessionId: room } })
    const samples = await samplesOf(server.url)
    const seconds = 'lectern_http_request_duration_seconds_count'
    const route = '/live-sessions/:sessionId'
    expect(samples.get(`${seconds}{method="GET",route="${route}",status="2xx"}`)).toBe(1)
    expect(samples.get(`${seconds}{method="GET",route="${route}",status="4xx"}`)).toBe(1)
    expect(samples.get(`${seconds}{method="any",route="none",status="4xx"}`)).toBeGreaterThanOrEqual(2)
    const page = [...samples.keys()].join('\n')
    expect(page).not.toContain(secret)
    expect(page).not.toContain(room)
    // Those last for hours: among the requests they would say nothing of how quick the server is.
    expect(page).not.toContain(`route="${roomSocketPath(':sessionId')}"`)
    expect(page).not.toContain('route="/live-sessions/:sessionId/assistant/replies/:replyId",status="2xx"')
  })

  test('the connections to PostgreSQL, where there is one', async () => {
    const samples = await samplesOf(server.url)
    expect(samples.has('lectern_database_waiting')).toBe(onPostgres)
    expect(samples.has('lectern_database_connections{state="in-use"}')).toBe(onPostgres)
    expect(samples.has('lectern_notices_connections_lost_total')).toBe(onPostgres)
  })

  test('for this machine, when no token is set, and for nobody who came by a proxy on it', async () => {
    await samplesOf(server.url)
    for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      const reply = await ask(server.url, 'GET', '/metrics', { headers: { [header]: '127.0.0.1' } })
      expectProblem(reply, 404, 'not-found')
    }
  })

  test('for whoever says the token, when one is set, from anywhere; by each server for itself', async () => {
    const token = 'only-for-the-tests-of-metrics'
    const other = await demoServer({ LECTERN_METRICS_TOKEN: token })
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.1' }
    const refused = 'lectern_sign_ins_total{outcome="rate-limited"}'
    expect((await samplesOf(other.url, headers)).get(refused)).toBe(0)
    expect((await samplesOf(server.url)).get(refused)).toBe(1)
    for (const said of [undefined, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token, 'Bearer ']) {
      const reply = await ask(other.url, 'GET', '/metrics', {
        headers: said === undefined ? {} : { authorization: said },
      })
      expectProblem(reply, 401, 'unauthenticated')
      expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="lectern metrics"')
    }
    await other.end()
  })
})

describe('what every answer says', () => {
  let server: TestServer
  let token: string
  let room: string
  let file: string

  beforeAll(async () => {
    server = await demoServer({ LECTERN_TRUST_PROXY: '127.0.0.0/8' })
    token = (await signIn(server.url)).access_token
    room = (await sessionTitled(server.url, token, CHEMISTRY)).id
    file = await uploadFile(server.url, token, CSV)
  })
  afterAll(() => server.end())

  const headersOf = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ) => {
    const { hostname, port } = new URL(server.url)
    const sent = request({ hostname, port, path, method, headers })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    return { status: response.statusCode ?? 0, headers: response.headers }
  }

  /** Of what does not even parse, by the bytes as they are sent. */
  const headersOfBytes = async (bytes: string) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.end(bytes)
    await once(socket, 'close')
    const [first = '', ...lines] = text.split('\r\n\r\n')[0]!.split('\r\n')
    const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2) as [string, string]))
    return { status: Number(first.split(' ')[1]), headers: headers as Record<string, string | undefined> }
  }

  const json = { 'content-type': 'application/json' }
  const origin = { origin: 'https://elsewhere.example' }
  const preflight = {
    ...origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  }

  /** One of every kind of answer there is. */
  const answers: [string, number, () => Promise<{ status: number; headers: Record<string, unknown> }>][] = [
    ['an answer in JSON', 200, () => headersOf('GET', '/health', origin)],
    ['an answer to a person', 200, () => headersOf('GET', '/live-sessions', { ...origin, ...bearer() })],
    ['the keys', 200, () => headersOf('GET', '/.well-known/jwks.json', origin)],
    ['the OpenAPI document', 200, () => headersOf('GET', '/openapi.json', origin)],
    ['a file', 200, () => headersOf('GET', `/files/${file}/content`, { ...origin, ...bearer() })],
    [
      'a part of a file',
      206,
      () => headersOf('GET', `/files/${file}/content`, { ...origin, ...bearer(), range: 'bytes=0-3' }),
    ],
    [
      'no part of a file',
      416,
      () => headersOf('GET', `/files/${file}/content`, { ...origin, ...bearer(), range: 'bytes=900-' }),
    ],
    [
      'a file by its link',
      200,
      async () => {
        const link = await call(server.url, token, 'createMediaLink', { params: { fileId: file } })
        return headersOf('GET', link.path, origin)
      },
    ],
    [
      'a stream',
      200,
      async () => {
        const replyId = await askAssistant(server.url, token, room, 'Time left?')
        return headersOf('GET', `/live-sessions/${room}/assistant/replies/${replyId}`, {
          ...origin,
          ...bearer(),
        })
      },
    ],
    ['a file of attendance', 200, () => headersOf('GET', `/live-sessions/${room}/attendance.csv`, bearer())],
    [
      'how far an upload is',
      200,
      () => headersOf('HEAD', `/files/${file}/bytes`, { ...bearer(), 'tus-resumable': '1.0.0' }),
    ],
    ['a version of tus nobody speaks', 412, () => headersOf('HEAD', `/files/${file}/bytes`, bearer())],
    ['a body that is no JSON', 400, () => headersOf('POST', '/auth/sign-in', { ...origin, ...json }, '{')],
    ['a refusal of a token', 400, () => headersOf('POST', '/auth/token', { ...origin, ...json }, '{}')],
    ['somebody unknown', 401, () => headersOf('GET', '/live-sessions', origin)],
    ['something that is not there', 404, () => headersOf('GET', '/nowhere', origin)],
    [
      'a body of another kind',
      415,
      () => headersOf('POST', '/auth/sign-in', { 'content-type': 'text/xml' }, '<a/>'),
    ],
    [
      'a body that is too large',
      413,
      () => headersOf('POST', '/auth/sign-in', json, JSON.stringify({ a: 'x'.repeat(300_000) })),
    ],
    ['an address for WebSockets', 426, () => headersOf('GET', JOBS_SOCKET_PATH, origin)],
    ['an address that cannot be read', 400, () => headersOf('GET', '/live-sessions/%', origin)],
    ['a preflight for signing in', 404, () => headersOf('OPTIONS', '/auth/sign-in', preflight)],
    ['a preflight for a file', 404, () => headersOf('OPTIONS', `/files/${file}/content`, preflight)],
    ['a preflight for anything', 404, () => headersOf('OPTIONS', '*', preflight)],
    ['what is no HTTP', 400, () => headersOfBytes('HELLO THERE\r\n\r\n')],
    [
      'headers that are too large',
      431,
      () => headersOfBytes(`GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
    ],
  ]
  const bearer = () => ({ authorization: `Bearer ${token}` })

  test.each(answers)(
    '%s is from us, is not kept, runs nowhere and is for no other site',
    async (_, status, get) => {
      const answer = await get()
      expect(answer.status).toBe(status)
      const { headers } = answer
      expect(headers[BOOT_ID_HEADER]).toBe(server.bootId)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      })
      expect(String(headers['cache-control'])).toMatch(/^(no-store|public, max-age=\d+)$/)
      const names = Object.keys(headers)
      expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([])
      for (const name of ['server', 'x-powered-by', 'set-cookie']) expect(names).not.toContain(name)
    },
  )

  test('only what a media element shows may be shown by another site, and only with its link', async () => {
    const policy = async (path: string) =>
      (await headersOf('GET', path, bearer())).headers['cross-origin-resource-policy']
    expect(await policy(`/files/${file}/content`)).toBe('same-origin')
    const link = await call(server.url, token, 'createMediaLink', { params: { fileId: file } })
    expect(await policy(link.path)).toBe('cross-origin')
    expect(await policy(link.path.replace(/.$/, '-'))).toBe('same-origin')
  })

  test('its id: the one the balancer gave it, and nobody else’s', async () => {
    const id = async (headers: Record<string, string>) =>
      (await headersOf('GET', '/health', headers)).headers['x-request-id']
    const viaBalancer = { 'x-forwarded-for': '192.0.2.7' }
    expect(await id({ ...viaBalancer, 'x-request-id': 'balancer-17' })).toBe('balancer-17')
    expect(await id({ 'x-request-id': 'made-up' })).toMatch(/^[0-9a-f-]{36}$/)
    expect(await id({ ...viaBalancer, 'x-request-id': 'with a space' })).toMatch(/^[0-9a-f-]{36}$/)
    expect(await id({ ...viaBalancer, 'x-request-id': 'x'.repeat(129) })).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('its id is there when it fails, too', async () => {
    const { headers } = await callReply(server.url, token, 'getLiveSession', { params: { sessionId: 'x' } })
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const reply = await askJson(server.url, '/auth/sign-in', { email: MAYA })
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('what is logged', () => {
  test('at its most talkative the server says what happened, and no secret and nothing that people wrote', async () => {
    const data = await temporaryData()
    const environment = { LECTERN_ADMIN_EMAIL: 'office@northfield.example', ...data.environment }
    const secrets = {
      demoPassword: 'northfield-the-demo-password',
      adminPassword: 'office-the-admin-password',
      metricsToken: 'metrics-the-token-of-metrics',
      wrongPassword: 'what-maya-typed-by-mistake',
      said: 'what-maya-said-in-the-room',
      refused: 'what-the-database-did-not-take',
      uploaded: 'what-maya-has-in-her-file',
      inAddress: 'what-somebody-put-into-an-address',
      notAToken: 'what-was-never-a-token-of-ours',
    }
    const found = new Set<string>([...Object.values(secrets), MAYA, NOAH, environment.LECTERN_ADMIN_EMAIL])
    // A statement that fails, with everything that was in it.
    const database = await openDatabase(
      readSettings({
        ...environment,
        LECTERN_ADMIN_PASSWORD: secrets.adminPassword,
      }),
      console.error,
    )
    await sql`alter table messages add check (text not like ${sql.lit(`%${secrets.refused}%`)})`.execute(
      database.db,
    )
    await database.close()

    const server = await startServer({
      dataDir: data.folder,
      demoPassword: secrets.demoPassword,
      env: {
        ...environment,
        LECTERN_LOG: 'trace',
        LECTERN_ADMIN_PASSWORD: secrets.adminPassword,
        LECTERN_METRICS_TOKEN: secrets.metricsToken,
        LECTERN_SIGN_IN_LIMIT: '3',
        LECTERN_TRUST_PROXY: '127.0.0.0/8',
      },
    })
    const { url } = server
    const tokensOf = async (email: string, password = secrets.demoPassword) => {
      const reply = await signInReply(url, email, password)
      expect(reply.status).toBe(200)
      const tokens = reply.json as { access_token: string; refresh_token: string; account: { id: string } }
      found.add(tokens.access_token).add(tokens.refresh_token)
      return tokens
    }
    const maya = await tokensOf(MAYA)
    const noah = await tokensOf(NOAH)
    await tokensOf(environment.LECTERN_ADMIN_EMAIL, secrets.adminPassword)
    for (let n = 0; n < 5; n++) await signInReply(url, MAYA, secrets.wrongPassword)
    const next = await rotated(url, noah.refresh_token)
    found.add(next.access_token).add(next.refresh_token)
    await rotate(url, secrets.notAToken, newKey())
    await ask(url, 'GET', '/live-sessions', { headers: { authorization: `Bearer ${secrets.notAToken}` } })
    await ask(url, 'GET', `/live-sessions?access_token=${secrets.inAddress}`)
    await ask(url, 'GET', `/${secrets.inAddress}/nowhere`)
    await ask(url, 'GET', `/live-sessions/${secrets.inAddress}%`)
    await ask(url, 'GET', '/health', { headers: { 'x-request-id': 'named-by-a-client' } })
    await ask(url, 'GET', '/health', {
      headers: { 'x-request-id': 'named-by-the-balancer', 'x-forwarded-for': '192.0.2.7' },
    })
    await samplesOf(url, { authorization: `Bearer ${secrets.metricsToken}` })

    const { id: room } = await sessionTitled(url, maya.access_token, CHEMISTRY)
    await call(url, maya.access_token, 'joinLiveSession', { params: { sessionId: room } })
    await say(url, maya.access_token, room, secrets.said)
    const failing = { params: { sessionId: room }, body: { text: secrets.refused }, key: newKey() }
    expectProblem(await callReply(url, maya.access_token, 'postMessage', failing), 500, 'internal')
    const replyId = await askAssistant(url, maya.access_token, room, `Did anybody say ${secrets.said}?`)
    await (
      await openReply(url, maya.access_token, { sessionId: room, replyId })
    ).over
    const socket = await enterSocket(url, room, maya.access_token, 0)
    socket.send({ type: 'reauth', accessToken: secrets.notAToken })
    await socket.closed

    const file = await uploadFile(url, maya.access_token, `name,email\n${secrets.uploaded},a@b.example\n`)
    const link = await call(url, maya.access_token, 'createMediaLink', { params: { fileId: file } })
    const signature = new URLSearchParams(link.path.split('?')[1]).get('signature') ?? ''
    found.add(signature)
    expect((await fetch(url + link.path)).status).toBe(200)
    expect((await fetch(`${url}${link.path}x`)).status).toBe(400)
    // A WebSocket where there is none.
    const lost = new WebSocket(url.replace('http', 'ws') + link.path)
    lost.on('error', () => undefined)
    await once(lost, 'close')
    const body = { kind: 'roster-import', fileId: file, course: 'CHEM-204' }
    await call(url, maya.access_token, 'startJob', { body, key: newKey() })
    await rotate(url, noah.refresh_token, 'a key that nobody has')
    await server.stop()

    const output = server.output()
    const lines = output.split('\n').filter((line) => line.startsWith('{'))
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    const requests = logged.filter(({ msg }) => msg === 'request')
    expect(requests).toContainEqual(
      expect.objectContaining({
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'POST',
        route: '/live-sessions/:sessionId/messages',
        status: 500,
        ms: expect.any(Number),
        account: maya.account.id,
      }),
    )
    expect(requests.map(({ status }) => status)).toEqual(
      expect.arrayContaining([200, 204, 400, 401, 404, 429]),
    )
    expect(requests.map(({ requestId }) => requestId)).toContain('named-by-the-balancer')
    expect(output).not.toContain('named-by-a-client')
    const failure = logged.find(({ msg }) => msg === 'request failed')
    expect(failure).toMatchObject({ err: { code: '23514' } })
    // The line of the request and that of its failure can be read together.
    expect(requests.find(({ status }) => status === 500)?.['requestId']).toBe(failure?.['requestId'])

    const folder = await mkdtemp(join(tmpdir(), 'lectern-log-'))
    await writeFile(join(folder, 'log'), output)
    expect(await searchFiles(folder, found)).toEqual([])
    // And it would be found.
    await writeFile(join(folder, 'log'), `${output}${signature}`)
    expect(await searchFiles(folder, found)).toHaveLength(1)
    await rm(folder, { recursive: true })
    await server.dispose()
    await data.remove()
  })
})

describe('a server that is told to stop', () => {
  let data: Awaited<ReturnType<typeof demoData>>
  let server: ServerProcess
  let token: string
  let room: string

  beforeAll(async () => {
    data = await demoData()
    server = await startServer({
      dataDir: data.folder,
      demoPassword: PASSWORD,
      accessTtl: 3600,
      env: { ...data.environment, LECTERN_SIGN_IN_LIMIT: '1000' },
    })
    token = (await signIn(server.url)).access_token
    room = (await sessionTitled(server.url, token, CHEMISTRY)).id
  })
  afterAll(async () => {
    await server.dispose()
    await data.remove()
  })

  interface UnderWay {
    readonly request: ClientRequest
    readonly answer: Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>
  }

  /** A request of which the server has read the headers, and said so. Its body is still to come. */
  async function begun(method: string, path: string, headers: Record<string, string>): Promise<UnderWay> {
    const sent = request(server.url + path, { method, headers: { ...headers, expect: '100-continue' } })
    const answer = (async () => {
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response) text += String(chunk)
      return { status: response.statusCode ?? 0, headers: response.headers, text }
    })()
    answer.catch(() => undefined)
    sent.flushHeaders()
    await once(sent, 'continue')
    return { request: sent, answer }
  }

  test('finishes the requests that were begun, says meanwhile that it is not ready, and ends well', async () => {
    const credentials = JSON.stringify({
      email: MAYA,
      password: 'northfield-demo-password',
      device: { name: 'Test laptop', platform: 'linux' },
    })
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(credentials)),
    }
    const requests = await Promise.all(
      Array.from({ length: 12 }, () => begun('POST', '/auth/sign-in', headers)),
    )
    // A laptop that sleeps does not say goodbye; for it the server waits a moment.
    const asleep = await enterSocket(server.url, room, token)
    const socket = (asleep.ws as unknown as { _socket: { pause(): void } })._socket
    socket.pause()

    const stopped = server.stop()
    const ready = async () => ask(server.url, 'GET', '/ready').catch(() => null)
    let notReady: Awaited<ReturnType<typeof ready>> = null
    await until(async () => (notReady = await ready())?.status === 503, 'the word that it is not ready')
    expectProblem(notReady!, 503, 'unavailable')
    for (const { request: sent } of requests) sent.end(credentials)
    const answers = await Promise.all(requests.map(({ answer }) => answer))
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200))
    await stopped
    expect(server.exitCode()).toBe(0)
    asleep.ws.terminate()

    // What was promised then is kept.
    await server.restart()
    for (const { text } of answers)
      await rotated(server.url, (JSON.parse(text) as { refresh_token: string }).refresh_token)
  })

  test('keeps what has arrived of an upload, and says how much that is', async () => {
    const bytes = Buffer.concat([
      Buffer.from('name,email\n'),
      Buffer.from('Ada,ada@b.example\n'.repeat(20_000)),
    ])
    const announced = { name: 'roster.csv', contentType: 'text/csv', size: bytes.length }
    const { id } = await call(server.url, token, 'createUpload', { body: announced, key: newKey() })
    const path = byteEndpoints.uploadPart.path.replace(':fileId', id)
    const tus = { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' }
    const part = await begun('PATCH', path, {
      ...uploadHeaders(token, 0),
      'content-length': String(bytes.length),
    })
    part.request.write(bytes.subarray(0, 100_000))
    const stopped = server.stop()
    const { status, headers } = await part.answer
    expect(status).toBe(408)
    await stopped
    expect(server.exitCode()).toBe(0)
    await server.restart()
    const offset = async () =>
      Number((await fetch(server.url + path, { method: 'HEAD', headers: tus })).headers.get('upload-offset'))
    const kept = await offset()
    expect(String(kept)).toBe(headers['upload-offset'])
    await fetch(server.url + path, {
      method: 'PATCH',
      headers: uploadHeaders(token, kept),
      body: bytes.subarray(kept),
    })
    const content = await fetch(`${server.url}/files/${id}/content`, { headers: tus })
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('gives a job back that is being done; after the restart it is done, and done once', async () => {
    const people = 30_000
    const tag = randomBytes(4).toString('hex')
    const list = Array.from({ length: people }, (_, n) => `Person ${n},p${n}.${tag}@northfield.example`)
    const fileId = await uploadFile(server.url, token, `name,email\n${list.join('\n')}\n`)
    const body = { kind: 'roster-import', fileId, course: `COURSE-${tag}` }
    const { id: jobId } = await call(server.url, token, 'startJob', { body, key: newKey() })
    const job = () => call(server.url, token, 'getJob', { params: { jobId } })
    await until(async () => (await job()).progress > 0, 'some progress')
    await server.stop()
    expect(server.exitCode()).toBe(0)
    await server.restart()
    await until(async () => (await job()).finishedAt !== null, 'the end of the job', 60_000)
    const { status, result, attempts } = await job()
    expect({ status, attempts }).toEqual({ status: 'done', attempts: 2 })
    expect(result).toMatchObject({ kind: 'roster-import', created: people, enrolled: people, known: 0 })
  }, 300_000)

  test('ends its streams between two pieces, and they go on after the restart', async () => {
    const replyId = await askAssistant(server.url, token, room, 'What was said? Who is missing? Time left?')
    const reply = await openReply(server.url, token, { sessionId: room, replyId })
    await until(() => reply.events.length > 1, 'the first pieces')
    await server.stop()
    expect(server.exitCode()).toBe(0)
    expect(await reply.over).toBe('ended')
    expect(reply.events.at(-1)?.event.type).toBe('text')
    await server.restart()
    const { id } = reply.events.at(-1)!
    const rest = await openReply(server.url, token, { sessionId: room, replyId }, id)
    expect(await rest.over).toBe('ended')
    expect(rest.events[0]?.id).toBe(id + 1)
    expect(rest.events.at(-1)?.event).toEqual({ type: 'done' })
  })

  test('takes being told twice as being told once', async () => {
    const socket = await enterSocket(server.url, room, token)
    server.signal('SIGTERM')
    server.signal('SIGTERM')
    server.signal('SIGINT')
    expect(await socket.closed).toBe(1001)
    expect(socket.frames.at(-1)).toEqual({ type: 'going-away' })
    await server.stop()
    expect(server.exitCode()).toBe(0)
    await server.restart()
    await signIn(server.url)
  })
})
