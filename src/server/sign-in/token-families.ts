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
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { sql, type RawBuilder } from 'kysely'
import type { TokenError } from '../../contract/credentials.ts'
import type { Account } from '../../contract/model.ts'
import type { Notices } from '../database/notices.ts'
import type { Db, RevokedReason, Tables, Tx } from '../database/schema.ts'
import type { AccessClaims } from './access-tokens.ts'
import { accountColumns, accountOf } from './accounts.ts'
import { createFamilyWatch, type FamilyWatch } from './family-watch.ts'
import { keptSecret } from './server-keys.ts'

export interface Caller {
  readonly account: Account
  readonly familyId: string
  /** When the access token ends. */
  readonly accessExpiresAt: Date
  /** When the sign-in ends, unless it is renewed before. */
  readonly sessionExpiresAt: Date
}

export interface Grant {
  readonly refreshToken: string
  readonly familyId: string
  /** When the refresh token ends: with the sign-in, or before if nobody uses it. */
  readonly expiresAt: Date
  readonly account: Account
}

export interface SignedInDevice {
  readonly familyId: string
  readonly name: string
  readonly platform: string
  readonly signedInAt: Date
  readonly lastActiveAt: Date
  /** At the latest. */
  readonly expiresAt: Date
}

export type RefusalReason = NonNullable<TokenError['error_reason']>
export type Rotation =
  | { readonly ok: true; readonly grant: Grant; readonly replayed: boolean }
  | {
      readonly ok: false
      readonly reason: RefusalReason
      /** When the sign-in ended; null when it has not, or nobody knows. */
      readonly endedAt: Date | null
    }

export interface TokenFamilies {
  /**
   * A new sign-in of this account.
   *
   * @param passwordHash what the password was found to fit; null comes back when the account has another by now
   */
  begin(
    accountId: string,
    device: { readonly name: string; readonly platform: string },
    passwordHash: string,
  ): Promise<Grant | null>
  /** @param key the client's Idempotency-Key; without one a lost answer cannot be replayed */
  rotate(token: string, key: string | null): Promise<Rotation>
  /** Ends the family this refresh token belongs to, spent or not. False when there was nothing left to end. */
  revoke(token: string): Promise<boolean>
  /** Where the account is signed in, the most recently active first. */
  devicesOf(accountId: string): Promise<SignedInDevice[]>
  /** Ends one sign-in of this account. False when there was nothing left to end. */
  endOneOf(accountId: string, familyId: string, reason: RevokedReason): Promise<boolean>
  /**
   * Ends every sign-in of this account, and says how many that were.
   *
   * @param options.except stays
   * @param options.alongWith runs in the same transaction, before
   */
  endAllOf(
    accountId: string,
    reason: RevokedReason,
    options?: { readonly except?: string; readonly alongWith?: (tx: Tx) => Promise<void> },
  ): Promise<number>
  /** Who calls with this access token; null when the sign-in has ended. */
  callerOf(claims: AccessClaims): Promise<Caller | null>
  /** Calls back once when this family has ended, whichever server ended it. Returns what undoes it. */
  readonly watch: FamilyWatch['watch']
  /** Calls back with the id of every family that this server ends, and why it does. Returns what undoes it. */
  onEnded(listener: (familyId: string, reason: RevokedReason) => void): () => void
}

export interface TokenFamiliesParts {
  readonly db: Db
  readonly notices: Notices
  /** Seconds a sign-in lives, reckoned from its begin. */
  readonly ttl: number
  /** Seconds a refresh token lives that nobody uses. */
  readonly idleTtl: number
  readonly failed: (error: unknown) => void
}

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
      'family.last_active_at',
      'family.revoked_reason',
      'family.revoked_at',
      'account.id as account_id',
      'account.email',
      'account.display_name',
      'account.role',
    ])
    .where('token.token_hash', '=', hash)

type Ends = Pick<Tables['token_families'], 'expires_at' | 'last_active_at'>

export async function createTokenFamilies({
  db,
  notices,
  ttl,
  idleTtl,
  failed,
}: TokenFamiliesParts): Promise<TokenFamilies> {
  const secret = await keptSecret(db, 'refresh-replay')
  const idleMs = idleTtl * 1000

  /** When a family ends by itself. */
  const endOf = ({ expires_at, last_active_at }: Ends) =>
    new Date(Math.min(expires_at.getTime(), last_active_at.getTime() + idleMs))

  /** Of a table called `family` in the query. */
  const isLiving = () => {
    const now = Date.now()
    return sql<boolean>`family.revoked_at is null
      and family.expires_at > ${new Date(now)} and family.last_active_at > ${new Date(now - idleMs)}`
  }

  const familyWatch = createFamilyWatch(
    notices,
    async (familyIds) => {
      const rows = await db
        .selectFrom('token_families as family')
        .select('family.id')
        .where('family.id', 'in', familyIds)
        .where(isLiving())
        .execute()
      return new Set(rows.map(({ id }) => id))
    },
    failed,
  )
  const endings = new EventEmitter<{ ended: [familyId: string, reason: RevokedReason] }>().setMaxListeners(0)

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

  /** Every end that somebody brings about goes through here. Also what has run out is marked: it may not run again. */
  async function end(
    tx: Tx,
    which: RawBuilder<boolean>,
    reason: RevokedReason,
  ): Promise<{ familyId: string; reason: RevokedReason; wasLiving: boolean }[]> {
    const now = new Date()
    const rows = await tx
      .updateTable('token_families as family')
      .set({ revoked_at: now, revoked_reason: reason })
      .where(which)
      .where('family.revoked_at', 'is', null)
      .returning(['family.id', 'family.expires_at', 'family.last_active_at'])
      .execute()
    return rows.map((row) => ({ familyId: row.id, reason, wasLiving: endOf(row) > now }))
  }

  /** After the commit. How many were living. */
  function sayEnded(ended: Awaited<ReturnType<typeof end>>): number {
    familyWatch.ended(ended.map(({ familyId }) => familyId))
    for (const { familyId, reason } of ended) endings.emit('ended', familyId, reason)
    return ended.filter(({ wasLiving }) => wasLiving).length
  }

  const endAndSay = async (which: RawBuilder<boolean>, reason: RevokedReason) =>
    sayEnded(await db.transaction().execute((tx) => end(tx, which, reason)))

  /** Decides and acts on what is locked; anything said outside happens after the commit. */
  async function rotateLocked(
    tx: Tx,
    token: string,
    key: string | null,
  ): Promise<{ rotation: Rotation; ended: Awaited<ReturnType<typeof end>> }> {
    const refuse = (reason: RefusalReason, endedAt: Date | null = null) => ({
      rotation: { ok: false, reason, endedAt } as const,
      ended: [],
    })
    const now = new Date()
    const found = await selectToken(tx, hashOf(token)).forUpdate(['token', 'family']).executeTakeFirst()
    if (!found) return refuse('unknown')
    if (found.revoked_reason) return refuse(found.revoked_reason, found.revoked_at)
    if (endOf(found).getTime() - now.getTime() < LEAST_LIFE_MS) return refuse('expired', endOf(found))

    const grant = (refreshToken: string, expiresAt: Date, replayed: boolean) => {
      const account = accountOf({ ...found, id: found.account_id })
      const { family_id: familyId } = found
      return {
        rotation: { ok: true, grant: { refreshToken, familyId, expiresAt, account }, replayed } as const,
        ended: [],
      }
    }

    if (found.successor_hash === null) {
      const successor = key === null ? freshToken() : successorOf(token, key)
      await tx
        .updateTable('refresh_tokens')
        .set({ spent_at: now, spent_key: key, successor_hash: hashOf(successor) })
        .where('token_hash', '=', found.token_hash)
        .execute()
      await tx
        .updateTable('token_families')
        .set({ last_active_at: now })
        .where('id', '=', found.family_id)
        .execute()
      await insertToken(tx, successor, found.family_id, now)
      return grant(successor, endOf({ ...found, last_active_at: now }), false)
    }

    if (key !== null && key === found.spent_key) {
      const successor = await tx
        .selectFrom('refresh_tokens')
        .select('spent_at')
        .where('token_hash', '=', found.successor_hash)
        .executeTakeFirst()
      if (successor && successor.spent_at === null) return grant(successorOf(token, key), endOf(found), true)
      // A duplicate that was under way for long, or another process of the same client that is behind: whoever knows
      // the key is the client. It gets nothing, and nobody is thrown out.
      return refuse('superseded')
    }
    return {
      rotation: { ok: false, reason: 'reused', endedAt: now },
      ended: await end(tx, sql`family.id = ${found.family_id}`, 'reused'),
    }
  }

  return {
    begin: (accountId, device, passwordHash) =>
      db.transaction().execute(async (tx) => {
        // Locked until the commit: a new password ends this sign-in too, or is there before it begins.
        const row = await tx
          .selectFrom('accounts as account')
          .select(accountColumns)
          .where('account.id', '=', accountId)
          .where('account.password_hash', '=', passwordHash)
          .forShare()
          .executeTakeFirst()
        if (!row) return null
        const now = new Date()
        const familyId = randomUUID()
        const refreshToken = freshToken()
        const ends: Ends = { expires_at: new Date(now.getTime() + ttl * 1000), last_active_at: now }
        await tx
          .insertInto('token_families')
          .values({
            id: familyId,
            account_id: accountId,
            device_name: device.name,
            device_platform: device.platform,
            created_at: now,
            revoked_at: null,
            revoked_reason: null,
            ...ends,
          })
          .execute()
        await insertToken(tx, refreshToken, familyId, now)
        return { refreshToken, familyId, expiresAt: endOf(ends), account: accountOf(row) }
      }),

    async rotate(token, key) {
      const { rotation, ended } = await db.transaction().execute((tx) => rotateLocked(tx, token, key))
      sayEnded(ended)
      return rotation
    },

    async revoke(token) {
      const found = await selectToken(db, hashOf(token)).executeTakeFirst()
      return found !== undefined && (await endAndSay(sql`family.id = ${found.family_id}`, 'signed-out')) > 0
    },

    async devicesOf(accountId) {
      const rows = await db
        .selectFrom('token_families as family')
        .select(['family.id', 'family.device_name', 'family.device_platform', 'family.created_at'])
        .select(['family.last_active_at', 'family.expires_at'])
        .where('family.account_id', '=', accountId)
        .where(isLiving())
        .orderBy('family.last_active_at', 'desc')
        .execute()
      return rows.map((row) => ({
        familyId: row.id,
        name: row.device_name,
        platform: row.device_platform,
        signedInAt: row.created_at,
        lastActiveAt: row.last_active_at,
        expiresAt: row.expires_at,
      }))
    },

    endOneOf: async (accountId, familyId, reason) =>
      (await endAndSay(sql`family.account_id = ${accountId} and family.id = ${familyId}`, reason)) > 0,

    async endAllOf(accountId, reason, { except = null, alongWith } = {}) {
      const ended = await db.transaction().execute(async (tx) => {
        // Whoever else ends them waits here, rather than each for a row that the other has.
        await tx
          .selectFrom('accounts')
          .select('id')
          .where('id', '=', accountId)
          .forNoKeyUpdate()
          .executeTakeFirst()
        await alongWith?.(tx)
        return end(tx, sql`family.account_id = ${accountId} and family.id is distinct from ${except}`, reason)
      })
      return sayEnded(ended)
    },

    async callerOf({ accountId, familyId, expiresAt }) {
      const row = await db
        .selectFrom('token_families as family')
        .innerJoin('accounts as account', 'account.id', 'family.account_id')
        .select([...accountColumns, 'family.expires_at', 'family.last_active_at'])
        .where('family.id', '=', familyId)
        .where('account.id', '=', accountId)
        .where(isLiving())
        .executeTakeFirst()
      if (!row) return null
      return {
        account: accountOf(row),
        familyId,
        accessExpiresAt: expiresAt,
        sessionExpiresAt: endOf(row),
      }
    },

    watch: familyWatch.watch,

    onEnded(listener) {
      endings.on('ended', listener)
      return () => endings.off('ended', listener)
    },
  }
}
