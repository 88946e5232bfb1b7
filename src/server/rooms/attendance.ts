/** The attendance of a live session: who was there, from when to when; as a list and as a CSV file. */
import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { endpoints } from '../../contract/api.ts'
import type { byteEndpoints } from '../../contract/bytes.ts'
import type { Account, Attendance, Person } from '../../contract/model.ts'
import type { Db, Tx } from '../database/schema.ts'
import type { ByteHandlers } from '../http/bytes.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import { readLiveSession } from './live-sessions.ts'

interface Stay {
  readonly person: Person
  readonly joinedAt: Date
  /** Null while the person is there. */
  readonly leftAt: Date | null
}

/** One line of the file. */
export interface AttendanceRow extends Stay {
  readonly course: string
  readonly title: string
  readonly scheduledStart: Date
  /** Whole seconds; so far, if the stay is not over. */
  readonly seconds: number
}

const byName = new Intl.Collator('en')

/** By name, and of one person in order. */
async function readStays(db: Db | Tx, sessionId: string): Promise<Stay[]> {
  const rows = await db
    .selectFrom('participants as stay')
    .innerJoin('accounts as account', 'account.id', 'stay.account_id')
    .select(['account.id', 'account.display_name', 'account.role', 'stay.joined_at', 'stay.left_at'])
    .where('stay.session_id', '=', sessionId)
    .orderBy('account.id')
    .orderBy('stay.joined_at')
    .execute()
  return (
    rows
      .map(({ id, display_name, role, joined_at, left_at }) => ({
        person: { id, displayName: display_name, role },
        joinedAt: joined_at,
        leftAt: left_at,
      }))
      // Here and not by the database, whose idea of the alphabet depends on how it was set up. Two of one name stay apart.
      .sort((a, b) => byName.compare(a.person.displayName, b.person.displayName))
  )
}

/** Never negative: two servers' clocks may differ. */
const lengthMs = ({ joinedAt, leftAt }: Stay, now: Date) =>
  Math.max(0, (leftAt ?? now).getTime() - joinedAt.getTime())

/** Each person once, by name. */
async function readAttendance(db: Db | Tx, sessionId: string, now: Date): Promise<Attendance[]> {
  const people = new Map<string, Stay[]>()
  for (const stay of await readStays(db, sessionId)) {
    const known = people.get(stay.person.id)
    if (known) known.push(stay)
    else people.set(stay.person.id, [stay])
  }
  return [...people.values()].flatMap((stays) =>
    stays.slice(0, 1).map(({ person }) => ({
      person,
      stays: stays.map(({ joinedAt, leftAt }) => ({
        joinedAt: joinedAt.toISOString(),
        leftAt: leftAt?.toISOString() ?? null,
      })),
      seconds: Math.floor(stays.reduce((sum, stay) => sum + lengthMs(stay, now), 0) / 1000),
    })),
  )
}

/** One row a stay, by name. None when there is no such session. */
export async function attendanceRows(db: Db | Tx, sessionId: string, now: Date): Promise<AttendanceRow[]> {
  const session = await db
    .selectFrom('live_sessions')
    .select(['course', 'title', 'scheduled_start'])
    .where('id', '=', sessionId)
    .executeTakeFirst()
  if (!session) return []
  const { course, title, scheduled_start: scheduledStart } = session
  return (await readStays(db, sessionId)).map((stay) => ({
    ...stay,
    course,
    title,
    scheduledStart,
    seconds: Math.floor(lengthMs(stay, now) / 1000),
  }))
}

/** Sessions of a course that have begun, the first one first. */
export async function sessionsOfCourse(db: Db | Tx, course: string): Promise<string[]> {
  const rows = await db
    .selectFrom('live_sessions')
    .select('id')
    .where('course', '=', course)
    .where('started_at', 'is not', null)
    .orderBy('started_at')
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

const columns = ['course', 'session', 'planned_start', 'name', 'role', 'joined_at', 'left_at', 'seconds']

/**
 * RFC 4180 in UTF-8, with the byte order mark that Excel needs to read `Lucía` right. What a spreadsheet would take for
 * a formula gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function attendanceFile(rows: Iterable<AttendanceRow> | AsyncIterable<AttendanceRow>): Readable {
  const source = Readable.from(rows).map((row: AttendanceRow) => [
    row.course,
    row.title,
    row.scheduledStart.toISOString(),
    row.person.displayName,
    row.person.role,
    row.joinedAt.toISOString(),
    row.leftAt?.toISOString(),
    row.seconds,
  ])
  const file = stringify({
    bom: true,
    header: true,
    columns,
    record_delimiter: 'windows',
    escape_formulas: true,
  })
  // Whoever reads the file is told what goes wrong with the rows.
  return pipeline(source, file, () => undefined)
}

/** Learners see who is in a room; who was there, for how long, and who was not is for those who teach. */
export const maySeeAttendance = ({ role }: Account) => role !== 'learner'

function refuseLearners(account: Account): void {
  if (!maySeeAttendance(account)) {
    throw new Problem('forbidden', 'Who was there, and for how long, is shown to those who teach.')
  }
}

export const attendanceHandlers = (db: Db): Handlers<Pick<typeof endpoints, 'listAttendance'>> => ({
  async listAttendance({ params: { sessionId }, caller: { account } }) {
    await readLiveSession(db, sessionId, account)
    refuseLearners(account)
    return { items: await readAttendance(db, sessionId, new Date()) }
  },
})

export const attendanceBytes = (db: Db): ByteHandlers<Pick<typeof byteEndpoints, 'attendanceCsv'>> => ({
  async attendanceCsv({ params: { sessionId }, caller: { account } }) {
    const { session } = await readLiveSession(db, sessionId, account)
    refuseLearners(account)
    return {
      headers: {
        'content-disposition': `attachment; filename="attendance-${session.scheduledStart.slice(0, 10)}.csv"`,
      },
      body: attendanceFile(await attendanceRows(db, sessionId, new Date())),
    }
  },
})
