import { connect } from 'node:net'
import { once } from 'node:events'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints, Health } from '../../src/contract/api.ts'
import { BOOT_ID_HEADER, MAX_BODY_BYTES } from '../../src/contract/endpoint.ts'
import {
  AuthSession,
  credentialEndpoints,
  TokenError,
  TokenResponse,
} from '../../src/contract/credentials.ts'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import { lifetimes } from '../../src/contract/lifetimes.ts'
import { streamEndpoints } from '../../src/contract/streams.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  ask,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  PASSWORD,
  rotate,
  rotated,
  sessionTitled,
  signIn,
  signInReply,
  type TestServer,
} from './server-client.ts'

let server: TestServer

beforeAll(async () => {
  server = await demoServer({ LECTERN_SIGN_IN_LIMIT: '10' })
})
afterAll(() => server.end())

describe('signing in', () => {
  test('the right password gives tokens that work at once', async () => {
    const reply = await signInReply(server.url, MAYA, PASSWORD)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    const tokens = TokenResponse.parse(reply.json)
    expect(tokens.account).toMatchObject({ email: MAYA, displayName: 'Maya Okafor', role: 'instructor' })
    expect(tokens.expires_in).toBe(900)
    // Of its two ends the nearer one: nobody uses it.
    expect(tokens.refresh_token_expires_in).toBeGreaterThan(lifetimes.refreshTokenIdle - 60)
    expect(tokens.refresh_token_expires_in).toBeLessThanOrEqual(lifetimes.refreshTokenIdle)
    expect(Buffer.from(tokens.refresh_token, 'base64url')).toHaveLength(32)
    // The token must live all of the time it was given with.
    expect(decodeJwt(tokens.access_token).exp! * 1000).toBeGreaterThanOrEqual(Date.now() + 899_000)

    const session = await ask(server.url, 'GET', '/auth/session', {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(AuthSession.parse(session.json)).toMatchObject({ account: { email: MAYA } })
  })

  test('an address is the same however it is capitalised', async () => {
    expect((await signInReply(server.url, 'Maya.Okafor@Northfield.example', PASSWORD)).status).toBe(200)
  })

  test('a wrong password and an unknown account are refused in the same words', async () => {
    const wrong = await signInReply(server.url, 'kenji.watanabe@northfield.example', 'not the password')
    const unknown = await signInReply(server.url, 'nobody@northfield.example', PASSWORD)
    const problem = expectProblem(wrong, 401, 'wrong-credentials')
    expect(expectProblem(unknown, 401, 'wrong-credentials')).toEqual(problem)
  })

  test('twenty times in a minute with the right password is nothing to hold against anybody', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => signInReply(server.url, 'emily.turner@northfield.example', PASSWORD)),
    )
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe('guessing a password', () => {
  const SAMUEL = 'samuel.osei@northfield.example'
  let guarded: TestServer
  let other: RunningServer

  /** A balancer that is believed tells the address. */
  const from = (address: string, url: string, email: string, password: string) =>
    askJson(
      url,
      '/auth/sign-in',
      { email, password, device: { name: 'Laptop', platform: 'linux' } },
      { 'x-forwarded-for': address },
    )

  beforeAll(async () => {
    guarded = await demoServer({ LECTERN_SIGN_IN_LIMIT: '3', LECTERN_TRUST_PROXY: 'loopback' })
    // Where several servers share a database they count together; where there is one, it counts.
    other = onPostgres ? await createServer(readSettings(guarded.environment)) : guarded
  })
  afterAll(async () => {
    await other.close()
    await guarded.end()
  })

  test('is slowed down where it comes from, with the time to wait, and for nobody else', async () => {
    const guesses = Array.from({ length: 20 }, (_, n) =>
      from('203.0.113.1', n % 2 ? guarded.url : other.url, SAMUEL, 'a guess'),
    )
    const replies = await Promise.all(guesses)
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(3)
    const refused = replies.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(17)
    for (const reply of refused) {
      expectProblem(reply, 429, 'rate-limited')
      const wait = Number(reply.headers.get('retry-after'))
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(60)
    }
    expect((await from('203.0.113.1', other.url, SAMUEL, PASSWORD)).status).toBe(429)
    expect((await from('203.0.113.1', other.url, SAMUEL.toUpperCase(), PASSWORD)).status).toBe(429)
    expect((await from('203.0.113.1', other.url, MAYA, PASSWORD)).status).toBe(200)
    expect((await from('203.0.113.2', guarded.url, SAMUEL, PASSWORD)).status).toBe(200)
  })

  test('is slowed down also while the database cannot count, and everybody else still signs in', async () => {
    const PRIYA = 'priya.nair@northfield.example'
    const rename = async (name: string, to: string) => {
      const { db, close } = await guarded.openDatabase()
      await sql`alter table ${sql.ref(name)} rename to ${sql.ref(to)}`.execute(db)
      await close()
    }
    if (onPostgres) await rename('rate_limits', 'no_limits')
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => from('203.0.113.9', guarded.url, PRIYA, 'a guess')),
    )
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(5)
    expect((await from('203.0.113.8', guarded.url, PRIYA, PASSWORD)).status).toBe(200)
    if (onPostgres) await rename('no_limits', 'rate_limits')
  })

  test('is not made easier by telling an address when nobody asked for one', async () => {
    const replies: number[] = []
    for (let n = 0; n < 12; n++) {
      replies.push((await from(`203.0.113.${n}`, server.url, 'aisha.rahman@northfield.example', 'x')).status)
    }
    expect(replies.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(replies.slice(10)).toEqual([429, 429])
  })
})

describe('the first administrator', () => {
  const ADMIN = 'head@northfield.example'
  const [FIRST, SECOND] = ['the first admin password', 'the second admin password']

  test('comes from the settings, gets the password of the settings, and is then left alone', async () => {
    const first = await demoServer({ LECTERN_ADMIN_EMAIL: ADMIN, LECTERN_ADMIN_PASSWORD: FIRST })
    const again = async (environment: Record<string, string>) =>
      createServer(readSettings({ ...first.environment, ...environment }))
    const before = TokenResponse.parse((await signInReply(first.url, ADMIN, FIRST)).json)
    expect(before.account).toMatchObject({ email: ADMIN, role: 'admin' })
    await first.close()

    const same = await again({ LECTERN_ADMIN_EMAIL: ADMIN.toUpperCase() })
    const kept = await rotated(same.url, before.refresh_token)
    expect(kept.account.id).toBe(before.account.id)
    await same.close()

    const changed = await again({ LECTERN_ADMIN_PASSWORD: SECOND })
    expect((await signInReply(changed.url, ADMIN, FIRST)).status).toBe(401)
    expect((await signInReply(changed.url, ADMIN, SECOND)).status).toBe(200)
    // Whoever signed in with the old password is out.
    expect((await rotate(changed.url, kept.refresh_token)).json).toMatchObject({ error_reason: 'revoked' })
    await changed.close()

    // Settings that name somebody else's account change nothing in it.
    const mistaken = await again({
      LECTERN_ADMIN_EMAIL: MAYA,
      LECTERN_ADMIN_PASSWORD: SECOND,
      LECTERN_LOG: 'silent',
    })
    const maya = await signIn(mistaken.url, MAYA)
    expect(maya.account.role).toBe('instructor')
    await mistaken.close()
    await first.end()
  })

  test('gives an account a new password, which ends its sign-ins; nobody else may', async () => {
    const school = await demoServer({ LECTERN_ADMIN_EMAIL: ADMIN, LECTERN_ADMIN_PASSWORD: FIRST })
    const { access_token: admin } = TokenResponse.parse((await signInReply(school.url, ADMIN, FIRST)).json)
    const maya = await signIn(school.url)
    const alsoMaya = await signIn(school.url)
    const setPassword = (token: string, accountId: string, password: string) =>
      ask(school.url, 'PUT', `/accounts/${accountId}/password`, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ password }),
      })
    const { id } = maya.account
    expectProblem(await setPassword(maya.access_token, id, 'my own new password'), 403, 'forbidden')
    expectProblem(await setPassword(admin, id, 'too short'), 400, 'invalid-request')
    expectProblem(await setPassword(admin, newKey(), 'for nobody at all'), 404, 'not-found')
    await rotated(school.url, alsoMaya.refresh_token)
    const before = Date.now()
    expect(await setPassword(admin, id, 'a new one for Maya')).toMatchObject({
      status: 200,
      json: { ended: 2 },
    })
    const after = Date.now()
    // Also to whoever asks later only, it says when that was.
    const refusal = TokenError.parse((await rotate(school.url, maya.refresh_token)).json)
    expect(refusal.error_reason).toBe('revoked')
    const endedAt = Date.parse(refusal.ended_at ?? '')
    expect(endedAt).toBeGreaterThanOrEqual(before)
    expect(endedAt).toBeLessThanOrEqual(after)
    expect((await callReply(school.url, maya.access_token, 'listLiveSessions')).status).toBe(401)
    expect((await signInReply(school.url, MAYA, PASSWORD)).status).toBe(401)
    expect((await signInReply(school.url, MAYA, 'a new one for Maya')).status).toBe(200)
    await school.end()
  })

  test('leaves no sign-in behind that began with the old password at the same moment', async () => {
    const school = await demoServer({ LECTERN_ADMIN_EMAIL: ADMIN, LECTERN_ADMIN_PASSWORD: FIRST })
    const { access_token: admin } = TokenResponse.parse((await signInReply(school.url, ADMIN, FIRST)).json)
    const { id } = (await signIn(school.url, NOAH)).account
    const attempts = Array.from({ length: 12 }, () => signInReply(school.url, NOAH, PASSWORD))
    const changing = ask(school.url, 'PUT', `/accounts/${id}/password`, {
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password: 'a new one for Noah' }),
    })
    const replies = await Promise.all(attempts)
    expect((await changing).status).toBe(200)
    for (const { status, json } of replies) {
      if (status === 401) continue
      const { refresh_token: token } = TokenResponse.parse(json)
      expect((await rotate(school.url, token)).json).toMatchObject({ error_reason: 'revoked' })
    }
    await school.end()
  })
})

describe('every answer', () => {
  test('carries the marker of this boot and the date, whatever it answers', async () => {
    const replies = [
      await ask(server.url, 'GET', '/health'),
      await ask(server.url, 'GET', '/nothing/here'),
      await ask(server.url, 'GET', '/live-sessions'),
      await ask(server.url, 'GET', '/%zz'),
      await ask(server.url, 'DELETE', '/health'),
      await askJson(server.url, '/auth/token', {}),
      await ask(server.url, 'GET', '/openapi.json'),
    ]
    for (const { headers } of replies) {
      expect(headers.get(BOOT_ID_HEADER)).toBe(server.bootId)
      expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(2000)
    }
    expect(replies[0]?.headers.get('x-content-type-options')).toBe('nosniff')
    expect(Health.parse(replies[0]?.json)).toMatchObject({ bootId: server.bootId })
  })

  test('carries the marker even when the request was not HTTP at all', async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.end('this is not HTTP\r\n\r\n')
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain(`${BOOT_ID_HEADER}: ${server.bootId}`)
    expect(text).toContain('"code":"invalid-request"')
  })
})

describe('what cannot be understood is refused with a problem document', () => {
  test('an unknown address', async () => {
    expectProblem(await ask(server.url, 'GET', '/nothing/here'), 404, 'not-found')
    expectProblem(await ask(server.url, 'GET', '/%zz'), 400, 'invalid-request')
  })

  test('a body that is not JSON, not of a known type, or too large', async () => {
    const json = { 'content-type': 'application/json' }
    expectProblem(
      await ask(server.url, 'POST', '/auth/sign-in', { headers: json, body: '{"email":' }),
      400,
      'invalid-request',
    )
    expectProblem(
      await ask(server.url, 'POST', '/auth/sign-in', {
        headers: { 'content-type': 'text/plain' },
        body: 'x',
      }),
      415,
      'unsupported-media-type',
    )
    expectProblem(
      await ask(server.url, 'POST', '/auth/sign-in', {
        headers: json,
        body: `"${'x'.repeat(MAX_BODY_BYTES)}"`,
      }),
      413,
      'too-large',
    )
  })

  test('each field that is wrong is named', async () => {
    const reply = await askJson(server.url, '/auth/sign-in', { email: 'maya', password: '', device: {} })
    const { errors } = expectProblem(reply, 400, 'invalid-request')
    expect(errors?.map(({ path }) => path).sort()).toEqual([
      'body.device.name',
      'body.device.platform',
      'body.email',
      'body.password',
    ])
  })

  test('a call without a token, or with something else in its place', async () => {
    const none = await ask(server.url, 'GET', '/live-sessions')
    expectProblem(none, 401, 'unauthenticated')
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer /)
    expectProblem(await callReply(server.url, 'not.a.token', 'listLiveSessions'), 401, 'unauthenticated')
    const { access_token: token } = await signIn(server.url, 'chloe.martin@northfield.example')
    const [head, payload] = token.split('.')
    const forged = `${head}.${payload}.${Buffer.alloc(64).toString('base64url')}`
    expectProblem(await callReply(server.url, forged, 'listLiveSessions'), 401, 'unauthenticated')
  })

  test('a session that is not there, or whose id is none', async () => {
    const { access_token: token } = await signIn(server.url, 'chloe.martin@northfield.example')
    const get = (sessionId: string) =>
      callReply(server.url, token, 'getLiveSession', { params: { sessionId } })
    expectProblem(await get('6f9619ff-8b86-4d01-b42d-00cf4fc964ff'), 404, 'not-found')
    const { errors } = expectProblem(await get('42'), 400, 'invalid-request')
    expect(errors?.[0]?.path).toBe('params.sessionId')
  })

  test('a message whose characters no database keeps', async () => {
    const { access_token: token } = await signIn(server.url, 'chloe.martin@northfield.example')
    const { id: sessionId } = await sessionTitled(server.url, token, CHEMISTRY)
    for (const text of ['nul \u0000 inside', 'half a \ud83d smile']) {
      const reply = await callReply(server.url, token, 'postMessage', {
        params: { sessionId },
        body: { text },
        key: newKey(),
      })
      expectProblem(reply, 400, 'invalid-request')
    }
  })
})

test('the OpenAPI document has every endpoint of the contract, and only those', async () => {
  const { json } = await ask(server.url, 'GET', '/openapi.json')
  const { openapi, paths } = json as { openapi: string; paths: Record<string, Record<string, unknown>> }
  expect(openapi).toBe('3.1.0')
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const streams = Object.values(streamEndpoints).map(({ path }) => ({ method: 'GET', path }))
  const bytes = Object.values(byteEndpoints)
  const contract = [...Object.values({ ...endpoints, ...credentialEndpoints }), ...streams, ...bytes].map(
    ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
  )
  expect(described.sort()).toEqual(contract.sort())
  expect(paths['/live-sessions/{sessionId}/messages']?.['post']).toMatchObject({
    security: [{ bearer: [] }],
    requestBody: {
      content: { 'application/json': { schema: { properties: { text: { maxLength: 4000 } } } } },
    },
    parameters: expect.arrayContaining([
      expect.objectContaining({ in: 'header', name: 'idempotency-key', required: true }),
    ]),
  })
  expect(paths['/live-sessions/{sessionId}/assistant/replies/{replyId}']?.['get']).toMatchObject({
    security: [{ bearer: [] }],
    parameters: expect.arrayContaining([expect.objectContaining({ in: 'header', name: 'last-event-id' })]),
    responses: { 200: { content: { 'text/event-stream': { schema: expect.anything() } } } },
  })
  expect(Object.keys((paths['/auth/token']?.['post'] as typeof paths)['responses']!)).toContain('400')
})

test('the demo school is there: staff, learners and sessions of every kind, one of them to open now', async () => {
  const { access_token: token } = await signIn(server.url, 'jonas.lindqvist@northfield.example')
  const { items, counts } = await call(server.url, token, 'listLiveSessions')
  expect(counts).toEqual({ live: 4, upcoming: 9, ended: 12 })
  expect(items).toHaveLength(25)
  const chemistry = items.find(({ title }) => title === CHEMISTRY)
  expect(chemistry).toMatchObject({
    status: 'live',
    host: { displayName: 'Maya Okafor' },
    participantCount: 0,
  })
  const { items: said } = await call(server.url, token, 'listMessages', {
    params: { sessionId: chemistry!.id },
  })
  expect(said.length).toBeGreaterThan(10)
  for (const ended of items.filter(({ status }) => status === 'ended')) {
    expect(ended.rating).toBeGreaterThan(3)
    expect(Date.parse(ended.endedAt!)).toBeLessThan(Date.now())
  }
})
