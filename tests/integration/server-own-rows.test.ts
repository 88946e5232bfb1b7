/**
 * Rows that belong to one account: nobody else reaches them, whatever a query forgets to ask and whatever an address
 * is asked for. First over HTTP, then in the database itself.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import { endpoints } from '../../src/contract/api.ts'
import type { Database } from '../../src/server/database/database.ts'
import type { OwnTables, OwnTx } from '../../src/server/database/schema.ts'
import {
  ask,
  call,
  callReply,
  demoServer,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  signIn,
  type TestServer,
  uploadFile,
} from './server-client.ts'

type Row = Readonly<Record<string, unknown>>

const at = new Date()

/** A row of each table; a table that is new in OwnTables is missed here by the compiler. */
const sampleRows: Readonly<Record<keyof OwnTables, (account: string, ids: Ids) => Row>> = {
  credit_entries: (account, { seq }) => ({
    ...{ account_id: account, seq: seq + 1, amount: 1, balance: seq + 1 },
    ...{ note: 'A test', idempotency_key: newKey(), at },
  }),
  files: (account, { file }) => ({
    ...{ id: file, account_id: account, idempotency_key: newKey(), name: 'notes.csv' },
    ...{ content_type: 'text/csv', size: 3, received: 3, status: 'ready', created_at: at },
  }),
  file_parts: (account, { file }) => ({
    ...{ file_id: file, account_id: account, part_offset: 0, size: 3 },
    ...{ object_key: newKey(), stored_at: at },
  }),
  jobs: (account, { job }) => ({
    ...{ id: job, account_id: account, idempotency_key: newKey(), job_order: '{}', title: 'A job' },
    ...{ status: 'queued', version: 1, progress: 0, step: '', cost: 0, attempts: 0, created_at: at },
  }),
  job_events: (account, { job }) => ({ job_id: job, account_id: account, version: 1, event: '{}' }),
}

interface Ids {
  readonly file: string
  readonly job: string
  /** How many entries the ledger has, each of 1. */
  readonly seq: number
}

/** Those that others refer to first. */
const tables = Object.keys(sampleRows) as (keyof OwnTables)[]

/** What PostgreSQL says of this column or table: not with your rights. */
const DENIED = '42501'

/** They name an account too, and belong to more than one: a room, a sign-in, a course. */
const sharedTables = ['assistant_replies', 'enrolments', 'participants', 'ratings', 'token_families']

const insert = (table: string, row: Row) =>
  sql`insert into ${sql.table(table)} (${sql.join(Object.keys(row).map((name) => sql.ref(name)))})
    values (${sql.join(Object.values(row))})`

let server: TestServer
let maya: Person
let noah: Person

interface Person {
  readonly id: string
  readonly token: string
}

async function somebody(email: string): Promise<Person> {
  const { access_token: token, account } = await signIn(server.url, email)
  return { id: account.id, token }
}

beforeAll(async () => {
  server = await demoServer()
  maya = await somebody(MAYA)
  noah = await somebody(NOAH)
})
afterAll(() => server.end())

describe('over HTTP', () => {
  let fileId: string
  const bytes = 'name,email\n'

  beforeAll(async () => {
    fileId = await uploadFile(server.url, maya.token, bytes)
  })

  test('a file of somebody else is not there, whatever is asked about it', async () => {
    const paths = [
      ...Object.values(endpoints),
      ...Object.values(byteEndpoints).filter(({ authenticated }) => authenticated),
    ].filter(({ path, method }) => path.includes(':fileId') && method !== 'DELETE')
    expect(paths.length).toBeGreaterThanOrEqual(6)
    for (const { method, path } of paths) {
      const reply = await ask(server.url, method, path.replace(':fileId', fileId), {
        headers: {
          authorization: `Bearer ${noah.token}`,
          'tus-resumable': '1.0.0',
          'upload-offset': '0',
          ...(method === 'PATCH' ? { 'content-type': 'application/offset+octet-stream' } : {}),
        },
        ...(method === 'PATCH' ? { body: 'x' } : {}),
      })
      if (method === 'HEAD') expect(reply.status, `${method} ${path}`).toBe(404)
      else expectProblem(reply, 404, 'not-found')
    }
  })

  test('somebody else deletes nothing by trying', async () => {
    const params = { fileId }
    expect(await call(server.url, noah.token, 'deleteFile', { params })).toEqual({ deleted: false })
    expect((await call(server.url, maya.token, 'getFile', { params })).status).toBe('ready')
  })

  test('a link to a file is of no use for the file of somebody else', async () => {
    const { path } = await call(server.url, maya.token, 'createMediaLink', { params: { fileId } })
    const asNoah = await ask(server.url, 'GET', path.replace(maya.id, noah.id))
    expectProblem(asNoah, 403, 'forbidden')
  })

  test('a job of somebody else is not there, whatever is asked about it', async () => {
    const { id: jobId } = await call(server.url, maya.token, 'startJob', {
      body: { kind: 'attendance-export', course: 'CHEM 232' },
      key: newKey(),
    })
    const params = { jobId }
    expectProblem(await callReply(server.url, noah.token, 'getJob', { params }), 404, 'not-found')
    expectProblem(await callReply(server.url, noah.token, 'cancelJob', { params }), 404, 'not-found')
    const stream = await ask(server.url, 'GET', `/jobs/${jobId}/events`, {
      headers: { authorization: `Bearer ${noah.token}` },
    })
    expectProblem(stream, 404, 'not-found')
  })

  test('nobody can order a job on a file of somebody else', async () => {
    const reply = await callReply(server.url, noah.token, 'startJob', {
      body: { kind: 'audio-analysis', fileId },
      key: newKey(),
    })
    expectProblem(reply, 404, 'not-found')
  })

  test('lists and ledgers hold nothing of somebody else', async () => {
    expect((await call(server.url, noah.token, 'listFiles')).items).toEqual([])
    expect((await call(server.url, noah.token, 'listJobs')).items).toEqual([])
    const before = await call(server.url, noah.token, 'listCreditEntries')
    await call(server.url, maya.token, 'consumeCredits', { body: { amount: 1, note: 'Mine' }, key: newKey() })
    expect(await call(server.url, noah.token, 'listCreditEntries')).toEqual(before)
  })
})

describe('in the database', () => {
  let database: Database
  let mine: Ids
  let theirs: Ids

  beforeAll(async () => {
    await server.close()
    database = await server.openDatabase()
    const ids = (): Ids => ({ file: newKey(), job: newKey(), seq: 0 })
    mine = ids()
    theirs = ids()
    for (const [{ id }, rows] of [
      [maya, mine],
      [noah, theirs],
    ] as const) {
      await database.ownRows.of(id, async (tx) => {
        // The ledger has lines already.
        for (const table of tables.filter((name) => name !== 'credit_entries')) {
          await insert(table, sampleRows[table](id, rows)).execute(tx)
        }
      })
    }
  })
  afterAll(() => database.close())

  const count = async (tx: OwnTx, table: string, where = sql<boolean>`true`) => {
    const { rows } = await sql<{
      n: number
    }>`select count(*)::int as n from ${sql.table(table)} where ${where}`.execute(tx)
    return rows[0]?.n ?? -1
  }

  /** What is done is undone. */
  async function attempt<T>(accountId: string, work: (tx: OwnTx) => Promise<T>): Promise<T> {
    const undo = new Error('undone')
    let result: T | undefined
    await database.ownRows
      .of(accountId, async (tx) => {
        result = await work(tx)
        throw undo
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error
      })
    return result as T
  }

  /** The code of the error that PostgreSQL gives. */
  const refusal = (statement: RawBuilder<unknown>, accountId = maya.id) =>
    attempt(accountId, (tx) => statement.execute(tx)).then(
      () => 'nothing',
      (error: { code?: string }) => error.code,
    )

  /** As the members' role, with no claim at all or this one. */
  const without = <T>(claim: string | null, work: (tx: OwnTx) => Promise<T>) =>
    (database.db as unknown as Kysely<OwnTables>).transaction().execute(async (tx) => {
      await sql`select set_config('role', 'lectern_member', true)`.execute(tx)
      if (claim !== null) await sql`select set_config('lectern.account_id', ${claim}, true)`.execute(tx)
      return work(tx)
    })

  test('every table with an account in it is guarded, also against its owner, or known to be shared', async () => {
    const { rows } = await sql<{ name: string; guarded: boolean; forced: boolean }>`
      select relname as name, relrowsecurity as guarded, relforcerowsecurity as forced
      from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'account_id' and not attisdropped
      where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
      order by relname`.execute(database.db)
    const guarded = rows.filter((row) => row.guarded && row.forced).map(({ name }) => name)
    expect(guarded).toEqual(tables.toSorted())
    const others = rows.map(({ name }) => name).filter((name) => !guarded.includes(name))
    expect(others.filter((name) => !sharedTables.includes(name))).toEqual([])
  })

  test('neither role can sign in, nor step around the guard', async () => {
    const { rows } = await sql<object>`
      select rolname, rolsuper, rolbypassrls, rolcanlogin from pg_roles
      where rolname in ('lectern_member', 'lectern_worker') order by rolname`.execute(database.db)
    const harmless = { rolsuper: false, rolbypassrls: false, rolcanlogin: false }
    expect(rows).toEqual([
      { rolname: 'lectern_member', ...harmless },
      { rolname: 'lectern_worker', ...harmless },
    ])
  })

  // PGlite has one user, who may do anything, and nobody else can connect to it.
  if (onPostgres) {
    test('the user the server connects as sees no row of its own accord', async () => {
      const { rows } = await sql<object>`
        select rolsuper, rolbypassrls from pg_roles where rolname = current_user`.execute(database.db)
      expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false }])
      await (database.db as unknown as Kysely<OwnTables>).transaction().execute(async (tx) => {
        for (const table of tables) expect(await count(tx, table), table).toBe(0)
      })
    })
  }

  test.each([null, ''])(
    'a missing claim (%j) sees nothing and adds nothing, in every table',
    async (claim) => {
      for (const table of tables) {
        expect(await without(claim, (tx) => count(tx, table)), table).toBe(0)
        const row = sampleRows[table](maya.id, { ...mine, file: newKey() })
        await expect(
          without(claim, (tx) => insert(table, row).execute(tx)),
          table,
        ).rejects.toThrow(/row-level security|does not follow/)
      }
    },
  )

  test('a claim sees the rows of that account and no other, though the query asks for all', async () => {
    for (const table of tables) {
      const seen = await attempt(maya.id, async (tx) => ({
        all: await count(tx, table),
        theirs: await count(tx, table, sql`account_id = ${noah.id}`),
      }))
      expect(seen.all, table).toBeGreaterThan(0)
      expect(seen.theirs, table).toBe(0)
    }
  })

  test('a change that forgets whose rows it is about changes and deletes those of that account only', async () => {
    for (const table of tables.filter((name) => name !== 'credit_entries').toReversed()) {
      const touched = await attempt(maya.id, async (tx) => {
        const own = await count(tx, table)
        const changed = await sql`update ${sql.table(table)} set account_id = account_id`.execute(tx)
        const deleted = await sql`delete from ${sql.table(table)}`.execute(tx)
        return { own, changed: Number(changed.numAffectedRows), deleted: Number(deleted.numAffectedRows) }
      })
      expect(touched, table).toEqual({ own: touched.own, changed: touched.own, deleted: touched.own })
      expect(await attempt(noah.id, (tx) => count(tx, table)), table).toBeGreaterThan(0)
    }
  })

  test('nobody adds a row to another account, or gives one away', async () => {
    for (const table of tables) {
      const fresh = { ...theirs, file: table === 'file_parts' ? theirs.file : newKey(), job: theirs.job }
      expect(await refusal(insert(table, sampleRows[table](noah.id, fresh))), table).toMatch(/42501|23514/)
      if (table === 'credit_entries') continue
      const away = sql`update ${sql.table(table)} set account_id = ${noah.id}`
      expect(await refusal(away), table).toBe(DENIED)
    }
  })

  test('nobody adds a part or an event to the file or the job of another account, in their own name either', async () => {
    // The reference itself is allowed by the database; that it shows nothing to anybody is what counts.
    const part = sampleRows.file_parts(maya.id, { ...mine, file: theirs.file })
    const seen = await attempt(maya.id, async (tx) => {
      await insert('file_parts', { ...part, part_offset: 3 }).execute(tx)
      return count(tx, 'files', sql`id = ${theirs.file}`)
    })
    expect(seen).toBe(0)
  })

  test('the ledger is only ever added to, and only by lines that follow', async () => {
    expect(await refusal(sql`update credit_entries set amount = amount + 1`)).toBe(DENIED)
    expect(await refusal(sql`delete from credit_entries`)).toBe(DENIED)
    const last = await attempt(maya.id, (tx) =>
      tx
        .selectFrom('credit_entries')
        .select(['seq', 'balance'])
        .orderBy('seq', 'desc')
        .executeTakeFirstOrThrow(),
    )
    const line = (seq: number, amount: number, balance: number) =>
      insert('credit_entries', { ...sampleRows.credit_entries(maya.id, mine), seq, amount, balance })
    const checkViolation = '23514'
    expect(await refusal(line(last.seq + 1, 5, last.balance + 6))).toBe(checkViolation)
    expect(await refusal(line(last.seq + 2, 5, last.balance + 5))).toBe(checkViolation)
    expect(await refusal(line(last.seq, 5, last.balance + 5))).toBe(checkViolation)
    expect(await refusal(line(last.seq + 1, -last.balance - 1, -1))).toBe(checkViolation)
    expect(await refusal(line(last.seq + 1, 5, last.balance + 5))).toBe('nothing')
  })

  test('that role reaches no table but these', async () => {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class
      where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace`.execute(database.db)
    const rest = rows.map(({ name }) => name).filter((name) => !tables.includes(name as keyof OwnTables))
    expect(rest).toContain('refresh_tokens')
    for (const name of rest) {
      expect(await refusal(sql`select 1 from ${sql.table(name)} limit 1`), name).toBe(DENIED)
      expect(await refusal(sql`delete from ${sql.table(name)}`), name).toBe(DENIED)
    }
  })

  test('the rounds see that there is something to do for whom, and nothing of what it is', async () => {
    const granted: Readonly<Record<keyof OwnTables, readonly string[]>> = {
      credit_entries: [],
      files: ['account_id', 'expires_at', 'id', 'status'],
      file_parts: ['object_key'],
      jobs: ['account_id', 'created_at', 'finished_at', 'id', 'status', 'version', 'worker_until'],
      job_events: [],
    }
    for (const table of tables) {
      const { rows } = await sql<{ name: string }>`
        select attname as name from pg_attribute
        where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attname`.execute(
        database.db,
      )
      const readable: string[] = []
      for (const { name } of rows) {
        await database.ownRows
          .rounds((tx) => sql`select ${sql.ref(name)} from ${sql.table(table)}`.execute(tx))
          .then(
            () => readable.push(name),
            (error: { code?: string }) => expect(error.code).toBe(DENIED),
          )
      }
      expect(readable, table).toEqual(granted[table])
      for (const change of [
        sql`delete from ${sql.table(table)}`,
        sql`update ${sql.table(table)} set account_id = account_id`,
        insert(table, sampleRows[table](maya.id, { file: newKey(), job: newKey(), seq: 0 })),
      ]) {
        const changed = database.ownRows.rounds((tx) => change.execute(tx))
        await expect(changed, table).rejects.toMatchObject({ code: DENIED })
      }
    }
    const seen = await database.ownRows.rounds((tx) => tx.selectFrom('files').select('account_id').execute())
    expect(new Set(seen.map((row) => row.account_id))).toEqual(new Set([maya.id, noah.id]))
  })

  test('the role and the claim end with their transaction, however it ends, on every connection', async () => {
    const around = async () => {
      const { rows } = await sql<{ role: string; claim: string | null }>`
        select current_setting('role') as role, nullif(current_setting('lectern.account_id', true), '') as claim`.execute(
        database.db,
      )
      return rows[0]
    }
    // More than the pool has connections, and half of them fail.
    await Promise.allSettled(
      Array.from({ length: 40 }, (_, turn) =>
        database.ownRows.of(maya.id, async (tx) => {
          await count(tx, 'files')
          if (turn % 2) await sql`select 1 / 0`.execute(tx)
        }),
      ),
    )
    for (const seen of await Promise.all(Array.from({ length: 40 }, around))) {
      expect(seen).toEqual({ role: 'none', claim: null })
    }
  })
})
