/**
 * Addresses of files for media elements, which can send no token: signed, for one file, for a few minutes. Whoever
 * holds one can read the file until then, also when the sign-in it was made with has ended; so none is logged.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { byteEndpoints } from '../../contract/bytes.ts'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { Db } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import { keptSecret } from '../sign-in/server-keys.ts'

interface Claim {
  readonly fileId: string
  readonly account: string
  /** Epoch seconds. */
  readonly expires: number
}

export interface MediaLinks {
  create(accountId: string, fileId: string): { path: string; expiresAt: Date }
  /** @throws {Problem} `forbidden` */
  check(claim: Claim, signature: string): void
}

export async function createMediaLinks(db: Db): Promise<MediaLinks> {
  const secret = await keptSecret(db, 'media-links')

  const sign = ({ fileId, account, expires }: Claim) =>
    createHmac('sha256', secret).update(`${fileId}\n${account}\n${expires}`).digest()

  return {
    create(account, fileId) {
      const expires = Math.floor(Date.now() / 1000) + lifetimes.mediaLink
      const signature = sign({ fileId, account, expires }).toString('base64url')
      const query = new URLSearchParams({ account, expires: String(expires), signature })
      const path = byteEndpoints.mediaContent.path.replace(':fileId', fileId)
      return { path: `${path}?${query}`, expiresAt: new Date(expires * 1000) }
    },

    check(claim, signature) {
      const given = Buffer.from(signature, 'base64url')
      const right = sign(claim)
      // Of the text too: the last of its characters has bits that no byte holds.
      const fits = given.length === right.length && timingSafeEqual(given, right)
      if (!fits || given.toString('base64url') !== signature) {
        throw new Problem('forbidden', 'This link was not made by this server, or somebody changed it.')
      }
      if (claim.expires * 1000 <= Date.now()) {
        throw new Problem('forbidden', 'This link has expired. Open the file again for a new one.')
      }
    },
  }
}
