/**
 * What access tokens are signed with (ES256, RFC 7518 §3.4). Several keys live at once: the newest whose time has come
 * signs; the next is published before it signs, so that nobody's copy of the JWKS lacks it; an old one is accepted and
 * published until no token signed with it can live, and then deleted.
 *
 * Private keys are in the database and nowhere else. Deleting all rows there makes every token worthless, and the next
 * one is signed with a new key: that is what to do when the database was read by a stranger.
 */
import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWTHeaderParameters,
} from 'jose'
import { sql } from 'kysely'
import { z } from 'zod'
import type { credentialEndpoints } from '../../contract/credentials.ts'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { Db, Tx } from '../database/schema.ts'

type KeySet = z.output<(typeof credentialEndpoints)['jwks']['response']>

export interface SigningKeys {
  /** What signs now. */
  signer(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }>
  /** For jose's `jwtVerify`. @throws {errors.JWKSNoMatchingKey} for a token that was not signed with a key of ours */
  readonly verifier: (header: Pick<JWTHeaderParameters, 'kid'>) => Promise<CryptoKey>
  published(): Promise<KeySet>
  /** Seconds whoever has read the published keys may keep them. */
  readonly maxAge: number
  /** Makes the next key if it is time to, deletes what nobody needs any more. Due every `rotateEveryMs`. */
  rotate(): Promise<{ readonly made: number; readonly deleted: number }>
  readonly rotateEveryMs: number
}

interface Key {
  readonly kid: string
  readonly signsFrom: number
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly publicJwk: KeySet['keys'][number]
}

const ALGORITHM = 'ES256'
/** Another server may have made a key a moment ago; a stranger may make up as many as he likes. */
const UNKNOWN_KEY_MS = 5000
const ROUND_MS = 60_000
/** The clocks of two servers on one database are never further apart. */
const CLOCKS_APART_MS = 60_000

const StoredJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
})

/** @param life seconds a key signs */
export async function createSigningKeys(db: Db, life: number): Promise<SigningKeys> {
  const noticeMs = Math.min(lifetimes.signingKeyNotice, life / 2) * 1000
  const readEveryMs = Math.min(ROUND_MS, noticeMs / 2)
  let copy: ReadonlyMap<string, Key> = new Map()
  let readAt = -Infinity
  let reading: Promise<void> | null = null

  const read = () => (reading ??= readNow().finally(() => (reading = null)))

  async function readNow(): Promise<void> {
    const asOf = performance.now()
    const rows = await selectKeys(db)
    copy = new Map(
      await Promise.all(
        rows.map(async ({ kid, jwk, signs_from }) => {
          const key = copy.get(kid) ?? (await readKey(kid, jwk))
          return [kid, { ...key, signsFrom: signs_from.getTime() }] as const
        }),
      ),
    )
    readAt = asOf
  }

  /** By the time they sign from. */
  async function keys(): Promise<Key[]> {
    if (performance.now() - readAt > readEveryMs) await read()
    return [...copy.values()]
  }

  const isNextDue = (newest: number | undefined, now: number) =>
    newest === undefined || now >= newest + life * 1000 - noticeMs
  /** Nothing signed with a key can live this long after the next one took over. */
  const isWorthless = (next: number | undefined, now: number) =>
    next !== undefined && now > next + lifetimes.accessTokenAtMost * 1000 + CLOCKS_APART_MS

  async function rotateLocked(tx: Tx): Promise<{ made: number; deleted: number }> {
    // Two servers that find at the same moment that a key is due make one.
    await sql`select pg_advisory_xact_lock(hashtext('lectern signing keys'))`.execute(tx)
    const rows = (await selectKeys(tx)).map(({ kid, signs_from }) => ({ kid, from: signs_from.getTime() }))
    const now = Date.now()
    const worthless = rows.filter((_, position) => isWorthless(rows[position + 1]?.from, now))
    for (const { kid } of worthless) await tx.deleteFrom('signing_keys').where('kid', '=', kid).execute()
    const newest = rows.at(-1)?.from
    if (!isNextDue(newest, now)) return { made: 0, deleted: worthless.length }
    const { kid, jwk } = await freshKey()
    await tx
      .insertInto('signing_keys')
      .values({
        kid,
        jwk: JSON.stringify(jwk),
        created_at: new Date(now),
        // Where there is no key there is no token, and no copy of the JWKS that could lack it.
        signs_from: new Date(newest === undefined ? now : now + noticeMs),
      })
      .execute()
    return { made: 1, deleted: worthless.length }
  }

  async function rotate() {
    await read()
    const from = [...copy.values()].map(({ signsFrom }) => signsFrom)
    const now = Date.now()
    if (!isNextDue(from.at(-1), now) && !isWorthless(from[1], now)) return { made: 0, deleted: 0 }
    const changed = await db.transaction().execute(rotateLocked)
    await readNow()
    return changed
  }

  await rotate()
  return {
    async signer() {
      if ((await keys()).length === 0) await rotate()
      const now = Date.now()
      const known = await keys()
      const signer = known.findLast(({ signsFrom }) => signsFrom <= now) ?? known[0]
      if (!signer) throw new Error('there is no key to sign with')
      return signer
    },

    async verifier({ kid }) {
      if (kid === undefined) throw new errors.JWKSNoMatchingKey()
      await keys()
      if (!copy.has(kid) && performance.now() - readAt > UNKNOWN_KEY_MS) await read()
      const key = copy.get(kid)
      if (!key) throw new errors.JWKSNoMatchingKey()
      return key.publicKey
    },

    async published() {
      return { keys: (await keys()).map(({ publicJwk }) => publicJwk) }
    },

    // Read just before the next key came, a copy is read again before that key signs.
    maxAge: Math.floor(noticeMs / 2000),
    rotate,
    rotateEveryMs: readEveryMs,
  }
}

const selectKeys = (db: Db | Tx) =>
  db.selectFrom('signing_keys').select(['kid', 'jwk', 'signs_from']).orderBy('signs_from').execute()

async function readKey(kid: string, jwk: unknown): Promise<Omit<Key, 'signsFrom'>> {
  const { d, ...publicPart } = StoredJwk.parse(jwk)
  const [privateKey, publicKey] = await Promise.all([
    importJWK({ ...publicPart, d }, ALGORITHM),
    importJWK(publicPart, ALGORITHM),
  ])
  return {
    kid,
    privateKey: privateKey as CryptoKey,
    publicKey: publicKey as CryptoKey,
    publicJwk: { ...publicPart, kid, use: 'sig', alg: ALGORITHM },
  }
}

async function freshKey() {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  // RFC 7638: named by what it is.
  return { kid: await calculateJwkThumbprint(jwk), jwk }
}
