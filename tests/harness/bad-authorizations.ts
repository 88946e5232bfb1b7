/** Access tokens that must not be taken, made from one that is good (RFC 8725 §2). */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { base64url, decodeJwt, decodeProtectedHeader, SignJWT, type JWK } from 'jose'
import type { World } from './whole-requests.ts'

const part = (value: unknown) => base64url.encode(JSON.stringify(value))

/**
 * Authorization headers that must not be taken, made from one that is good.
 *
 * @param publicKeys what the server publishes, as JWKs
 * @param stale tokens the server once gave and no longer takes, by what they are
 */
export async function badAuthorizations(
  accessToken: string,
  publicKeys: readonly JWK[],
  stale: Readonly<Record<string, string>>,
): Promise<World['badAuthorizations']> {
  const header = decodeProtectedHeader(accessToken)
  const claims = decodeJwt(accessToken)
  const [head = '', payload = '', signature = ''] = accessToken.split('.')
  const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = async (changed: object, more: object = {}) =>
    new SignJWT({ ...claims, ...changed })
      .setProtectedHeader({ ...header, alg: 'ES256', ...more })
      .sign(otherKey.privateKey, { crit: { x: true } })
  const secrets: (readonly [string, string | Buffer])[] = publicKeys.flatMap((jwk) => {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return [
      ['PEM', key.export({ type: 'spki', format: 'pem' })],
      ['DER', key.export({ type: 'spki', format: 'der' })],
      ['JWK', JSON.stringify(jwk)],
    ] as const
  })
  const hmac = (secret: string | Buffer) => {
    const input = `${part({ ...header, alg: 'HS256' })}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const otherJwk = otherKey.publicKey.export({ format: 'jwk' })
  const bearers: Record<string, string> = {
    ...stale,
    'alg none': `${part({ ...header, alg: 'none' })}.${payload}.`,
    'alg None, with the signature': `${part({ ...header, alg: 'None' })}.${payload}.${signature}`,
    'no signature': `${head}.${payload}.`,
    'two parts': `${head}.${payload}`,
    'four parts': `${accessToken}.${signature}`,
    'another signature': `${head}.${payload}.${'A'.repeat(signature.length)}`,
    'claims changed under the signature': `${head}.${part({ ...claims, exp: 4_000_000_000 })}.${signature}`,
    'signed with another key': await signed({}),
    'another issuer': await signed({ iss: 'https://elsewhere.example' }),
    'another audience': await signed({ aud: 'https://elsewhere.example' }),
    'expired, and signed with another key': await signed({ exp: 1_000_000_000 }),
    'a key in its own header': await signed({}, { jwk: otherJwk }),
    'a key id that is a path': await signed({}, { kid: '../../etc/passwd' }),
    'an unknown critical header': await signed({}, { crit: ['x'], x: 1 }),
    'claims that are no JSON': `${head}.${base64url.encode('{')}.${signature}`,
    'no JWT': 'x'.repeat(40),
    'a very long token': 'x'.repeat(8000),
    ...Object.fromEntries(
      secrets.map(([form, secret]) => [`HS256 with the public key as ${form}`, hmac(secret)]),
    ),
  }
  return [
    { what: 'none', value: null },
    { what: 'no token', value: 'Bearer' },
    { what: 'no scheme', value: accessToken },
    { what: 'Basic', value: `Basic ${Buffer.from('maya:secret').toString('base64')}` },
    { what: 'another scheme', value: `Token ${accessToken}` },
    { what: 'two tokens', value: `Bearer ${accessToken} ${accessToken}` },
    { what: 'two tokens with a comma', value: `Bearer ${accessToken},${accessToken}` },
    { what: 'quotes', value: `Bearer "${accessToken}"` },
    { what: 'undefined', value: 'Bearer undefined' },
    ...Object.entries(bearers).map(([what, token]) => ({ what, value: `Bearer ${token}` })),
  ]
}
