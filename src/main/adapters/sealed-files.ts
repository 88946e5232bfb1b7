import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { fail, succeed, type Result } from '../../contract/model.ts'
import type { FileStore, SecretStore } from '../../core/ports.ts'

const KEY_NAME = 'sealed-files-key'
const PROOF_NAME = 'sealed-files-proof'
const KEY_BYTES = 32
/** NIST SP 800-38D §8.2.2: random IVs of 96 bits. */
const IV_BYTES = 12

const Envelope = z.object({
  version: z.literal(1),
  iv: z.base64(),
  tag: z.base64(),
  text: z.base64(),
})

export interface SealedFilesOptions {
  readonly files: FileStore
  readonly secrets: SecretStore
  /** A document was damaged or sealed with a key that is gone. */
  readonly keptAside: (name: string, aside: string) => void
}

/**
 * Documents that only this person's keychain can open: AES-256-GCM under a random key that the keychain keeps, with
 * the name of the document bound to its content, so that one cannot be passed off as another. Without the key nothing
 * is written and nothing is lost. (For a session in memory only, core keeps documents in memory as well.)
 */
export function createSealedFiles({ files, secrets, keptAside }: SealedFilesOptions): FileStore {
  let key: Promise<Result<Buffer>> | null = null

  function theKey(): Promise<Result<Buffer>> {
    key ??= findKey().then((found) => {
      // Only a key is remembered: a keychain that is locked now may be open at the next call.
      if (!found.ok) key = null
      return found
    })
    return key
  }

  async function findKey(): Promise<Result<Buffer>> {
    const stored = await secrets.read(KEY_NAME)
    if (!stored.ok) return unavailable(stored.failure.message)
    if (stored.value !== null) return decodeKey(stored.value)
    // A locked keyring answers null too, and a new key would then replace the one that opens everything. A keyring
    // that takes an entry is open, and its answer afterwards is the truth.
    const proof = await secrets.write(PROOF_NAME, 'open')
    if (!proof.ok) return unavailable(proof.failure.message)
    const again = await secrets.read(KEY_NAME)
    if (!again.ok) return unavailable(again.failure.message)
    if (again.value !== null) return decodeKey(again.value)
    const fresh = randomBytes(KEY_BYTES)
    const saved = await secrets.write(KEY_NAME, fresh.toString('base64'))
    return saved.ok ? succeed(fresh) : unavailable(saved.failure.message)
  }

  /** Damaged or foreign content is put where a person or their support desk can find it, and never overwritten. */
  async function putAside(name: string, text: string): Promise<Result<null>> {
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
    const aside = `${name}.${digest}.unreadable`
    const kept = await files.write(aside, text)
    if (!kept.ok) return kept
    const removed = await files.remove(name)
    if (!removed.ok) return removed
    keptAside(name, aside)
    return succeed(null)
  }

  return {
    async read(name) {
      const stored = await files.read(name)
      if (!stored.ok || stored.value === null) return stored
      const found = await theKey()
      if (!found.ok) return found
      const text = unseal(found.value, name, stored.value)
      return text === null ? putAside(name, stored.value) : succeed(text)
    },

    async write(name, text) {
      const found = await theKey()
      return found.ok ? files.write(name, seal(found.value, name, text)) : found
    },

    remove: (name) => files.remove(name),
  }
}

function decodeKey(text: string): Result<Buffer> {
  const key = Buffer.from(text, 'base64')
  return key.length === KEY_BYTES
    ? succeed(key)
    : unavailable('The keychain holds something else in place of the key of Lectern.')
}

const unavailable = (why: string) =>
  fail(
    'storage-failed',
    'What you write cannot be kept safely at the moment, because the keychain is not open.',
    {
      retryable: true,
      cause: why,
    },
  )

function seal(key: Buffer, name: string, text: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return JSON.stringify({
    version: 1,
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    text: sealed.toString('base64'),
  } satisfies z.infer<typeof Envelope>)
}

/** @returns null when the document is damaged, was sealed with another key or under another name */
function unseal(key: Buffer, name: string, document: string): string | null {
  try {
    const { iv, tag, text } = Envelope.parse(JSON.parse(document))
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: 16 })
      .setAAD(Buffer.from(name))
      .setAuthTag(Buffer.from(tag, 'base64'))
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
