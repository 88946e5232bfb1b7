/**
 * What carries a token across the network. Only core and server may import this file (lint enforces it), so no
 * type that reaches a window can name a token.
 */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import { Account, Instant, Text } from './model.ts'

const Token = z.string().min(16).max(4096)

export const SignInBody = z.object({
  email: z.email().max(254),
  password: z.string().min(1).max(1024),
  /** Shown in the list of devices. */
  device: z.object({ name: z.string().min(1).max(120), platform: z.string().min(1).max(60) }),
})
export type SignInBody = z.infer<typeof SignInBody>

/** RFC 6749 §5.1, with the lifetime of the refresh token beside it. Lifetimes are in seconds. */
export const TokenResponse = z.object({
  token_type: z.literal('Bearer'),
  access_token: Token,
  expires_in: z.number().positive(),
  refresh_token: Token,
  refresh_token_expires_in: z.number().positive(),
  account: Account,
})
export type TokenResponse = z.infer<typeof TokenResponse>

/**
 * RFC 6749 §6. Sent as JSON, or as a form by clients that only speak that. With an Idempotency-Key the same token gets
 * the same successor until that successor is first used.
 */
export const RefreshBody = z.object({ grant_type: z.literal('refresh_token'), refresh_token: Token })
export type RefreshBody = z.infer<typeof RefreshBody>

/**
 * RFC 6749 §5.2. `error_reason` says why to a person's support desk. `superseded`: this very rotation was asked for
 * before and its successor has been used since, by the same client or another process of it; nothing is ended.
 * `ended_at`: when the sign-in ended.
 */
export const TokenError = z.object({
  error: z.enum(['invalid_request', 'invalid_grant', 'unsupported_grant_type']),
  error_description: z.string(),
  error_reason: z.enum(['expired', 'revoked', 'reused', 'superseded', 'unknown', 'signed-out']).optional(),
  ended_at: Instant.optional(),
})
export type TokenError = z.infer<typeof TokenError>

/** RFC 7009 §2.1. Revoking a token that is gone is a success. */
export const RevokeBody = z.object({ token: Token })

/** What `GET /auth/session` says of the access token it was called with. */
export const AuthSession = z.object({
  account: Account,
  accessExpiresAt: Instant,
  sessionExpiresAt: Instant,
})
export type AuthSession = z.infer<typeof AuthSession>

export const credentialEndpoints = {
  signIn: {
    method: 'POST',
    path: '/auth/sign-in',
    summary:
      'Trade e-mail and password for tokens. 401 with code `wrong-credentials` when they do not match.',
    params: nothing,
    query: nothing,
    body: SignInBody,
    response: TokenResponse,
    authenticated: false,
    repeat: 'once',
  },
  /** 400 or 401 with `error: invalid_grant` is the one definitive word that ends a session. */
  refresh: {
    method: 'POST',
    path: '/auth/token',
    summary: 'Rotate the refresh token (RFC 6749 §6), with replay by Idempotency-Key.',
    params: nothing,
    query: nothing,
    body: RefreshBody,
    response: TokenResponse,
    authenticated: false,
    repeat: 'keyed',
  },
  revoke: {
    method: 'POST',
    path: '/auth/revoke',
    summary: 'End the session of this refresh token (RFC 7009). A token that is gone is a success.',
    params: nothing,
    query: nothing,
    body: RevokeBody,
    response: z.object({ revoked: z.boolean() }),
    authenticated: false,
    repeat: 'safe',
  },
  authSession: {
    method: 'GET',
    path: '/auth/session',
    summary: 'Whose token this is and how long it lives.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: AuthSession,
    authenticated: true,
    repeat: 'safe',
  },
  verify: {
    method: 'POST',
    path: '/auth/verify',
    summary: 'Whether an access token is good, without the 401 of a call that uses it (after RFC 7662).',
    params: nothing,
    query: nothing,
    body: z.object({ access_token: Token }),
    response: z.discriminatedUnion('active', [
      z.object({ active: z.literal(false) }),
      AuthSession.extend({ active: z.literal(true) }),
    ]),
    authenticated: false,
    repeat: 'safe',
  },
  setPassword: {
    method: 'PUT',
    path: '/accounts/:accountId/password',
    summary: 'Give an account a password; it is signed out everywhere. Administrators only.',
    params: z.object({ accountId: z.uuid() }),
    query: nothing,
    body: z.object({ password: Text.min(12).max(1024) }),
    response: z.object({ ended: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
  /** RFC 7517 §5. */
  jwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that access tokens are signed with: those in use, and the next.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({
      keys: z.array(
        z.object({
          kty: z.literal('EC'),
          crv: z.literal('P-256'),
          x: z.string(),
          y: z.string(),
          kid: z.string(),
          use: z.literal('sig'),
          alg: z.literal('ES256'),
        }),
      ),
    }),
    authenticated: false,
    repeat: 'safe',
  },
} as const satisfies Record<string, Endpoint>

/* ── frames from the client; the first must be `hello` ────────────────────────────────────────────────── */

export const ClientFrame = z.discriminatedUnion('type', [
  /** `afterSeq` null: from now on. Otherwise every event after that one is sent first, in order. */
  z.object({ type: z.literal('hello'), accessToken: Token, afterSeq: z.int().min(0).nullable() }),
  /** A new token for this socket, in-band: no reconnect. */
  z.object({ type: z.literal('reauth'), accessToken: Token }),
  z.object({ type: z.literal('ping'), id: z.int().min(0) }),
])
export type ClientFrame = z.infer<typeof ClientFrame>
