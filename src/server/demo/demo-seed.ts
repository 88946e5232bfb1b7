/** Puts the demo school into an empty database, and keeps its doors open when the demo comes back days later. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { RoomEvent } from '../../contract/frames.ts'
import type { Account, Person } from '../../contract/model.ts'
import type { Credits } from '../credits/credits.ts'
import type { OwnRows } from '../database/own-rows.ts'
import { demoPerson, emailOf, people, sessions, type DemoSession } from './demo-school.ts'
import { readLiveSession } from '../rooms/live-sessions.ts'
import { hashPassword, passwordFits, unusablePassword } from '../sign-in/passwords.ts'
import type { RoomLog } from '../rooms/room-log.ts'
import type { Db, Tx } from '../database/schema.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WEEK = 7 * 24 * HOUR
const DEMO_CREDITS = 200
const COURSE_WITH_ROSTER = 'CHEM 232'

/** The same name always gives the same id (RFC 9562 §5.8), so that a second start finds what the first one made. */
function demoId(name: string): string {
  const hex = createHash('sha256').update(`northfield/${name}`).digest('hex')
  const variant = '89ab'[parseInt(hex[16] ?? '0', 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const sessionId = ({ title, start }: DemoSession) => demoId(`session/${title}/${start}`)

const accounts: readonly Account[] = people.map(({ name, role }) => {
  const email = emailOf(name)
  return { id: demoId(`account/${email}`), email, displayName: name, role }
})
const learners = accounts.filter(({ role }) => role === 'learner')

const personOf = ({ id, displayName, role }: Account): Person => ({ id, displayName, role })

/**
 * Makes the school at the first start, and gives all its accounts the password.
 *
 * @param password null: a new school gets one that nobody knows, an old one keeps what it has
 */
export async function seedDemo(db: Db, password: string | null, now: Date): Promise<void> {
  const maya = await db
    .selectFrom('accounts')
    .select('password_hash')
    .where('email', '=', demoPerson.email)
    .executeTakeFirst()
  if (!maya) {
    const hash = password === null ? await unusablePassword() : await hashPassword(password)
    await db.transaction().execute(async (tx) => {
      // Another server may start on the same empty database at this moment.
      await sql`select pg_advisory_xact_lock(hashtext('lectern demo'))`.execute(tx)
      const anybody = await tx.selectFrom('accounts').select('id').limit(1).executeTakeFirst()
      // Otherwise it is a real school's, and the demo has no business in it.
      if (!anybody) await insertSchool(tx, hash, now)
    })
    return
  }
  if (password !== null && !(await passwordFits(maya.password_hash, password))) {
    await db
      .updateTable('accounts')
      .set({ password_hash: await hashPassword(password) })
      .where(
        'id',
        'in',
        accounts.map(({ id }) => id),
      )
      .execute()
  }
}

/** What everybody at the school has to spend at first; the person of the demo last, so that a kill in between shows. */
export async function giveDemoCredits(db: Db, ownRows: OwnRows, credits: Credits): Promise<void> {
  const byTurn = accounts.toSorted((a, b) => Number(isDemoPerson(a)) - Number(isDemoPerson(b)))
  const last = byTurn.at(-1)
  if (!last) return
  const school = await db.selectFrom('accounts').select('id').where('id', '=', last.id).executeTakeFirst()
  if (!school || (await ownRows.of(last.id, (tx) => credits.balanceOf(tx, last.id))) > 0) return
  for (const { id } of byTurn) {
    const welcome = { amount: DEMO_CREDITS, note: 'Welcome to Northfield', idempotencyKey: 'demo-welcome' }
    await ownRows.of(id, (tx) => credits.give(tx, id, welcome))
  }
}

const isDemoPerson = ({ email }: Account) => email === demoPerson.email

/** The rooms that are on stay on, and what was planned while no server ran moves on by whole weeks. */
export async function keepDemoGoing(db: Db, log: RoomLog, now: Date): Promise<void> {
  const plans = new Map(
    sessions.filter(({ status }) => status !== 'ended').map((plan) => [sessionId(plan), plan]),
  )
  const endingSoon = await db
    .selectFrom('live_sessions')
    .select(['id', 'scheduled_start', 'scheduled_end', 'started_at'])
    .where('id', 'in', [...plans.keys()])
    // Whoever opens a room that is on has an hour left in it at least.
    .where('scheduled_end', '<=', new Date(now.getTime() + HOUR))
    .execute()
  for (const { id, scheduled_start, scheduled_end, started_at } of endingSoon) {
    const plan = plans.get(id)
    if (plan?.status === 'live') {
      const start = now.getTime() + plan.start * MINUTE
      await replan(log, id, start, start + plan.minutes * MINUTE, new Date(start))
    } else if (started_at === null && scheduled_end <= now) {
      const weeks = Math.ceil((now.getTime() - scheduled_start.getTime()) / WEEK) * WEEK
      await replan(log, id, scheduled_start.getTime() + weeks, scheduled_end.getTime() + weeks, null)
    }
  }
}

const replan = (log: RoomLog, id: string, start: number, end: number, startedAt: Date | null) =>
  log.change(id, async ({ tx, emit }) => {
    await tx
      .updateTable('live_sessions')
      .set({
        scheduled_start: new Date(start),
        scheduled_end: new Date(end),
        started_at: startedAt,
        ended_at: null,
      })
      .where('id', '=', id)
      .execute()
    const { session } = await readLiveSession(tx, id, null)
    await emit(() => ({ type: 'session-changed', session }))
  })

async function insertSchool(tx: Tx, passwordHash: string, now: Date): Promise<void> {
  await tx
    .insertInto('accounts')
    .values(
      accounts.map(({ id, email, displayName, role }) => ({
        id,
        email,
        display_name: displayName,
        role,
        password_hash: passwordHash,
      })),
    )
    .execute()
  for (const [index, session] of sessions.entries()) await insertSession(tx, session, index, now)
  // One course has a roster; who is missing from the others is reckoned from who came before.
  await tx
    .insertInto('enrolments')
    .columns(['course', 'account_id', 'enrolled_at'])
    .expression((query) =>
      query
        .selectFrom('participants as stay')
        .innerJoin('live_sessions as session', 'session.id', 'stay.session_id')
        .innerJoin('accounts as account', 'account.id', 'stay.account_id')
        .select(['session.course', 'account.id', sql<Date>`${now}::timestamptz`.as('enrolled_at')])
        .distinct()
        .where('session.course', '=', COURSE_WITH_ROSTER)
        .where('account.role', '=', 'learner'),
    )
    .execute()
}

async function insertSession(tx: Tx, session: DemoSession, index: number, now: Date): Promise<void> {
  const id = sessionId(session)
  // On the minute, as people plan.
  const start = Math.floor(now.getTime() / MINUTE + session.start) * MINUTE
  const end = start + session.minutes * MINUTE
  const host = accounts.find(({ displayName }) => displayName === session.host)
  if (!host) throw new Error(`${session.host} is not at this school`)
  const history = session.status === 'upcoming' ? [] : historyOf(session, index, host, start, now)

  await tx
    .insertInto('live_sessions')
    .values({
      id,
      title: session.title,
      course: session.course,
      description: session.description,
      host_id: host.id,
      scheduled_start: new Date(start),
      scheduled_end: new Date(end),
      started_at: session.status === 'upcoming' ? null : new Date(start),
      ended_at: session.status === 'ended' ? new Date(end) : null,
      last_seq: history.length,
    })
    .execute()
  if (history.length === 0) return

  await tx
    .insertInto('room_events')
    .values(
      history.map(({ event, at }, position) => ({
        session_id: id,
        seq: position + 1,
        event: JSON.stringify(event),
        at: new Date(at),
      })),
    )
    .execute()

  const left = new Map<string, number>()
  for (const { event, at } of history) {
    if (event.type === 'participant-left') left.set(event.accountId, at)
  }
  const stays = history.flatMap(({ event, at }) =>
    event.type === 'participant-joined' ? [{ accountId: event.participant.id, at }] : [],
  )
  await tx
    .insertInto('participants')
    .values(
      stays.map(({ accountId, at }) => ({
        id: demoId(`stay/${id}/${accountId}`),
        session_id: id,
        account_id: accountId,
        joined_at: new Date(at),
        left_at: new Date(left.get(accountId) ?? end),
        last_seen_at: new Date(left.get(accountId) ?? end),
        presence: 'here' as const,
      })),
    )
    .execute()

  const messages = history.flatMap(({ event }) => (event.type === 'message-posted' ? [event.message] : []))
  await tx
    .insertInto('messages')
    .values(
      messages.map((message) => ({
        id: message.id,
        session_id: id,
        seq: message.seq,
        author_id: message.author.id,
        text: message.text,
        sent_at: new Date(message.sentAt),
        idempotency_key: message.idempotencyKey,
      })),
    )
    .execute()

  if (session.status === 'ended') {
    await tx
      .insertInto('ratings')
      .values(
        stays
          .filter(({ accountId }) => accountId !== host.id)
          // Two of three rate, mostly well.
          .filter((_, position) => position % 3 !== 2)
          .map(({ accountId }, position) => ({
            session_id: id,
            account_id: accountId,
            stars: 5 - ([0, 1, 0, 0, 2][(position + index) % 5] ?? 0),
          })),
      )
      .execute()
  }
}

/** Everybody who took part came, spoke and left again, in an order that could have been. */
function historyOf(
  session: DemoSession,
  index: number,
  host: Account,
  start: number,
  now: Date,
): { event: RoomEvent; at: number }[] {
  const end = session.status === 'live' ? now.getTime() - MINUTE : start + session.minutes * MINUTE
  const span = end - start
  const present = [
    host,
    ...Array.from(
      { length: session.learners },
      (_, position) => learners[(index * 7 + position * 3) % learners.length] ?? host,
    ),
  ]

  const happened: { at: number; make: (seq: number) => RoomEvent }[] = []
  present.forEach((account, position) => {
    // The host is early; the others arrive within the first tenth.
    const joinedAt = position === 0 ? start - 3 * MINUTE : start + (span * position) / (present.length * 10)
    happened.push({
      at: joinedAt,
      make: () => ({
        type: 'participant-joined',
        participant: {
          ...personOf(account),
          joinedAt: new Date(joinedAt).toISOString(),
          presence: 'here',
          handRaisedAt: null,
        },
      }),
    })
    happened.push({
      // The host is the last to leave.
      at: end - (position * span) / (present.length * 20),
      make: () => ({ type: 'participant-left', accountId: account.id }),
    })
  })
  session.chat.forEach((line, position) => {
    const [, who = '0', text = ''] = /^(\d+): (.*)$/s.exec(line) ?? []
    const author = present[Number(who)] ?? host
    const sentAt = start + span * (0.15 + (0.75 * position) / session.chat.length)
    const key = createHash('sha256').update(`${session.title}/${session.start}/${position}`).digest('hex')
    happened.push({
      at: sentAt,
      make: (seq) => ({
        type: 'message-posted',
        message: {
          id: demoId(`message/${key}`),
          seq,
          author: personOf(author),
          text,
          sentAt: new Date(sentAt).toISOString(),
          idempotencyKey: `demo-${key.slice(0, 24)}`,
        },
      }),
    })
  })
  happened.sort((a, b) => a.at - b.at)
  return happened.map(({ at, make }, position) => ({ at, event: make(position + 1) }))
}
