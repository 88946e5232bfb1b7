/** Passwords, kept as Argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, t=2, p=1). */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

// Argon2id is the library's default algorithm; its enum cannot be named under isolatedModules.
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string) => hash(password, options)

/** A hash that no password fits. */
export const unusablePassword = () => hashPassword(randomBytes(32).toString('base64url'))

let nobody: Promise<string> | null = null

/**
 * @param stored null when there is no such account: the same work is done, so that the time an answer takes does
 *   not tell who has an account
 */
export async function passwordFits(stored: string | null, password: string): Promise<boolean> {
  const reference = stored ?? (await (nobody ??= unusablePassword()))
  return (await verify(reference, password)) && stored !== null
}
