/** Access tokens: JWT (RFC 9068) signed with ES256. The key is in the database, so tokens outlive a restart. */
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import { z } from 'zod'
import type { Db } from '../database/schema.ts'
import { keptKey } from './server-keys.ts'

const ISSUER = 'lectern'
const AUDIENCE = 'lectern-api'

export interface AccessClaims {
  readonly accountId: string
  readonly familyId: string
  readonly expiresAt: Date
}

export interface AccessTokens {
  /** @param sessionEndsAt no token outlives it. `expiresIn` is in seconds and never more than the token lives. */
  issue(
    accountId: string,
    familyId: string,
    sessionEndsAt: Date,
  ): Promise<{ token: string; expiresIn: number }>
  /** Null for whatever is not a living token of ours. Says nothing about whether its family was revoked. */
  verify(token: string): Promise<AccessClaims | null>
}

const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() })

/** @param ttl seconds an access token lives */
export async function createAccessTokens(db: Db, ttl: number): Promise<AccessTokens> {
  const jwk = await signingKey(db)
  const privateKey = await importJWK(jwk, 'ES256')
  const { d: _private, ...publicJwk } = jwk
  const publicKey = await importJWK(publicJwk, 'ES256')

  return {
    async issue(accountId, familyId, sessionEndsAt) {
      const now = Date.now() / 1000
      // NumericDate is whole seconds: rounding up keeps a token alive for all of the `expires_in` it was given with.
      const expires = Math.min(Math.ceil(now + ttl), Math.floor(sessionEndsAt.getTime() / 1000))
      const token = await new SignJWT({ sid: familyId })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(accountId)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey)
      return { token, expiresIn: Math.min(ttl, Math.max(expires - now, 0.001)) }
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['ES256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: 'at+jwt',
        })
        const claims = Claims.parse(payload)
        return { accountId: claims.sub, familyId: claims.sid, expiresAt: new Date(claims.exp * 1000) }
      } catch {
        return null
      }
    },
  }
}

const StoredKey = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), d: z.string() })

async function signingKey(db: Db): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return StoredKey.parse(await keptKey(db, 'access-token', await exportJWK(privateKey))) as JWK
}
