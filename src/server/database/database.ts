/** The one place that knows which database it is. Everything else speaks Kysely's PostgreSQL. */
import { Kysely, PGliteDialect } from 'kysely'
import { openDataFolder } from './data-folder.ts'
import { migrate } from './migrations.ts'
import type { Db, Tables } from './schema.ts'

export interface Database {
  readonly db: Db
  close(): Promise<void>
}

/** @throws {StartFailure} when the folder is in use or cannot be used */
export async function openDatabase(folder: string): Promise<Database> {
  const { pglite, release } = await openDataFolder(folder)
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  const close = async () => {
    try {
      await db.destroy()
    } finally {
      await release()
    }
  }
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return { db, close }
}
