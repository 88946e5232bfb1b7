/** The page of live sessions: which of them a filter finds, in which order, and what is going on among them. */
import { sql, type ExpressionBuilder, type SqlBool } from 'kysely'
import type { z } from 'zod'
import type { endpoints } from '../../contract/api.ts'
import type { SessionSort } from '../../contract/live-sessions.ts'
import type { Account } from '../../contract/model.ts'
import type { Db, Tables } from '../database/schema.ts'
import type { Handlers } from '../http/routes.ts'
import { presentSession, selectSessions, sessionStatus, visibleTo } from './live-sessions.ts'

type Query = z.output<(typeof endpoints)['listLiveSessions']['query']>

const WEEK_MS = 7 * 24 * 3600_000

/** `%` and `_` are letters to whoever types them into a search field. */
const containing = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`

const hasBeenIn = ({ id }: Account) =>
  sql<boolean>`exists (select from participants p where p.session_id = session.id and p.account_id = ${id})`

type Found = ExpressionBuilder<
  Tables & { session: Tables['live_sessions']; host: Tables['accounts'] },
  'session' | 'host'
>

const found = (viewer: Account, query: Query) => (where: Found) => {
  const conditions = [where.and([visibleTo(viewer)])]
  if (query.status) conditions.push(where(sessionStatus, '=', query.status))
  if (query.whose === 'mine') {
    conditions.push(where.or([where('session.host_id', '=', viewer.id), hasBeenIn(viewer)]))
  }
  if (query.course !== undefined) conditions.push(where('session.course', '=', query.course))
  if (query.from !== undefined) conditions.push(where('session.scheduled_start', '>=', new Date(query.from)))
  if (query.to !== undefined) conditions.push(where('session.scheduled_start', '<', new Date(query.to)))
  if (query.search) {
    const pattern = containing(query.search)
    conditions.push(
      where.or([
        where('session.title', 'ilike', pattern),
        where('session.course', 'ilike', pattern),
        where('host.display_name', 'ilike', pattern),
      ]),
    )
  }
  return where.and(conditions)
}

/** What comes first; those that are alike in it follow each other as by `start`, and last by id, so that pages fit together. */
const firstBy: Readonly<Record<SessionSort, ReturnType<typeof sql>>> = {
  start: sql`case ${sessionStatus} when 'live' then 0 when 'upcoming' then 1 else 2 end`,
  title: sql`lower(session.title)`,
  people: sql`(select case when session.ended_at is null then count(*) filter (where p.left_at is null)
    else count(distinct p.account_id) end from participants p where p.session_id = session.id) desc`,
  rating: sql`(select avg(r.stars) from ratings r where r.session_id = session.id) desc nulls last`,
}

const inOrder = (sort: SessionSort) => [
  firstBy[sort],
  ...(sort === 'start' ? [] : [firstBy.start]),
  sql`case when session.ended_at is null then session.scheduled_start end`,
  sql`session.scheduled_start desc`,
  sql`session.id`,
]

/** Of each of these sessions; nothing of those where nobody was. */
async function countPeople(db: Db, sessionIds: readonly string[], viewer: Account) {
  const rows = await db
    .selectFrom('participants')
    .select([
      'session_id',
      sql<number>`(count(*) filter (where left_at is null))::int`.as('present'),
      sql<number>`count(distinct account_id)::int`.as('attended'),
      sql<boolean>`bool_or(account_id = ${viewer.id})`.as('tookPart'),
    ])
    .where(sql<SqlBool>`session_id = any(${sessionIds}::uuid[])`)
    .groupBy('session_id')
    .execute()
  return new Map(rows.map((row) => [row.session_id, row]))
}

/** Of each of these sessions that has been rated. */
async function readRatings(db: Db, sessionIds: readonly string[], viewer: Account) {
  const rows = await db
    .selectFrom('ratings')
    .select([
      'session_id',
      sql<number>`avg(stars)::float8`.as('mean'),
      sql<number | null>`max(stars) filter (where account_id = ${viewer.id})`.as('own'),
    ])
    .where(sql<SqlBool>`session_id = any(${sessionIds}::uuid[])`)
    .groupBy('session_id')
    .execute()
  return new Map(rows.map((row) => [row.session_id, row]))
}

type Served = Pick<typeof endpoints, 'listLiveSessions' | 'listCourses' | 'sessionStatistics'>

export const sessionListHandlers = (db: Db): Handlers<Served> => ({
  async listLiveSessions({ query, caller: { account } }) {
    const [counted, { total }, rows] = await Promise.all([
      db
        .selectFrom('live_sessions as session')
        .select([sessionStatus.as('status'), sql<number>`count(*)::int`.as('number')])
        .where(visibleTo(account))
        .groupBy(sessionStatus)
        .execute(),
      db
        .selectFrom('live_sessions as session')
        .innerJoin('accounts as host', 'host.id', 'session.host_id')
        .select(sql<number>`count(*)::int`.as('total'))
        .where(found(account, query))
        .executeTakeFirstOrThrow(),
      inOrder(query.sort)
        .reduce((select, by) => select.orderBy(by), selectSessions(db, account).where(found(account, query)))
        .offset(query.offset)
        .limit(query.limit)
        .execute(),
    ])

    const counts = { live: 0, upcoming: 0, ended: 0 }
    for (const { status, number } of counted) counts[status] = number
    // For all of the page at once.
    const ids = rows.map(({ id }) => id)
    const [people, ratings] = await Promise.all([
      countPeople(db, ids, account),
      readRatings(db, ids, account),
    ])
    const items = rows.map((row) => {
      const [here, rated] = [people.get(row.id), ratings.get(row.id)]
      return {
        ...presentSession(row, here?.present ?? 0, rated?.mean ?? null),
        attended: here?.attended ?? 0,
        tookPart: here?.tookPart ?? false,
        ownStars: rated?.own ?? null,
      }
    })
    return { items, total, counts }
  },

  async listCourses({ caller: { account } }) {
    const items = await db
      .selectFrom('live_sessions as session')
      .select(['session.course', sql<number>`count(*)::int`.as('sessions')])
      .where(visibleTo(account))
      .where('session.course', '<>', '')
      .groupBy('session.course')
      .orderBy(sql`lower(session.course)`)
      .orderBy('session.course')
      .limit(1000)
      .execute()
    return { items }
  },

  async sessionStatistics({ query, caller: { account } }) {
    const now = new Date()
    const weekAgo = new Date(now.getTime() - WEEK_MS)
    const [seen, people, own, ratings] = await Promise.all([
      db
        .selectFrom('live_sessions as session')
        .select([
          sql<number>`(count(*) filter (where ${sessionStatus} = 'live'))::int`.as('live'),
          sql<number>`(count(*) filter (where ${sessionStatus} = 'upcoming'
            and session.scheduled_start >= ${new Date(query.from)}::timestamptz
            and session.scheduled_start < ${new Date(query.to)}::timestamptz))::int`.as('planned'),
        ])
        .where(visibleTo(account))
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('participants')
        .innerJoin('live_sessions as session', 'session.id', 'participants.session_id')
        .select(sql<number>`count(distinct participants.account_id)::int`.as('number'))
        .where('participants.left_at', 'is', null)
        .where(visibleTo(account))
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('live_sessions as session')
        // By two servers' clocks one may have begun a moment from now.
        .select(
          sql<number>`coalesce(sum(greatest(0, extract(epoch from
            least(coalesce(session.ended_at, ${now}::timestamptz), ${now}::timestamptz)
            - greatest(session.started_at, ${weekAgo}::timestamptz)))), 0)::float8`.as('seconds'),
        )
        .where('session.host_id', '=', account.id)
        .where('session.started_at', 'is not', null)
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('ratings')
        .innerJoin('live_sessions as session', 'session.id', 'ratings.session_id')
        .select([
          sql<number | null>`avg(ratings.stars)::float8`.as('mean'),
          sql<number>`count(*)::int`.as('number'),
        ])
        .where('session.host_id', '=', account.id)
        .executeTakeFirstOrThrow(),
    ])
    return {
      liveNow: seen.live,
      peopleNow: people.number,
      plannedInWeek: seen.planned,
      taughtSeconds: Math.round(own.seconds),
      meanRating: ratings.mean,
      ratings: ratings.number,
    }
  },
})
