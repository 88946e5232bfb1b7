import { connect } from 'node:net'
import { once } from 'node:events'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BOOT_ID_HEADER, endpoints, Health, MAX_BODY_BYTES } from '../../src/contract/api.ts'
import { AuthSession, credentialEndpoints, TokenResponse } from '../../src/contract/credentials.ts'
import { streamEndpoints } from '../../src/contract/streams.ts'
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
  PASSWORD,
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
    expect(tokens.refresh_token_expires_in).toBeGreaterThan(29 * 24 * 3600)
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

  test('guessing is slowed down for the account that is guessed at, and for nobody else', async () => {
    const guess = () => signInReply(server.url, 'samuel.osei@northfield.example', 'a guess')
    const replies = await Promise.all(Array.from({ length: 11 }, guess))
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(10)
    const refused = replies.find(({ status }) => status === 429)
    expectProblem(refused!, 429, 'rate-limited')
    const wait = Number(refused!.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
    expect((await signInReply(server.url, 'priya.nair@northfield.example', PASSWORD)).status).toBe(200)
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
  const contract = [...Object.values({ ...endpoints, ...credentialEndpoints }), ...streams].map(
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
