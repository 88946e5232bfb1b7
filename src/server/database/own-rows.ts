/**
 * The way to rows that belong to one account. Inside a transaction the connection takes on a role that may touch these
 * tables and nothing else, and says whose rows it is about; both end with the transaction. The database itself then
 * shows that account's rows only, whatever a query forgets to ask. Without the claim it shows none.
 */
import { sql, type Kysely } from 'kysely'
import type { Db, OwnTables, OwnTx, Tx } from './schema.ts'

export interface OwnRows {
  /** Runs `work` in one transaction that sees the rows of this account. */
  of<T>(accountId: string, work: (tx: OwnTx) => Promise<T>): Promise<T>
  /** The same after `first` has changed what belongs to everybody: both are committed, or neither. */
  after<A, T>(
    accountId: string,
    first: (tx: Tx) => Promise<A>,
    work: (tx: OwnTx, done: A) => Promise<T>,
  ): Promise<T>
  /**
   * Runs `work` as the server's own rounds: they see of every account that there is something to do, in the columns
   * that migration 008 grants them, and can change nothing.
   */
  rounds<T>(work: (tx: OwnTx) => Promise<T>): Promise<T>
}

export function createOwnRows(db: Db): OwnRows {
  // The same database; the types of these tables are known here only.
  const own = db as unknown as Kysely<OwnTables>
  const become = (tx: OwnTx, accountId: string) =>
    sql`select set_config('role', 'lectern_member', true),
      set_config('lectern.account_id', ${accountId}, true)`.execute(tx)
  return {
    of: (accountId, work) =>
      own.transaction().execute(async (tx) => {
        await become(tx, accountId)
        return work(tx)
      }),
    after: (accountId, first, work) =>
      own.transaction().execute(async (tx) => {
        const done = await first(tx as unknown as Tx)
        await become(tx, accountId)
        return work(tx, done)
      }),
    rounds: (work) =>
      own.transaction().execute(async (tx) => {
        await sql`select set_config('role', 'lectern_worker', true)`.execute(tx)
        return work(tx)
      }),
  }
}
