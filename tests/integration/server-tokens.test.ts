import { randomBytes, createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JWTHeaderParameters,
} from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLOSE } from '../../src/contract/frames.ts'
import { credentialEndpoints, TokenError, TokenResponse } from '../../src/contract/credentials.ts'
import { lifetimes } from '../../src/contract/lifetimes.ts'
import { createServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { createSigningKeys } from '../../src/server/sign-in/signing-keys.ts'
import { cleanUpTokens } from '../../src/server/sign-in/token-cleanup.ts'
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
  MAYA,
  newKey,
  NOAH,
  PASSWORD,
  rotate,
  rotated,
  sessionTitled,
  signIn,
  until,
  type Reply,
  type TestServer,
} from './server-client.ts'

let server: TestServer

beforeAll(async () => {
  server = await demoServer()
})
afterAll(() => server.end())

/** Another server on the same data, once this one is closed. */
const startAgain = (server: TestServer, environment: Record<string, string> = {}) =>
  createServer(readSettings({ ...server.environment, ...environment }))

const familyOf = ({ access_token: token }: TokenResponse) => decodeJwt<{ sid: string }>(token).sid

function expectRefused(reply: Reply, reason: TokenError['error_reason']): void {
  expect(reply.status).toBe(400)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(TokenError.parse(reply.json)).toMatchObject({ error: 'invalid_grant', error_reason: reason })
}

describe('rotating a refresh token', () => {
  test('gives a new pair, and the session goes on', async () => {
    const first = await signIn(server.url)
    const second = await rotated(server.url, first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
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

  test('forty refreshes of one token at once, with one key, have one successor', async () => {
    const first = await signIn(server.url)
    const key = newKey()
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => rotated(server.url, first.refresh_token, key)),
    )
    const [successor, ...others] = new Set(replies.map((reply) => reply.refresh_token))
    expect(others).toEqual([])
    await rotated(server.url, successor!)
  })

  test('forty refreshes of one token at once, each with a key of its own, end the sign-in and nothing else', async () => {
    const [first, bystander] = [await signIn(server.url), await signIn(server.url)]
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => rotate(server.url, first.refresh_token, newKey())),
    )
    const good = replies.filter(({ status }) => status === 200)
    expect(good).toHaveLength(1)
    for (const reply of replies) if (reply !== good[0]) expectRefused(reply, 'reused')
    expectRefused(await rotate(server.url, TokenResponse.parse(good[0]?.json).refresh_token), 'reused')
    await rotated(server.url, bystander.refresh_token)
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

describe('a database that lives on', () => {
  test('tokens and unfinished rotations outlive a restart; a sign-in ends when its time is over', async () => {
    const before = await demoServer()
    const first = await signIn(before.url)
    const key = newKey()
    const lost = await rotated(before.url, first.refresh_token, key)
    await before.close()

    const after = await startAgain(before, { LECTERN_SESSION_TTL: '2' })
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

    const { db, close } = await before.openDatabase()
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
    await before.end()
  })
})

describe('asking about an access token', () => {
  const ask = (token: string) => askJson(server.url, '/auth/verify', { access_token: token })

  test('says whose it is and until when, as long as it is good', async () => {
    const tokens = await signIn(server.url)
    const { json } = await ask(tokens.access_token)
    expect(json).toMatchObject({ active: true, account: { email: MAYA } })
    const { accessExpiresAt, sessionExpiresAt } = json as {
      accessExpiresAt: string
      sessionExpiresAt: string
    }
    expect(Date.parse(accessExpiresAt)).toBe(decodeJwt(tokens.access_token).exp! * 1000)
    expect(Date.parse(sessionExpiresAt)).toBeGreaterThan(Date.parse(accessExpiresAt))
    await askJson(server.url, '/auth/revoke', { token: tokens.refresh_token })
    expect(await ask(tokens.access_token)).toMatchObject({ status: 200, json: { active: false } })
  })

  test('says no to whatever somebody made up', async () => {
    const { access_token: good } = await signIn(server.url)
    const [head = '', payload = '', signature = ''] = good.split('.')
    const encode = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url')
    const kid = decodeProtectedHeader(good).kid!
    const stranger = await generateKeyPair('ES256')
    const signed = (header: JWTHeaderParameters) =>
      new SignJWT(decodeJwt(good)).setProtectedHeader(header).sign(stranger.privateKey)
    const secret = new TextEncoder().encode('a secret of thirty-two characters')
    const forgeries = {
      'with no algorithm': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      'with no algorithm, but a signature': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.${signature}`,
      'signed by a stranger in the name of our key': await signed({ alg: 'ES256', typ: 'at+jwt', kid }),
      'signed with a key of their own': await signed({ alg: 'ES256', typ: 'at+jwt', kid: 'mine' }),
      'bringing the key along': await signed({
        alg: 'ES256',
        typ: 'at+jwt',
        kid,
        jwk: await exportJWK(stranger.publicKey),
      }),
      'naming no key': `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${payload}.${signature}`,
      'naming no key, signed by a stranger': await signed({ alg: 'ES256', typ: 'at+jwt' }),
      'with a key that is no name': `${encode({ alg: 'ES256', typ: 'at+jwt', kid: { a: 1 } })}.${payload}.${signature}`,
      'as an HMAC': await new SignJWT(decodeJwt(good))
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
        .sign(secret),
      'of another kind': `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${payload}.${signature}`,
      'for somebody else': `${head}.${encode({ ...decodeJwt(good), sub: newKey() })}.${signature}`,
    }
    for (const [what, token] of Object.entries(forgeries)) {
      expect(await ask(token), what).toMatchObject({ status: 200, json: { active: false } })
      expect((await callReply(server.url, token, 'listLiveSessions')).status, what).toBe(401)
    }
    const anything = fc.oneof(
      fc.string({ minLength: 16, maxLength: 200 }),
      fc
        .tuple(fc.json(), fc.json(), fc.base64String())
        .map(([a, b, c]) => `${encode(JSON.parse(a))}.${encode(JSON.parse(b))}.${c}`)
        .filter((token) => token.length >= 16 && token.length < 4096),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (token) => {
        expect(await ask(token)).toMatchObject({ status: 200, json: { active: false } })
      }),
      { numRuns: 200 },
    )
  })
})

describe('the keys that access tokens are signed with', () => {
  interface Keys {
    keys: { kid: string }[]
  }
  const kidsOf = async (url: string) =>
    ((await ask(url, 'GET', '/.well-known/jwks.json')).json as Keys).keys.map(({ kid }) => kid)

  test('are published for whoever checks tokens alone, without their private part', async () => {
    const { access_token: token } = await signIn(server.url)
    const reply = await ask(server.url, 'GET', '/.well-known/jwks.json')
    credentialEndpoints.jwks.response.parse(reply.json)
    expect(JSON.stringify(reply.json)).not.toContain('"d"')
    expect(reply.headers.get('cache-control')).toBe('public, max-age=300')
    const published = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.url))
    const { payload } = await jwtVerify(token, published, { algorithms: ['ES256'], typ: 'at+jwt' })
    expect(payload).toMatchObject({ iss: 'lectern', aud: 'lectern-api' })
  })

  test('change while tokens live: the next is published before it signs, the last is good until its tokens end', async () => {
    const changing = await demoServer({ LECTERN_SIGNING_KEY_TTL: '4' })
    const first = await signIn(changing.url)
    const kid = (token: string) => decodeProtectedHeader(token).kid!
    const before = kid(first.access_token)
    expect(await kidsOf(changing.url)).toContain(before)
    let published: string[] = []
    let last = first
    await until(async () => {
      published = await kidsOf(changing.url)
      last = await rotated(changing.url, last.refresh_token)
      const signedWith = kid(last.access_token)
      // What signs a moment later was there to be read before.
      expect(published).toContain(signedWith)
      return signedWith !== before
    }, 'a token signed with another key')
    expect(published).toContain(before)
    await call(changing.url, first.access_token, 'listLiveSessions')
    await call(changing.url, last.access_token, 'listLiveSessions')
    await changing.close()

    // Two days on: nothing that the first key signed can live.
    const { db, close } = await changing.openDatabase()
    await sql`update signing_keys set signs_from = signs_from - interval '2 days'`.execute(db)
    await close()
    const later = await startAgain(changing)
    const kept = await kidsOf(later.url)
    expect(kept).not.toContain(before)
    expectProblem(await callReply(later.url, first.access_token, 'listLiveSessions'), 401, 'unauthenticated')
    const next = await rotated(later.url, last.refresh_token)
    expect(kept).toContain(kid(next.access_token))
    await later.close()
    await changing.end()
  })

  test('are made once, however many servers find at the same moment that there is none', async () => {
    const empty = await demoServer()
    await empty.close()
    const { db, close } = await empty.openDatabase()
    await db.deleteFrom('signing_keys').execute()
    const servers = await Promise.all(Array.from({ length: 8 }, () => createSigningKeys(db, 3600)))
    expect(await db.selectFrom('signing_keys').select('kid').execute()).toHaveLength(1)
    expect(new Set(await Promise.all(servers.map(async (keys) => (await keys.signer()).kid))).size).toBe(1)

    // Due again: one more, not eight.
    await sql`update signing_keys set signs_from = signs_from - interval '1 hour'`.execute(db)
    const made = await Promise.all(servers.map((keys) => keys.rotate()))
    expect(made.filter((one) => one.made === 1)).toHaveLength(1)
    expect(await db.selectFrom('signing_keys').select('kid').execute()).toHaveLength(2)
    await close()
    await empty.end()
  })

  test('of another server are found, and names that strangers make up are not looked for all the time', async () => {
    const empty = await demoServer()
    await empty.close()
    const { db, close } = await empty.openDatabase()
    let reads = 0
    const counted = db.withPlugin({
      transformQuery: ({ node }) => {
        reads++
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const here = await createSigningKeys(counted, 3600)
    await db.deleteFrom('signing_keys').execute()
    const elsewhere = await createSigningKeys(db, 3600)
    const { kid } = await elsewhere.signer()

    const since = performance.now()
    reads = 0
    const strangers = Array.from({ length: 2000 }, (_, n) => here.verifier({ kid: `made up ${n}` }))
    for (const { status } of await Promise.allSettled(strangers)) expect(status).toBe('rejected')
    if (performance.now() - since < 4000) expect(reads).toBeLessThanOrEqual(1)
    const found = () =>
      here.verifier({ kid }).then(
        () => true,
        () => false,
      )
    await until(found, 'a key that another server made')
    expect(reads).toBeLessThanOrEqual(1 + (performance.now() - since) / 4000)
    await close()
    await empty.end()
  })
})

describe('a refresh token that nobody uses', () => {
  test('runs out; one that is used lives on, until the sign-in itself ends', async () => {
    const brief = await demoServer({ LECTERN_REFRESH_IDLE_TTL: '2', LECTERN_SESSION_TTL: '7' })
    const [idle, used] = [await signIn(brief.url), await signIn(brief.url)]
    for (const { refresh_token_expires_in: seconds, expires_in: access } of [idle, used]) {
      expect(seconds).toBeLessThanOrEqual(2)
      expect(access).toBeLessThanOrEqual(2)
    }
    let last = used
    const since = performance.now()
    while (performance.now() - since < 4000) last = await rotated(brief.url, last.refresh_token)
    expectRefused(await rotate(brief.url, idle.refresh_token, newKey()), 'expired')
    expectProblem(await callReply(brief.url, idle.access_token, 'listLiveSessions'), 401, 'unauthenticated')
    await call(brief.url, last.access_token, 'listLiveSessions')

    // Near the end of the sign-in that end is the nearer one, and does not move.
    let reply = await rotate(brief.url, last.refresh_token, newKey())
    while (reply.status === 200) {
      last = TokenResponse.parse(reply.json)
      reply = await rotate(brief.url, last.refresh_token, newKey())
    }
    expectRefused(reply, 'expired')
    expect((performance.now() - since) / 1000).toBeGreaterThan(5)
    expect((performance.now() - since) / 1000).toBeLessThan(7.5)
    await brief.end()
  })
})

describe('the clean-up', () => {
  test('deletes what is over and what is worn out; answers are still replayed, and theft is still noticed', async () => {
    const ADMIN = { LECTERN_ADMIN_EMAIL: 'head@northfield.example', LECTERN_ADMIN_PASSWORD: PASSWORD }
    const old = await demoServer(ADMIN)
    const [goesOn, stolen, ended, endedLately, idle] = await Promise.all(
      Array.from({ length: 5 }, () => signIn(old.url)),
    )
    const keys = { lost: newKey(), old: newKey() }
    const second = await rotated(old.url, goesOn!.refresh_token, keys.old)
    const third = await rotated(old.url, second.refresh_token, keys.lost)
    const thief = await rotated(old.url, stolen!.refresh_token)
    for (const { refresh_token: token } of [ended!, endedLately!]) {
      await askJson(old.url, '/auth/revoke', { token })
    }
    await old.close()

    const { db, close } = await old.openDatabase()
    const aged = (tokens: TokenResponse, days: number, column: string) =>
      sql`update token_families set ${sql.ref(column)} = ${sql.ref(column)} - make_interval(days => ${days}::int)
        where id = ${familyOf(tokens)}::uuid`.execute(db)
    await aged(ended!, 8, 'revoked_at')
    await aged(endedLately!, 6, 'revoked_at')
    await aged(idle!, 22, 'last_active_at')
    await sql`update refresh_tokens set spent_at = spent_at - interval '15 days'
      where family_id = ${familyOf(goesOn!)}::uuid and spent_key = ${keys.old}`.execute(db)
    await close()

    const later = await startAgain(old, { LECTERN_LOG: 'silent' })
    // The server did it when it started: there is nothing left to do.
    const { access_token: admin } = await signIn(later.url, ADMIN.LECTERN_ADMIN_EMAIL)
    expect(await call(later.url, admin, 'cleanupTokens')).toEqual({ signIns: 0, tokens: 0 })
    expectRefused(await rotate(later.url, ended!.refresh_token), 'unknown')
    expectRefused(await rotate(later.url, idle!.refresh_token), 'unknown')
    expectRefused(await rotate(later.url, endedLately!.refresh_token), 'signed-out')
    // Worn out: nobody can go on with it, and nobody is thrown out for having it.
    expectRefused(await rotate(later.url, goesOn!.refresh_token, keys.old), 'unknown')
    const again = await rotated(later.url, second.refresh_token, keys.lost)
    expect(again.refresh_token).toBe(third.refresh_token)
    await rotated(later.url, third.refresh_token)

    expectRefused(await rotate(later.url, stolen!.refresh_token, newKey()), 'reused')
    expectRefused(await rotate(later.url, thief.refresh_token), 'reused')
    await later.close()

    const seen = await old.openDatabase()
    const [family] = await seen.db
      .selectFrom('token_families')
      .select(['revoked_reason', 'revoked_at'])
      .where('id', '=', familyOf(stolen!))
      .execute()
    expect(family?.revoked_reason).toBe('reused')
    expect(Date.now() - family!.revoked_at!.getTime()).toBeLessThan(60_000)

    // Counted: one sign-in with its one token, and one token that is worn out.
    await sql`update token_families set revoked_at = revoked_at - interval '9 days'
      where id = ${familyOf(endedLately!)}::uuid`.execute(seen.db)
    await sql`update refresh_tokens set spent_at = spent_at - interval '15 days'
      where family_id = ${familyOf(goesOn!)}::uuid and spent_key = ${keys.lost}`.execute(seen.db)
    const counts = await Promise.all([1, 2].map(() => cleanUpTokens(seen.db, lifetimes.refreshTokenIdle)))
    expect(counts).toContainEqual({ signIns: 1, tokens: 2 })
    expect(counts).toContainEqual({ signIns: 0, tokens: 0 })
    await seen.close()
    await old.end()
  })
})
