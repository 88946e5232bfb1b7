import type { Db } from './schema.ts'

/** What this database is called in whatever it shares with others; a copy of it is called the same. */
export async function installationId(db: Db): Promise<string> {
  const { id } = await db.selectFrom('installation').select('id').executeTakeFirstOrThrow()
  return id
}
