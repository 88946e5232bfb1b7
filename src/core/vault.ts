/**
 * The credential, and nothing else that is secret. One JSON value in the keychain holds the refresh token and the
 * intent of its rotation; a plain file remembers, without secrets, that somebody is signed in, because a
 * locked Linux keyring answers "no such entry" instead of "locked".
 */
import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import { Account, fail, KeychainProblem, succeed, type Failure, type Result } from '../contract/model.ts'
import { memoryStore } from './memory.ts'
import type { FileStore, SecretFailure, SecretStore } from './ports.ts'
import { createQueue } from './queue.ts'

const Credential = z.object({
  version: z.literal(1),
  /** Grows by one with each rotation; a writer that meets a higher one than it knows has been overtaken. */
  generation: z.int().min(0),
  serverUrl: z.string(),
  account: Account,
  refreshToken: z.string().min(16),
  /** Epoch milliseconds on the server's clock. */
  sessionExpiresAt: z.number(),
  /**
   * The intent of every rotation to come, stored before the first is sent: with the generation it makes the
   * Idempotency-Key. After a crash or a lost answer, and by another process on this vault, the very same request is
   * sent again. A secret, because whoever knows it can ask for a replay.
   */
  rotationKey: z.string().regex(/^[A-Za-z0-9_-]{16,48}$/),
})
export type Credential = z.infer<typeof Credential>

/** The Idempotency-Key for rotating this credential. */
export const rotationId = ({ rotationKey, generation }: Credential) => `${rotationKey}-${generation}`

const KnownAccount = z.object({ version: z.literal(1), serverUrl: z.string(), account: Account })

/** Tokens of sessions signed out while offline: to be revoked when the server can be reached. */
const Revocations = z.array(z.object({ serverUrl: z.string(), token: z.string() }))
export type Revocation = z.infer<typeof Revocations>[number]

const CREDENTIAL = 'credential'
const REVOCATIONS = 'revocations'
const KNOWN_ACCOUNT = 'known-account.json'

const LOCKED =
  'The keychain does not give out your sign-in. It is probably locked: unlock it and try again, or sign in anew.'

const GONE = 'You signed out in another copy of Lectern on this computer. Sign in again to carry on here.'
const REPLACED =
  'Somebody else signed in with another copy of Lectern on this computer. Sign in again to carry on here.'

/** A Windows credential holds 2,560 bytes; that many tokens fit with room to spare. */
const MAX_REVOCATIONS = 12

export type Opening =
  | { readonly kind: 'empty' }
  | { readonly kind: 'found'; readonly credential: Credential }
  | {
      readonly kind: 'unavailable'
      readonly account: Account
      readonly problem: KeychainProblem
      readonly message: string
    }

export interface Vault {
  /** Reads the keychain. */
  open(): Promise<Opening>
  /** The credential as last read or saved by this process. */
  readonly credential: Credential | null
  /** Whether the credential is, or until a sign-out was, kept in memory only. */
  readonly memoryOnly: boolean
  /** A new sign-in; replaces whatever there was. */
  adopt(credential: Credential, memoryOnly: boolean): Promise<Result<void>>
  /**
   * The credential as the keychain has it now, or as this process knows it if that is newer. A later sign-in of the same
   * person by another process is taken over; `session-ended` when it is another person's.
   */
  latest(): Promise<Result<Credential>>
  /**
   * Replaces the credential if the keychain still holds generation `expected`.
   * @returns `conflict` when another process has rotated since; `open` then gives what it stored
   */
  replace(credential: Credential, expected: number): Promise<Result<void>>
  /**
   * Forgets the credential and queues its revocation. Nobody is signed in at the next start even if the keychain
   * refuses, because the file that remembers the account goes first.
   */
  clear(): Promise<Result<void>>

  revocations(): Promise<readonly Revocation[]>
  removeRevocation(revocation: Revocation): Promise<Result<void>>
}

export function createVault(keychain: SecretStore, files: FileStore): Vault {
  let credential: Credential | null = null
  let secrets: SecretStore = keychain
  let memoryOnly = false

  /** One change after the other: a rotation that is being stored and a sign-out must not cross. */
  const inOrder = createQueue()

  /** Grows with each sign-out: what began before it brings nothing back. */
  let era = 0

  const write = async (next: Credential): Promise<Result<void>> => {
    const mine = era
    const written = await secrets.write(CREDENTIAL, JSON.stringify(next))
    if (!written.ok) return keychainFailure(written.failure)
    if (mine === era) credential = next
    return succeed(undefined)
  }

  const readRevocations = async (): Promise<Revocation[]> => {
    const read = await keychain.read(REVOCATIONS)
    return (read.ok && read.value !== null && parseJson(Revocations, read.value)) || []
  }

  const writeRevocations = async (list: Revocation[]): Promise<Result<void>> => {
    const written = list.length
      ? await keychain.write(REVOCATIONS, JSON.stringify(list.slice(-MAX_REVOCATIONS)))
      : await keychain.remove(REVOCATIONS)
    return written.ok ? succeed(undefined) : keychainFailure(written.failure)
  }

  /** Sign-ins that could not be stored and were given back to the server. */
  const disowned = new Set<string>()

  /** What the keychain holds; in place of a sign-in that was given back, what this process knows. */
  const owned = (text: string | null): Credential | null => {
    const stored = text === null ? null : parseJson(Credential, text)
    return stored && disowned.has(stored.rotationKey) ? credential : stored
  }

  const removeCredential = async (): Promise<Result<void>> => {
    secrets = keychain
    const removed = await keychain.remove(CREDENTIAL)
    return removed.ok ? succeed(undefined) : keychainFailure(removed.failure)
  }

  /** The token must be revoked before it is forgotten, and the server may be out of reach for days. */
  const forget = async ({ serverUrl, refreshToken }: Credential): Promise<Result<void>> => {
    const queued = await writeRevocations([...(await readRevocations()), { serverUrl, token: refreshToken }])
    const removed = await removeCredential()
    return removed.ok ? queued : removed
  }

  return {
    get credential() {
      return credential
    },
    get memoryOnly() {
      return memoryOnly
    },

    async open() {
      const [file, secret] = await Promise.all([files.read(KNOWN_ACCOUNT), secrets.read(CREDENTIAL)])
      const known = file.ok && file.value !== null ? parseJson(KnownAccount, file.value) : null
      // The file goes first at sign-out, so that a kill in the middle cannot sign anybody in again.
      const signedOut = file.ok && file.value === null && !memoryOnly
      if (!secret.ok) {
        return known ? { kind: 'unavailable', account: known.account, ...secret.failure } : { kind: 'empty' }
      }
      const found = secret.value === null ? null : parseJson(Credential, secret.value)
      if (signedOut) {
        if (found) await forget(found)
        return { kind: 'empty' }
      }
      if (found) {
        credential = found
        return { kind: 'found', credential: found }
      }
      if (!known) return { kind: 'empty' }
      return {
        kind: 'unavailable',
        account: known.account,
        problem: 'locked',
        message: LOCKED,
      }
    },

    adopt: (next, inMemory) =>
      inOrder(async () => {
        const before = { credential, secrets, memoryOnly }
        memoryOnly = inMemory
        secrets = inMemory ? memoryStore() : keychain
        const written = await write(next)
        if (!written.ok) {
          // Said to have failed, and perhaps carried out all the same: what stood there has to stand there again.
          disowned.add(next.rotationKey)
          memoryOnly = before.memoryOnly
          secrets = before.secrets
          if (before.credential) await write(before.credential)
        }
        if (!written.ok || inMemory) return written
        const known = { version: 1 as const, serverUrl: next.serverUrl, account: next.account }
        return files.write(KNOWN_ACCOUNT, JSON.stringify(known))
      }),

    latest: () =>
      inOrder(async () => {
        if (!credential) return fail('unauthenticated', 'Nobody is signed in.')
        const stored = await secrets.read(CREDENTIAL)
        if (!stored.ok) return keychainFailure(stored.failure)
        const current = owned(stored.value)
        if (!current) {
          const known = await files.read(KNOWN_ACCOUNT)
          const isGone = !memoryOnly && known.ok && known.value === null
          return isGone ? fail('session-ended', GONE) : fail('keychain-locked', LOCKED, { retryable: true })
        }
        if (!credential) return fail('cancelled', 'The session was signed out meanwhile.')
        const isOurs = current.rotationKey === credential.rotationKey
        const samePerson =
          current.account.id === credential.account.id && current.serverUrl === credential.serverUrl
        if (!samePerson) return fail('session-ended', REPLACED)
        if (!isOurs || current.generation > credential.generation) credential = current
        return succeed(credential)
      }),

    replace: (next, expected) =>
      inOrder(async () => {
        if (!credential) return fail('cancelled', 'The session was signed out meanwhile.')
        const stored = await secrets.read(CREDENTIAL)
        if (!stored.ok) return keychainFailure(stored.failure)
        const current = owned(stored.value)
        if (current && (current.generation > expected || current.rotationKey !== next.rotationKey)) {
          return fail('conflict', 'Another Lectern on this computer renewed the sign-in.', {
            retryable: true,
          })
        }
        return write(next)
      }),

    clear() {
      const leaving = credential
      credential = null
      era++
      const forgetting = files.remove(KNOWN_ACCOUNT)
      return inOrder(async () => {
        const removed = leaving ? await forget(leaving) : await removeCredential()
        const forgotten = await forgetting
        return removed.ok ? forgotten : removed
      })
    },

    revocations: readRevocations,

    removeRevocation: ({ token }) =>
      inOrder(async () =>
        writeRevocations((await readRevocations()).filter((entry) => entry.token !== token)),
      ),
  }
}

/** What a failure says of the keychain; null when it is about something else. */
export const keychainProblem = ({ code }: Failure): KeychainProblem | null =>
  KeychainProblem.safeParse(code.replace(/^keychain-/, '')).data ?? null

function keychainFailure({ problem, message }: SecretFailure) {
  return fail(`keychain-${problem}`, message, { retryable: true })
}
