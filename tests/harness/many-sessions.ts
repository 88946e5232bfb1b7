/** A school with years of sessions behind it and months ahead: beside those of the demo, in a database nobody serves. */
import { sql } from 'kysely'
import { openDatabase, type DatabaseSettings } from '../../src/server/database/database.ts'
import type { Db } from '../../src/server/database/schema.ts'

/** What every one of them is called, before its number. */
export const SERIES = 'Seminar'

/** Opens the data of a server that is stopped, and closes it again. */
export async function seedManySessions(settings: DatabaseSettings, count: number): Promise<void> {
  const database = await openDatabase(settings, (error) => {
    throw error
  })
  try {
    await insertManySessions(database.db, count)
  } finally {
    await database.close()
  }
}

/**
 * Two of five are still to come, four a day from tomorrow on; the others are over, four a day until yesterday, each
 * with eight people who took part and three who rated it.
 */
export async function insertManySessions(db: Db, count: number): Promise<void> {
  await sql`
    with hosts as (
      select id, row_number() over (order by email) - 1 as place, count(*) over () as number
      from accounts where role = 'instructor'
    ), planned as (
      select n, n % 5 < 2 as ahead,
        date_trunc('day', now()) + interval '8 hours' + (n % 4) * interval '2 hours'
          + (case when n % 5 < 2 then n / 10 + 1 else -(n / 7) - 1 end) * interval '1 day' as start
      from generate_series(0, ${count - 1}::int) as n
    )
    insert into live_sessions
      (id, title, course, description, host_id, scheduled_start, scheduled_end, started_at, ended_at)
    select gen_random_uuid(), ${SERIES} || ' ' || lpad(n::text, 4, '0'), 'CRS ' || (100 + n % 40), '',
      hosts.id, start, start + interval '90 minutes',
      case when not ahead then start end, case when not ahead then start + interval '90 minutes' end
    from planned join hosts on hosts.place = n % hosts.number`.execute(db)
  await sql`
    insert into participants (id, session_id, account_id, joined_at, left_at, last_seen_at, presence)
    select gen_random_uuid(), session.id, person.id, started_at, ended_at, ended_at, 'here'
    from live_sessions session
      join (select id, row_number() over (order by email) as place from accounts where role = 'learner') person
        on person.place <= 8
    where session.title like ${`${SERIES} %`} and ended_at is not null`.execute(db)
  await sql`
    insert into ratings (session_id, account_id, stars)
    select session_id, account_id, 3 + (hashtext(id::text) & 1) + (hashtext(session_id::text) & 1)
    from (
      select p.*, row_number() over (partition by session_id order by account_id) as place
      from participants p join live_sessions session on session.id = p.session_id
      where session.title like ${`${SERIES} %`}
    ) stay
    where place <= 3`.execute(db)
}
