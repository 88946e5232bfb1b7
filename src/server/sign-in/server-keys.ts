/** Secrets that must outlive a restart, so that the tokens made with them do. */
import type { JWK } from 'jose'
import type { Db, Tables } from '../database/schema.ts'

/** Stores a fresh key unless there is one already, and gives the one that counts. */
export async function keptKey(
  db: Db,
  purpose: Tables['server_keys']['purpose'],
  fresh: JWK,
): Promise<unknown> {
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
  return jwk
}
