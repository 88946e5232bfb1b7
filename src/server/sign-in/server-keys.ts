/** Secrets that must outlive a restart, and are the same on every server of one database. */
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Db, Tables } from '../database/schema.ts'

const StoredSecret = z.looseObject({ kty: z.literal('oct'), k: z.string().min(43) })

/** 256 bits for HMAC-SHA-256; made by whoever asks first. */
export async function keptSecret(db: Db, purpose: Tables['server_keys']['purpose']): Promise<KeyObject> {
  const fresh = { kty: 'oct', k: randomBytes(32).toString('base64url') }
  await db
    .insertInto('server_keys')
    .values({ purpose, jwk: JSON.stringify(fresh) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { jwk } = await db
    .selectFrom('server_keys')
    .select('jwk')
    .where('purpose', '=', purpose)
    .executeTakeFirstOrThrow()
  return createSecretKey(StoredSecret.parse(jwk).k, 'base64url')
}
