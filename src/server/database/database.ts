/**
 * The one place that knows which database it is: PostgreSQL at an address, shared by several servers, or PGlite in a
 * folder, for one. Everything else speaks Kysely's PostgreSQL.
 */
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import { defaults, Pool } from 'pg'
import { StartFailure } from '../start-failure.ts'
import { openDataFolder } from './data-folder.ts'
import { migrate } from './migrations.ts'
import { listenTo, nobodyElse, type Notices } from './notices.ts'
import { createOwnRows, type OwnRows } from './own-rows.ts'
import type { Db, Tables } from './schema.ts'

export interface Database {
  readonly db: Db
  readonly ownRows: OwnRows
  readonly notices: Notices
  /** Null unless it is PostgreSQL. */
  readonly pool: Pool | null
  close(): Promise<void>
}

export interface DatabaseSettings {
  /** Null: PGlite in `dataDir`. */
  readonly databaseUrl: string | null
  readonly dataDir: string
  /** Connections to PostgreSQL at once. */
  readonly databasePool: number
}

// By itself the driver writes instants in this process's zone and in whole minutes of it, which some historic zones are not.
defaults.parseInputDatesAsUTC = true

const CONNECT_MS = 10_000
/** Nothing here takes long; what does is stuck. */
const STATEMENT_MS = 60_000

/**
 * @param failed hears what goes wrong on connections nobody is using
 * @throws {StartFailure} when the database is in use, out of reach or cannot be used
 */
export async function openDatabase(
  { databaseUrl, dataDir, databasePool }: DatabaseSettings,
  failed: (error: unknown) => void,
): Promise<Database> {
  const opened = databaseUrl
    ? await openPostgres(databaseUrl, databasePool, failed)
    : await openFolder(dataDir)
  const { db, pool, release } = opened
  let notices = nobodyElse
  const close = async () => {
    try {
      await notices.close()
      await db.destroy()
    } finally {
      await release()
    }
  }
  try {
    await migrate(db)
    if (databaseUrl) notices = listenTo(databaseUrl, failed)
  } catch (error) {
    await close()
    throw error
  }
  return { db, ownRows: createOwnRows(db), notices, pool, close }
}

async function openFolder(folder: string) {
  const { pglite, release } = await openDataFolder(folder)
  return { db: new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) }), pool: null, release }
}

async function openPostgres(connectionString: string, max: number, failed: (error: unknown) => void) {
  const pool = new Pool({
    connectionString,
    max,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // Compiling a query takes longer than any of ours.
    options: '-c TimeZone=UTC -c jit=off',
    application_name: 'lectern',
    keepAlive: true,
  })
  pool.on('error', failed)
  // The pool listens to idle connections only. One that breaks in use fails its query, and must not end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  try {
    await pool.query('select 1')
  } catch (cause) {
    await pool.end()
    throw new StartFailure('database-unreachable', reasonOf(cause), { cause })
  }
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    release: async () => undefined,
  }
}

/** Never with the address: it holds a password. */
function reasonOf(cause: unknown): string {
  const code = (cause as { code?: string }).code ?? ''
  if (code.startsWith('28')) return 'PostgreSQL refuses the user or the password in DATABASE_URL.'
  if (code === '3D000') return 'The database named in DATABASE_URL does not exist.'
  return 'PostgreSQL cannot be reached at the address in DATABASE_URL.'
}
