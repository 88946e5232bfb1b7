/** Accounts as the database has them. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Account } from '../../contract/model.ts'
import type { Db, Tables } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import { hashPassword, passwordFits } from './passwords.ts'
import type { Caller, TokenFamilies } from './token-families.ts'

type AccountRow = Pick<Tables['accounts'], 'id' | 'email' | 'display_name' | 'role'>

/** Of a table called `account` in the query. */
export const accountColumns = ['account.id', 'account.email', 'account.display_name', 'account.role'] as const

export const accountOf = ({ id, email, display_name, role }: AccountRow): Account => ({
  id,
  email,
  displayName: display_name,
  role,
})

/** An address is the same however it is capitalised. */
export const selectAccount = (db: Db, email: string) =>
  db
    .selectFrom('accounts as account')
    .select([...accountColumns, 'account.password_hash'])
    .where(sql`lower(account.email)`, '=', email.toLowerCase())

/** @throws {Problem} `forbidden` */
export function requireAdmin({ account }: Caller): void {
  if (account.role !== 'admin') throw new Problem('forbidden', 'Only an administrator can do this.')
}

/**
 * Gives an account another password and ends all its sign-ins: whoever knew the old one is out.
 *
 * @returns how many sign-ins ended; null when there is no such account
 */
export async function setPassword(
  families: TokenFamilies,
  accountId: string,
  password: string,
): Promise<number | null> {
  const passwordHash = await hashPassword(password)
  let found = false
  const ended = await families.endAllOf(accountId, 'revoked', {
    async alongWith(tx) {
      const row = await tx
        .updateTable('accounts')
        .set({ password_hash: passwordHash })
        .where('id', '=', accountId)
        .returning('id')
        .executeTakeFirst()
      found = row !== undefined
    },
  })
  return found ? ended : null
}

/**
 * The first administrator, from the server's settings: made when nobody has this address; later only given another
 * password when the settings have another. Another person's account (`not-an-admin`) is left as it is.
 */
export async function ensureAdmin(
  db: Db,
  families: TokenFamilies,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<'created' | 'password-changed' | 'unchanged' | 'not-an-admin'> {
  const known = await selectAccount(db, email).executeTakeFirst()
  if (!known) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('accounts')
      .values({
        id: randomUUID(),
        email,
        display_name: 'Administrator',
        role: 'admin',
        password_hash: await hashPassword(password),
      })
      // Another server starts at this moment.
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n ? 'created' : 'unchanged'
  }
  if (known.role !== 'admin') return 'not-an-admin'
  if (await passwordFits(known.password_hash, password)) return 'unchanged'
  await setPassword(families, known.id, password)
  return 'password-changed'
}
