/**
 * Refresh tokens: opaque, one-time, in families (RFC 9700 §4.14.2). A family is one sign-in on one device.
 *
 * Rotation must survive a lost answer. The client sends an Idempotency-Key it wrote down before; the same token with
 * the same key gets the same successor again, as often as it asks, until that successor is first used, and after that
 * a refusal that ends nothing. Every other reuse of a spent token means that two parties hold it, and ends the family.
 *
 * "Used" means: presented for rotation itself. Use of the access token that came with it does not count: a client
 * may have called with it and been killed before its keychain took the successor, and must still come back with the
 * old token and the key. A thief gains nothing by this: without the key (which never leaves the client's keychain
 * but with this one request) a stolen spent token ends the family, and with it, thief and owner hold the same
 * successor, so whoever rotates second ends the family.
 *
 * A successor is HMAC-SHA-256(server secret, token ‖ key): it can be made again from what the client presents,
 * nothing secret is stored, and whoever reads the whole database still cannot make it, lacking the token.
 */
import { createHash, createHmac, randomBytes, randomUUID, createSecretKey } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { z } from 'zod'
import type { TokenError } from '../../contract/credentials.ts'
import type { Account } from '../../contract/model.ts'
import type { AccessClaims } from './access-tokens.ts'
import type { Db, RevokedReason, Tx } from '../database/schema.ts'
import { keptKey } from './server-keys.ts'

export interface Caller {
  readonly account: Account
  readonly familyId: string
  /** When the access token ends. */
  readonly accessExpiresAt: Date
  /** When the sign-in ends. */
  readonly sessionExpiresAt: Date
}

export interface Grant {
  readonly refreshToken: string
  readonly familyId: string
  readonly expiresAt: Date
  readonly account: Account
}

export type RefusalReason = NonNullable<TokenError['error_reason']>
export type Rotation =
  { readonly ok: true; readonly grant: Grant } | { readonly ok: false; readonly reason: RefusalReason }

export interface TokenFamilies {
  /** A new sign-in of this account. */
  begin(account: Account, device: { name: string; platform: string }): Promise<Grant>
  /** @param key the client's Idempotency-Key; without one a lost answer cannot be replayed */
  rotate(token: string, key: string | null): Promise<Rotation>
  /** Ends the family this refresh token belongs to, spent or not. False when there was nothing left to end. */
  revoke(token: string): Promise<boolean>
  /** Who calls with this access token; null when the sign-in has ended. */
  callerOf(claims: AccessClaims): Promise<Caller | null>
  /** Calls back with the id of every family that is revoked from now on. Returns what undoes it. */
  onRevoked(listener: (familyId: string) => void): () => void
  /** Forgets families that ended more than a week ago; until then a person can be told why. */
  forgetEnded(): Promise<void>
}

const FORGET_AFTER_MS = 7 * 24 * 3600_000
/** With less than this left, a sign-in is over: no token could be given that lives a whole second. */
const LEAST_LIFE_MS = 1000

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')
const freshToken = () => randomBytes(32).toString('base64url')

/** The one lookup of every refresh, by the primary key. */
export const selectToken = (db: Db | Tx, hash: string) =>
  db
    .selectFrom('refresh_tokens as token')
    .innerJoin('token_families as family', 'family.id', 'token.family_id')
    .innerJoin('accounts as account', 'account.id', 'family.account_id')
    .select([
      'token.token_hash',
      'token.spent_at',
      'token.spent_key',
      'token.successor_hash',
      'family.id as family_id',
      'family.expires_at',
      'family.revoked_reason',
      'account.id as account_id',
      'account.email',
      'account.display_name',
      'account.role',
    ])
    .where('token.token_hash', '=', hash)

/** @param ttl seconds a sign-in lives, reckoned from its begin */
export async function createTokenFamilies(db: Db, ttl: number): Promise<TokenFamilies> {
  const secret = await replaySecret(db)
  const revocations = new EventEmitter<{ revoked: [familyId: string] }>().setMaxListeners(0)

  const successorOf = (token: string, key: string) =>
    createHmac('sha256', secret).update(`${token}\n${key}`).digest('base64url')

  const insertToken = (tx: Tx, token: string, familyId: string, now: Date) =>
    tx
      .insertInto('refresh_tokens')
      .values({
        token_hash: hashOf(token),
        family_id: familyId,
        issued_at: now,
        spent_at: null,
        spent_key: null,
        successor_hash: null,
      })
      .execute()

  const end = (tx: Db | Tx, familyId: string, reason: RevokedReason) =>
    tx
      .updateTable('token_families')
      .set({ revoked_at: new Date(), revoked_reason: reason })
      .where('id', '=', familyId)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst()

  /** Decides and acts on what is locked; anything said outside happens after the commit. */
  async function rotateLocked(
    tx: Tx,
    token: string,
    key: string | null,
  ): Promise<Rotation & { ended?: string }> {
    const now = new Date()
    const found = await selectToken(tx, hashOf(token)).forUpdate(['token', 'family']).executeTakeFirst()
    if (!found) return { ok: false, reason: 'unknown' }
    if (found.revoked_reason) return { ok: false, reason: found.revoked_reason }
    if (found.expires_at.getTime() - now.getTime() < LEAST_LIFE_MS) return { ok: false, reason: 'expired' }

    const grant = (refreshToken: string): Rotation => ({
      ok: true,
      grant: {
        refreshToken,
        familyId: found.family_id,
        expiresAt: found.expires_at,
        account: {
          id: found.account_id,
          email: found.email,
          displayName: found.display_name,
          role: found.role,
        },
      },
    })

    if (found.successor_hash === null) {
      const successor = key === null ? freshToken() : successorOf(token, key)
      await tx
        .updateTable('refresh_tokens')
        .set({ spent_at: now, spent_key: key, successor_hash: hashOf(successor) })
        .where('token_hash', '=', found.token_hash)
        .execute()
      await insertToken(tx, successor, found.family_id, now)
      return grant(successor)
    }

    if (key !== null && key === found.spent_key) {
      const successor = await tx
        .selectFrom('refresh_tokens')
        .select('spent_at')
        .where('token_hash', '=', found.successor_hash)
        .executeTakeFirst()
      if (successor && successor.spent_at === null) return grant(successorOf(token, key))
      // A duplicate that was under way for long, or another process of the same client that is behind: whoever knows
      // the key is the client. It gets nothing, and nobody is thrown out.
      return { ok: false, reason: 'superseded' }
    }
    await end(tx, found.family_id, 'reused')
    return { ok: false, reason: 'reused', ended: found.family_id }
  }

  return {
    async begin(account, device) {
      const now = new Date()
      const familyId = randomUUID()
      const refreshToken = freshToken()
      const expiresAt = new Date(now.getTime() + ttl * 1000)
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('token_families')
          .values({
            id: familyId,
            account_id: account.id,
            device_name: device.name,
            device_platform: device.platform,
            created_at: now,
            expires_at: expiresAt,
            revoked_at: null,
            revoked_reason: null,
          })
          .execute()
        await insertToken(tx, refreshToken, familyId, now)
      })
      return { refreshToken, familyId, expiresAt, account }
    },

    async rotate(token, key) {
      const { ended, ...rotation } = await db.transaction().execute((tx) => rotateLocked(tx, token, key))
      if (ended) revocations.emit('revoked', ended)
      return rotation
    },

    async revoke(token) {
      const found = await selectToken(db, hashOf(token)).executeTakeFirst()
      const ended = found && (await end(db, found.family_id, 'signed-out'))
      if (ended) revocations.emit('revoked', ended.id)
      return ended !== undefined
    },

    async callerOf({ accountId, familyId, expiresAt }) {
      const row = await db
        .selectFrom('token_families as family')
        .innerJoin('accounts as account', 'account.id', 'family.account_id')
        .select(['account.id', 'account.email', 'account.display_name', 'account.role', 'family.expires_at'])
        .where('family.id', '=', familyId)
        .where('account.id', '=', accountId)
        .where('family.revoked_at', 'is', null)
        .where('family.expires_at', '>', new Date())
        .executeTakeFirst()
      if (!row) return null
      const { id, email, display_name, role, expires_at } = row
      return {
        account: { id, email, displayName: display_name, role },
        familyId,
        accessExpiresAt: expiresAt,
        sessionExpiresAt: expires_at,
      }
    },

    onRevoked(listener) {
      revocations.on('revoked', listener)
      return () => revocations.off('revoked', listener)
    },

    async forgetEnded() {
      await db
        .deleteFrom('token_families')
        .where('expires_at', '<', new Date(Date.now() - FORGET_AFTER_MS))
        .execute()
    },
  }
}

const StoredSecret = z.looseObject({ kty: z.literal('oct'), k: z.string().min(43) })

async function replaySecret(db: Db) {
  const fresh = { kty: 'oct', k: randomBytes(32).toString('base64url') }
  const { k } = StoredSecret.parse(await keptKey(db, 'refresh-replay', fresh))
  return createSecretKey(k, 'base64url')
}
