/** Signing in, rotating, revoking: the endpoints of src/contract/credentials.ts. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { credentialEndpoints, TokenError, TokenResponse } from '../../contract/credentials.ts'
import type { Db } from '../database/schema.ts'
import { answerError, Problem, problemOf } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import type { Metrics } from '../metrics.ts'
import type { AccessTokens } from './access-tokens.ts'
import { requireAdmin, selectAccount, setPassword } from './accounts.ts'
import { passwordFits } from './passwords.ts'
import type { SignInLimits } from './sign-in-limits.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { Caller, Grant, RefusalReason, TokenFamilies } from './token-families.ts'

export interface SignInParts {
  readonly db: Db
  readonly families: TokenFamilies
  readonly keys: SigningKeys
  readonly accessTokens: AccessTokens
  readonly limits: SignInLimits
  readonly metrics: Pick<Metrics, 'signIn' | 'refresh'>
}

/** A refusal in the words of RFC 6749 §5.2. */
class TokenRefusal extends Error {
  readonly body: TokenError

  constructor(body: TokenError) {
    super(body.error_description)
    this.name = 'TokenRefusal'
    this.body = body
  }
}

const sentences: Record<RefusalReason, string> = {
  unknown: 'This refresh token is not known here.',
  expired: 'This sign-in was not used for too long, or has reached its full length. Sign in again.',
  revoked: 'This sign-in was ended. Sign in again.',
  'signed-out': 'This sign-in was ended by signing out. Sign in again.',
  superseded: 'Another copy of this program went on with this sign-in. Sign in again to carry on here.',
  reused: 'This refresh token was used twice, so its sign-in was ended for safety. Sign in again.',
}

export function signInHandlers({
  db,
  families,
  keys,
  accessTokens,
  limits,
  metrics,
}: SignInParts): Handlers<typeof credentialEndpoints> {
  async function answer(grant: Grant): Promise<TokenResponse> {
    const { token, expiresIn } = await accessTokens.issue(grant.account.id, grant.familyId, grant.expiresAt)
    return {
      token_type: 'Bearer',
      access_token: token,
      expires_in: expiresIn,
      refresh_token: grant.refreshToken,
      refresh_token_expires_in: Math.max(1, Math.floor((grant.expiresAt.getTime() - Date.now()) / 1000)),
      account: grant.account,
    }
  }

  return {
    async signIn({ body: { email, password, device }, address }) {
      const grant = await limits.attempt(email, address, async () => {
        const row = await selectAccount(db, email).executeTakeFirst()
        const fits = await passwordFits(row?.password_hash ?? null, password)
        return row && fits ? families.begin(row.id, device, row.password_hash) : null
      })
      metrics.signIn(grant ? 'signed-in' : 'wrong-credentials')
      if (grant) return answer(grant)
      throw new Problem('wrong-credentials', 'The e-mail address and the password do not match.')
    },

    async refresh({ body, idempotencyKey }) {
      const rotation = await families.rotate(body.refresh_token, idempotencyKey)
      metrics.refresh(rotation.ok ? (rotation.replayed ? 'replayed' : 'rotated') : rotation.reason)
      if (rotation.ok) return answer(rotation.grant)
      throw new TokenRefusal({
        error: 'invalid_grant',
        error_description: sentences[rotation.reason],
        error_reason: rotation.reason,
        ...(rotation.endedAt && { ended_at: rotation.endedAt.toISOString() }),
      })
    },

    async revoke({ body }) {
      return { revoked: await families.revoke(body.token) }
    },

    authSession: async ({ caller }) => describe(caller),

    async verify({ body }) {
      const claims = await accessTokens.verify(body.access_token)
      const caller = claims && (await families.callerOf(claims))
      return caller ? { active: true, ...describe(caller) } : { active: false }
    },

    async setPassword({ params: { accountId }, body: { password }, caller }) {
      requireAdmin(caller)
      const ended = await setPassword(families, accountId, password)
      if (ended === null) throw new Problem('not-found', 'There is no such account.')
      return { ended }
    },

    jwks: () => keys.published(),
  }
}

const describe = ({ account, accessExpiresAt, sessionExpiresAt }: Caller) => ({
  account,
  accessExpiresAt: accessExpiresAt.toISOString(),
  sessionExpiresAt: sessionExpiresAt.toISOString(),
})

/**
 * The token endpoint speaks RFC 6749, not problem documents, of whatever is wrong with a token request. What is wrong
 * with the server or the transport stays a problem document: a client must never take that for a verdict on a token.
 */
export function answerTokenError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof TokenRefusal) return reply.code(400).type('application/json').send(error.body)
  const problem = problemOf(error)
  if (problem.code !== 'invalid-request') return answerError(error, request, reply)
  const { grant_type: grantType } = (request.body ?? {}) as { grant_type?: unknown }
  const refusal: TokenError =
    typeof grantType === 'string' && grantType !== 'refresh_token'
      ? { error: 'unsupported_grant_type', error_description: 'The only grant type here is refresh_token.' }
      : { error: 'invalid_request', error_description: problem.message }
  return reply.code(400).type('application/json').send(refusal)
}
