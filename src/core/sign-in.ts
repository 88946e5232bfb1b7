/** Trading a password for tokens, and giving tokens back. */
import { credentialEndpoints, SignInBody, TokenResponse } from '../contract/credentials.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { failureOf, readAnswer, type Answer } from './answer.ts'
import type { Clock, HttpClient } from './ports.ts'
import { successorOf, type Successor } from './refresh.ts'
import type { Revocation } from './vault.ts'

/**
 * @param generation what the new credential counts as: higher than any before it on this computer
 * @returns the credential to store and the token to use, with the answer they came in
 */
export async function requestTokens(
  { clock, http }: { readonly clock: Clock; readonly http: HttpClient },
  serverUrl: string,
  body: SignInBody,
  generation: number,
): Promise<Result<Successor & { readonly answer: Answer }>> {
  const parsed = SignInBody.safeParse(body)
  if (!parsed.success) {
    return fail(
      'invalid-request',
      parsed.error.issues[0]?.message ?? 'Type your e-mail address and password.',
    )
  }
  const { method, path } = credentialEndpoints.signIn
  const sent = clock.monotonicNow()
  const answer = readAnswer(
    await http.send({
      method,
      url: serverUrl + path,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(parsed.data),
      timeoutMs: timing.callTimeout * 1000,
    }),
  )
  if (answer.kind === 'none') return { ok: false, failure: answer.failure }
  if (answer.status !== 200) return { ok: false, failure: failureOf(answer) }
  const response = TokenResponse.safeParse(answer.json)
  if (!response.success) return fail('unexpected-answer', 'The server gave an answer that makes no sense.')
  return succeed({ ...successorOf(response.data, serverUrl, generation, sent, answer.date), answer })
}

/** @returns whether the server knows now that this token is finished with (RFC 7009 §2.2) */
export async function revokeToken(http: HttpClient, { serverUrl, token }: Revocation): Promise<boolean> {
  const { method, path } = credentialEndpoints.revoke
  const answer = readAnswer(
    await http.send({
      method,
      url: serverUrl + path,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      timeoutMs: timing.callTimeout * 1000,
    }),
  )
  // A refusal is an answer too: asking again would not change it.
  return answer.kind === 'ours' && answer.status < 500 && answer.status !== 429 && answer.status !== 408
}
