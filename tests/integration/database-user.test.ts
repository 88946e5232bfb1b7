/** The rights of the user in DATABASE_URL, as docs/deployment.md has them, on the newest PostgreSQL there is here: PGlite's. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../src/server/database/migrations.ts'
import { createOwnRows } from '../../src/server/database/own-rows.ts'
import type { Tables } from '../../src/server/database/schema.ts'
import { repository } from '../harness/repository.ts'

const documented = [
  ...(await readFile(join(repository, 'docs/deployment.md'), 'utf8')).matchAll(/```sql\n([^]*?)```/g),
]
  .map(([, text]) => text ?? '')
  .filter((text) => text.includes('create role'))

/** What the image of PostgreSQL is given, with the password that psql would take from its environment. */
const ofCompose = (await readFile(join(repository, 'deploy/database.sql'), 'utf8'))
  .replace(/^\\getenv .*$/m, '')
  .replace(":'password'", "'…'")

test('the document has both ways', () => expect(documented).toHaveLength(2))

test.each([
  ['who may create roles', documented[0]],
  ['who finds them there', documented[1]],
  ['of docker-compose.yml', ofCompose],
])('a user %s can run the server, and nobody sees rows but by their claim', async (_, text = '') => {
  const pglite = new PGlite()
  // There is one database in PGlite: what is said of databases is done with a schema.
  await pglite.exec(text.replace(/create database (\w+) owner (\w+)/, 'create schema $1 authorization $2'))
  await pglite.exec('set session authorization lectern; set search_path = lectern')
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  const { rows } = await sql<{ isSuperuser: string; version: string }>`
    select current_setting('is_superuser') as "isSuperuser", current_setting('server_version') as version`.execute(
    db,
  )
  expect(rows[0]?.isSuperuser).toBe('off')
  expect(Number.parseInt(rows[0]?.version ?? '', 10)).toBeGreaterThanOrEqual(16)

  await migrate(db)
  const ownRows = createOwnRows(db)
  const [maya, noah] = [randomUUID(), randomUUID()]
  for (const id of [maya, noah]) {
    await db
      .insertInto('accounts')
      .values({ id, email: `${id}@example.edu`, display_name: id, role: 'learner', password_hash: '' })
      .execute()
  }
  const entry = { seq: 1, amount: 5, balance: 5, note: 'given', idempotency_key: 'key', at: new Date() }
  await ownRows.of(maya, (tx) =>
    tx
      .insertInto('credit_entries')
      .values({ account_id: maya, ...entry })
      .execute(),
  )
  const seenBy = (id: string) => ownRows.of(id, (tx) => tx.selectFrom('credit_entries').selectAll().execute())
  expect(await seenBy(maya)).toHaveLength(1)
  expect(await seenBy(noah)).toHaveLength(0)
  expect((await sql`select * from credit_entries`.execute(db)).rows).toHaveLength(0)
  await ownRows.rounds((tx) => tx.selectFrom('jobs').select('id').execute())
  await db.destroy()
})
