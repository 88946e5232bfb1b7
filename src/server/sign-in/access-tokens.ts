/** Access tokens: JWT (RFC 9068) signed with ES256. */
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { SigningKeys } from './signing-keys.ts'

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
  /**
   * Null for whatever is not a living token of ours. Says nothing about whether its family was revoked.
   * @throws when the keys cannot be read: that is no verdict on the token
   */
  verify(token: string): Promise<AccessClaims | null>
}

const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() })

/** @param ttl seconds an access token lives */
export function createAccessTokens(keys: SigningKeys, ttl: number): AccessTokens {
  return {
    async issue(accountId, familyId, sessionEndsAt) {
      const { kid, privateKey } = await keys.signer()
      const now = Date.now() / 1000
      // NumericDate is whole seconds: rounding up keeps a token alive for all of the `expires_in` it was given with.
      const expires = Math.min(Math.ceil(now + ttl), Math.floor(sessionEndsAt.getTime() / 1000))
      const token = await new SignJWT({ sid: familyId })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
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
        const { payload } = await jwtVerify(token, keys.verifier, {
          algorithms: ['ES256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: 'at+jwt',
        })
        const claims = Claims.parse(payload)
        return { accountId: claims.sub, familyId: claims.sid, expiresAt: new Date(claims.exp * 1000) }
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return null
        throw error
      }
    },
  }
}
