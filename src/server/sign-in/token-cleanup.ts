/** Which sign-ins and refresh tokens are kept, and until when. */
import { sql } from 'kysely'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { Db } from '../database/schema.ts'

/**
 * Deletes the sign-ins that ended long enough ago that nobody has to be told why, and the spent tokens that are of no
 * use in those that go on. Says how many that were.
 *
 * @param idleTtl seconds a refresh token lives that nobody uses
 */
export function cleanUpTokens(
  db: Db,
  idleTtl: number,
): Promise<{ readonly signIns: number; readonly tokens: number }> {
  return db.transaction().execute(async (tx) => {
    // Two servers that clean up at the same moment would lock the same rows in another order.
    await sql`select pg_advisory_xact_lock(hashtext('lectern token clean-up'))`.execute(tx)
    const now = Date.now()
    const idleMs = idleTtl * 1000
    const remembered = now - lifetimes.endedSignIn * 1000
    const over = sql<boolean>`family.revoked_at < ${new Date(remembered)}
      or family.expires_at < ${new Date(remembered)}
      or family.last_active_at < ${new Date(remembered - idleMs)}`
    // A rotation locks a token before its family; so does this.
    const ofOver = await tx
      .deleteFrom('refresh_tokens')
      .where('family_id', 'in', tx.selectFrom('token_families as family').select('family.id').where(over))
      .executeTakeFirst()
    // Unspent, such a token would have run out by now; its successor has been spent since, or ran out with its family.
    // So there is nothing to replay. What was spent later is kept, for that and to notice its reuse.
    const spentLongAgo = await tx
      .deleteFrom('refresh_tokens')
      .where('spent_at', '<', new Date(now - idleMs))
      .executeTakeFirst()
    const families = await tx.deleteFrom('token_families as family').where(over).executeTakeFirst()
    return {
      signIns: Number(families.numDeletedRows),
      tokens: Number(ofOver.numDeletedRows + spentLongAgo.numDeletedRows),
    }
  })
}
