/**
 * The requests that carry a password or a refresh token, which go nowhere near the gateway, and what the answer to one
 * that asks for tokens means.
 */
import { TokenError, TokenResponse } from '../contract/credentials.ts'
import { fail, succeed, type ReauthReason, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { failureOf, readAnswer, type Answer } from './answer.ts'
import { issued, type IssuedToken } from './expiry.ts'
import type { HttpClient } from './ports.ts'
import type { Credential } from './vault.ts'

/** What a token response becomes: what to store, and what to use. */
export interface Successor {
  readonly credential: Credential
  readonly token: IssuedToken
}

type Why = NonNullable<TokenError['error_reason']>

/** The server's definitive word that a sign-in has ended. */
export interface Refusal {
  /** The server's own word, for the journal. */
  readonly why: Why
  readonly reason: ReauthReason
  /** For a person. */
  readonly message: string
  /** Epoch milliseconds on the server's clock; null when it does not say. */
  readonly endedAt: number | null
}

const endings: Readonly<Record<Why, Pick<Refusal, 'reason' | 'message'>>> = {
  expired: {
    reason: 'expired',
    message: 'Your sign-in has reached its full length. Sign in again to carry on.',
  },
  revoked: {
    reason: 'revoked',
    message: 'Your organisation ended this sign-in. Sign in again to carry on.',
  },
  'signed-out': {
    reason: 'elsewhere',
    message: 'This sign-in was ended from another device. Sign in again to carry on.',
  },
  reused: {
    reason: 'reused',
    message: 'The server ended this sign-in because its key was used twice. Sign in again to carry on.',
  },
  superseded: {
    reason: 'refused',
    message: 'Another copy of Lectern went on with this sign-in. Sign in again to carry on here.',
  },
  unknown: {
    reason: 'refused',
    message: 'The server no longer accepts this sign-in. Sign in again to carry on.',
  },
}

/** @param idempotencyKey for a request that may have to be sent again */
export async function post(
  http: HttpClient,
  url: string,
  body: unknown,
  { idempotencyKey, signal }: { readonly idempotencyKey?: string; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  return readAnswer(
    await http.send({
      method: 'POST',
      url,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify(body),
      timeoutMs: timing.callTimeout * 1000,
      ...(signal ? { signal } : {}),
    }),
  )
}

/** RFC 6749 §5.2: 400 or 401 with `invalid_grant`. Null for any other answer: it is not about this token. */
export function readRefusal(answer: Answer): Refusal | null {
  if (answer.kind === 'none' || (answer.status !== 400 && answer.status !== 401)) return null
  const error = TokenError.safeParse(answer.json)
  if (!error.success || error.data.error !== 'invalid_grant') return null
  const why = error.data.error_reason ?? 'unknown'
  const { ended_at: endedAt } = error.data
  return { why, ...endings[why], endedAt: endedAt === undefined ? null : Date.parse(endedAt) }
}

/**
 * @param kept what the credential will hold beside the answer; its generation is higher than any before it here
 * @param sentMonotonic when the request was sent
 */
export function readSuccessor(
  answer: Answer,
  kept: Pick<Credential, 'serverUrl' | 'generation' | 'rotationKey'>,
  sentMonotonic: number,
): Result<Successor> {
  if (answer.kind === 'none') return { ok: false, failure: answer.failure }
  if (answer.status !== 200) return { ok: false, failure: failureOf(answer) }
  const parsed = TokenResponse.safeParse(answer.json)
  if (!parsed.success) return fail('unexpected-answer', 'The server gave an answer that makes no sense.')
  const response = parsed.data
  return succeed({
    credential: {
      version: 1,
      generation: kept.generation,
      rotationKey: kept.rotationKey,
      serverUrl: kept.serverUrl,
      account: response.account,
      refreshToken: response.refresh_token,
      sessionExpiresAt: (answer.date ?? 0) + response.refresh_token_expires_in * 1000,
    },
    token: issued({
      token: response.access_token,
      expiresIn: response.expires_in,
      sentMonotonic,
      // Without a Date the server's clock says nothing; then only the monotonic reckoning counts.
      serverDate: answer.date ?? Infinity,
    }),
  })
}
