import { randomBytes, createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLOSE } from '../../src/contract/frames.ts'
import { TokenError, TokenResponse } from '../../src/contract/credentials.ts'
import { openDatabase } from '../../src/server/database/database.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { selectToken } from '../../src/server/sign-in/token-families.ts'
import {
  ask,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  newKey,
  NOAH,
  rotate,
  rotated,
  sessionTitled,
  signIn,
  type Reply,
  type TestServer,
} from './server-client.ts'

let server: TestServer

beforeAll(async () => {
  server = await demoServer()
})
afterAll(() => server.end())

function expectRefused(reply: Reply, reason: TokenError['error_reason']): void {
  expect(reply.status).toBe(400)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(TokenError.parse(reply.json)).toMatchObject({ error: 'invalid_grant', error_reason: reason })
}

describe('rotating a refresh token', () => {
  test('gives a new pair; the session goes on, and its end does not move', async () => {
    const first = await signIn(server.url)
    const second = await rotated(server.url, first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.refresh_token_expires_in).toBeLessThanOrEqual(first.refresh_token_expires_in)
    const third = await rotated(server.url, second.refresh_token)
    await call(server.url, third.access_token, 'listLiveSessions')
  })

  test('an answer that was lost is given again, and the session goes on from it', async () => {
    const first = await signIn(server.url)
    const key = newKey()
    const lost = await rotated(server.url, first.refresh_token, key)
    const again = await rotated(server.url, first.refresh_token, key)
    expect(again.refresh_token).toBe(lost.refresh_token)
    // Both access tokens live: the lost answer may have been used before the client was killed.
    await call(server.url, lost.access_token, 'listLiveSessions')
    await call(server.url, again.access_token, 'listLiveSessions')
    const onceMore = await rotated(server.url, first.refresh_token, key)
    expect(onceMore.refresh_token).toBe(lost.refresh_token)
    const next = await rotated(server.url, onceMore.refresh_token)
    await rotated(server.url, next.refresh_token)
  })

  test('twenty refreshes of one token at once, with one key, have one successor', async () => {
    const first = await signIn(server.url)
    const key = newKey()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => rotated(server.url, first.refresh_token, key)),
    )
    const [successor, ...others] = new Set(replies.map((reply) => reply.refresh_token))
    expect(others).toEqual([])
    await rotated(server.url, successor!)
  })

  test('works for a client that sends a form and knows no key', async () => {
    const first = await signIn(server.url)
    const reply = await ask(server.url, 'POST', '/auth/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: first.refresh_token,
      }).toString(),
    })
    expect(reply.status).toBe(200)
    const { refresh_token: successor } = TokenResponse.parse(reply.json)
    await rotated(server.url, successor)
  })

  test('what is wrong with the request is said in the words of RFC 6749, and ends nothing', async () => {
    const { refresh_token: token } = await signIn(server.url)
    const says = async (body: unknown, error: TokenError['error'], headers = {}) => {
      const reply = await askJson(server.url, '/auth/token', body, headers)
      expect(reply.status).toBe(400)
      expect(TokenError.parse(reply.json).error).toBe(error)
    }
    await says({}, 'invalid_request')
    await says({ grant_type: 'refresh_token' }, 'invalid_request')
    await says({ grant_type: 'password', refresh_token: token }, 'unsupported_grant_type')
    await says({ grant_type: 'refresh_token', refresh_token: token }, 'invalid_request', {
      'idempotency-key': 'short',
    })
    const plain = await ask(server.url, 'POST', '/auth/token', {
      headers: { 'content-type': 'text/plain' },
      body: token,
    })
    expectProblem(plain, 415, 'unsupported-media-type')
    await rotated(server.url, token)
  })

  test('a token nobody was given is refused', async () => {
    expectRefused(await rotate(server.url, randomBytes(32).toString('base64url'), newKey()), 'unknown')
  })
})

describe('a refresh token that is used twice', () => {
  const reuses: [string, (token: string, key: string) => Promise<Reply>][] = [
    ['with another key', (token) => rotate(server.url, token, newKey())],
    ['with no key', (token) => rotate(server.url, token)],
  ]
  test.each(reuses)('%s ends the whole sign-in at once', async (_, reuse) => {
    const first = await signIn(server.url)
    const key = newKey()
    const second = await rotated(server.url, first.refresh_token, key)
    expectRefused(await reuse(first.refresh_token, key), 'reused')
    expectRefused(await rotate(server.url, second.refresh_token, newKey()), 'reused')
    expectProblem(
      await callReply(server.url, second.access_token, 'listLiveSessions'),
      401,
      'unauthenticated',
    )
  })

  test('with its own key, but after its successor was used, gets nothing and throws nobody out', async () => {
    const first = await signIn(server.url)
    const key = newKey()
    const second = await rotated(server.url, first.refresh_token, key)
    const third = await rotated(server.url, second.refresh_token)
    expectRefused(await rotate(server.url, first.refresh_token, key), 'superseded')
    await rotated(server.url, third.refresh_token)
  })

  test('tells the room sockets of that sign-in, and no others', async () => {
    const [mine, other] = [await signIn(server.url), await signIn(server.url)]
    const { id } = await sessionTitled(server.url, mine.access_token, CHEMISTRY)
    const watching = await enterSocket(server.url, id, mine.access_token)
    const bystander = await enterSocket(server.url, id, other.access_token)
    await rotated(server.url, mine.refresh_token)
    await rotate(server.url, mine.refresh_token, newKey())
    expect(await watching.closed).toBe(CLOSE.revoked)
    expect(watching.frames.at(-1)).toMatchObject({ type: 'revoked' })
    bystander.send({ type: 'ping', id: 7 })
    await bystander.frame('pong')
    bystander.close()
  })
})

describe('signing out', () => {
  test('ends the sign-in everywhere at once, and may be said twice', async () => {
    const tokens = await signIn(server.url, NOAH)
    const { id } = await sessionTitled(server.url, tokens.access_token, CHEMISTRY)
    const socket = await enterSocket(server.url, id, tokens.access_token)
    const revoke = () => askJson(server.url, '/auth/revoke', { token: tokens.refresh_token })
    expect(await revoke()).toMatchObject({ status: 200, json: { revoked: true } })
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(await revoke()).toMatchObject({ status: 200, json: { revoked: false } })
    expectProblem(
      await callReply(server.url, tokens.access_token, 'listLiveSessions'),
      401,
      'unauthenticated',
    )
    expectRefused(await rotate(server.url, tokens.refresh_token, newKey()), 'signed-out')
  })

  test('with a token that was rotated meanwhile still ends that sign-in', async () => {
    const first = await signIn(server.url)
    const second = await rotated(server.url, first.refresh_token)
    const reply = await askJson(server.url, '/auth/revoke', { token: first.refresh_token })
    expect(reply.json).toEqual({ revoked: true })
    expectRefused(await rotate(server.url, second.refresh_token, newKey()), 'signed-out')
  })

  test('with a token that is gone succeeds', async () => {
    const token = randomBytes(32).toString('base64url')
    expect(await askJson(server.url, '/auth/revoke', { token })).toMatchObject({
      status: 200,
      json: { revoked: false },
    })
  })
})

describe('a data folder that lives on', () => {
  test('tokens and unfinished rotations outlive a restart; a sign-in ends when its time is over', async () => {
    const before = server
    const first = await signIn(before.url)
    const key = newKey()
    const lost = await rotated(before.url, first.refresh_token, key)
    await before.close()

    const after = await createServer(
      readSettings({
        LECTERN_PORT: '0',
        LECTERN_DATA_DIR: before.dataDir,
        LECTERN_SEED: 'demo',
        LECTERN_SESSION_TTL: '2',
      }),
    )
    expect(after.bootId).not.toBe(before.bootId)
    await call(after.url, lost.access_token, 'listLiveSessions')
    const again = await rotated(after.url, first.refresh_token, key)
    expect(again.refresh_token).toBe(lost.refresh_token)

    const short = await signIn(after.url)
    expect(short.expires_in).toBeLessThanOrEqual(2)
    expect(short.refresh_token_expires_in).toBeLessThanOrEqual(2)
    let last = await rotate(after.url, short.refresh_token, key)
    while (last.status === 200) last = await rotate(after.url, short.refresh_token, key)
    expectRefused(last, 'expired')
    await after.close()

    const { db, close } = await openDatabase(before.dataDir)
    const { sid } = decodeJwt<{ sid: string }>(first.access_token)
    await sql`insert into refresh_tokens (token_hash, family_id, issued_at)
      select md5(n::text), ${sid}::uuid, now() from generate_series(1, 5000) n`.execute(db)
    await sql`analyze`.execute(db)
    const hash = createHash('sha256').update(first.refresh_token).digest('base64url')
    const plan = JSON.stringify(await selectToken(db, hash).explain())
    expect(plan).toContain('Index Scan using refresh_tokens_pkey')
    expect(plan).not.toContain('Seq Scan on refresh_tokens')
    // Nothing that could be presented is stored.
    const stored = JSON.stringify(await db.selectFrom('refresh_tokens').selectAll().execute())
    for (const { refresh_token: token } of [first, lost, short]) expect(stored).not.toContain(token)
    await close()
  })
})
