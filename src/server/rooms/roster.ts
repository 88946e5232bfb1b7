/** Who belongs to a course. Sessions name their course by its code, and so does the roster. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Person, Role } from '../../contract/model.ts'
import type { Db, Tx } from '../database/schema.ts'
import { unusablePassword } from '../sign-in/passwords.ts'

export interface Enrollee {
  readonly name: string
  /** In any case; accounts know no difference. */
  readonly email: string
  /** Of an account that has to be made. Nobody becomes an administrator by a list. */
  readonly role: Exclude<Role, 'admin'>
}

export interface Enrolment {
  /** People who had no account; they are among the enrolled. */
  readonly created: number
  readonly enrolled: number
  /** Were enrolled before, or are named twice. */
  readonly known: number
}

/**
 * Enrols people in a course. Who has no account gets one that no password opens; who has one keeps it as it is, name
 * and role included. Done again, it changes nothing.
 *
 * @param people 5,000 at most: a statement takes 65,535 parameters
 */
export async function enrol(tx: Tx, course: string, people: readonly Enrollee[]): Promise<Enrolment> {
  const byEmail = new Map<string, Enrollee>()
  for (const person of people) {
    const email = person.email.toLowerCase()
    if (!byEmail.has(email)) byEmail.set(email, person)
  }
  const idsOf = async (emails: readonly string[]) => {
    if (emails.length === 0) return []
    const rows = await tx
      .selectFrom('accounts')
      .select(['id', sql<string>`lower(email)`.as('email')])
      .where(sql`lower(email)`, 'in', emails)
      .execute()
    return rows.map(({ email, id }) => [email, id] as const)
  }

  const ids = new Map(await idsOf([...byEmail.keys()]))
  const strangers = [...byEmail].filter(([email]) => !ids.has(email))
  const created = await createAccounts(tx, strangers)
  for (const [email, id] of created) ids.set(email, id)
  // Another list made them at this moment.
  const others = strangers.map(([email]) => email).filter((email) => !created.has(email))
  for (const [email, id] of await idsOf(others)) ids.set(email, id)

  const enrolled = await insertEnrolments(tx, course, [...ids.values()])
  return { created: created.size, enrolled, known: people.length - enrolled }
}

async function createAccounts(
  tx: Tx,
  people: readonly (readonly [email: string, person: Enrollee])[],
): Promise<Map<string, string>> {
  if (people.length === 0) return new Map()
  // One for all of them: it fits nobody's password, and to make one takes its time.
  const passwordHash = await unusablePassword()
  const rows = await tx
    .insertInto('accounts')
    .values(
      // In one order everywhere: two lists that name the same people in another would wait for each other for ever.
      people
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { email, name, role }]) => ({
          id: randomUUID(),
          email,
          display_name: name,
          role,
          password_hash: passwordHash,
        })),
    )
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
    .returning(['id', sql<string>`lower(email)`.as('email')])
    .execute()
  return new Map(rows.map(({ email, id }) => [email, id]))
}

/** @returns how many were not enrolled before */
async function insertEnrolments(tx: Tx, course: string, accountIds: readonly string[]): Promise<number> {
  if (accountIds.length === 0) return 0
  const now = new Date()
  const rows = await tx
    .insertInto('enrolments')
    .values(accountIds.toSorted().map((account_id) => ({ course, account_id, enrolled_at: now })))
    .onConflict((conflict) => conflict.columns(['course', 'account_id']).doNothing())
    .returning('account_id')
    .execute()
  return rows.length
}

/** Learners who belong to a course, by name. */
export async function readLearners(db: Db | Tx, course: string): Promise<Person[]> {
  const rows = await db
    .selectFrom('enrolments as enrolment')
    .innerJoin('accounts as account', 'account.id', 'enrolment.account_id')
    .select(['account.id', 'account.display_name', 'account.role'])
    .where('enrolment.course', '=', course)
    .where('account.role', '=', 'learner')
    .orderBy('account.display_name')
    .orderBy('account.id')
    .execute()
  return rows.map(({ id, display_name, role }) => ({ id, displayName: display_name, role }))
}
