/** The form in which a session is planned: what a person types, and what it means. */
import { LiveSessionPlan, type LiveSession } from '../../../contract/model.ts'

export interface PlanForm {
  readonly title: string
  readonly course: string
  readonly description: string
  /** `2026-11-21` */
  readonly date: string
  /** `10:00` */
  readonly start: string
  /** `11:00`; at or before the start means the day after. */
  readonly end: string
  /** It begins as soon as it is planned, whatever `date` and `start` say. */
  readonly rightAway: boolean
}

/** What is wrong with a field, by the name of its sentence. */
export type Problem =
  | 'title-missing'
  | 'title-long'
  | 'course-long'
  | 'description-long'
  | 'letters'
  | 'date-missing'
  | 'date-far'
  | 'time-missing'
  | 'time-skipped'
  | 'end-before-start'
  | 'start-past'
  | 'end-past'
export type Problems = Partial<Readonly<Record<keyof PlanForm, Problem>>>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A class may go on past midnight; one that takes longer than this has more likely a wrong digit in it. */
const LONGEST_OVERNIGHT = 12 * HOUR
/** As the server sees it: whoever plans a session that is on already began it a moment ago, and not last week. */
const LONGEST_PAST = DAY

export const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

const wallClocks = new Map<string, Intl.DateTimeFormat>()
function wallClock(zone: string): Intl.DateTimeFormat {
  const known =
    wallClocks.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
  wallClocks.set(zone, known)
  return known
}

/** What the clocks of a zone show at an instant. */
function wallTime(instant: number, zone: string): { date: string; time: string } {
  const parts = Object.fromEntries(
    wallClock(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  )
  return {
    date: `${parts['year']?.padStart(4, '0')}-${parts['month']}-${parts['day']}`,
    time: `${parts['hour']}:${parts['minute']}`,
  }
}

/** Minutes matter here and seconds do not. */
const asIfUtc = ({ date, time }: { date: string; time: string }) => Date.parse(`${date}T${time}:00.000Z`)

/**
 * The instants at which the clocks of a zone show this time: one, or none in the hour that is skipped in spring, or
 * two in the hour that comes twice in autumn. Empty also for what is no date or time.
 */
export function instantsOf(date: string, time: string, zone: string): readonly number[] {
  const wall = asIfUtc({ date, time })
  if (Number.isNaN(wall)) return []
  // No zone is further than a day from UTC, and none changes its clocks twice in two days.
  const offsets = [wall - DAY, wall + DAY].map((near) => {
    const minute = Math.floor(near / MINUTE) * MINUTE
    return asIfUtc(wallTime(minute, zone)) - minute
  })
  return [...new Set(offsets.map((offset) => wall - offset))]
    .filter((instant) => asIfUtc(wallTime(instant, zone)) === wall)
    .sort((a, b) => a - b)
}

function dayAfter(date: string): string {
  const day = Date.parse(`${date}T12:00:00.000Z`)
  return Number.isNaN(day) ? date : new Date(day + DAY).toISOString().slice(0, 10)
}

/** From the next full hour on, for an hour. */
export function emptyForm(now: number, zone = ownZone()): PlanForm {
  const { time } = wallTime(now, zone)
  const sinceHour = Number(time.slice(3)) * MINUTE + (now % MINUTE)
  const start = now - sinceHour + HOUR
  return { title: '', course: '', description: '', ...timesOf(start, start + HOUR, zone), rightAway: false }
}

function timesOf(start: number, end: number, zone: string) {
  const begins = wallTime(start, zone)
  return { date: begins.date, start: begins.time, end: wallTime(end, zone).time }
}

export function formOf(session: LiveSession, zone = ownZone()): PlanForm {
  const { title, course, description, scheduledStart, scheduledEnd } = session
  return {
    title,
    course,
    description,
    ...timesOf(Date.parse(scheduledStart), Date.parse(scheduledEnd), zone),
    rightAway: false,
  }
}

export interface PlannedTimes {
  /** Epoch milliseconds; null where the fields do not say it. */
  readonly start: number | null
  readonly end: number | null
  /** The clocks show the start twice that night; the first is meant. */
  readonly twice: boolean
}

/**
 * When it is to be by what is typed, for a person to see at once.
 *
 * @param begun when it began, for one that is on
 */
export function timesIn(
  form: PlanForm,
  now: number,
  zone = ownZone(),
  begun: number | null = null,
): PlannedTimes {
  const starts = instantsOf(form.date, form.start, zone)
  const today = wallTime(now, zone)
  const start = begun ?? (form.rightAway ? now : (starts[0] ?? null))
  const date = form.rightAway ? today.date : form.date
  const from = form.rightAway ? today.time : form.start
  const overnight = form.end !== '' && from !== '' && form.end <= from
  const ends = instantsOf(overnight ? dayAfter(date) : date, form.end, zone)
  // Across the hour that comes twice the end is the last one, so that it is never before the start.
  const end = ends.at(-1) ?? null
  return { start, end, twice: begun === null && !form.rightAway && starts.length > 1 }
}

/**
 * @param session the one that is planned otherwise; null for a new one
 * @returns what the server is asked for, or what has to be put right before
 */
export function planOf(
  form: PlanForm,
  session: LiveSession | null,
  now: number,
  zone = ownZone(),
): { plan: LiveSessionPlan } | { problems: Problems } {
  const problems: { -readonly [F in keyof PlanForm]?: Problem } = {}
  const begun = session?.startedAt ? Date.parse(session.scheduledStart) : null
  const typed = timesIn(form, now, zone, begun)
  const before = session && formOf(session, zone)
  // A field knows minutes of one day and the next. What nobody touched stays as it was, to the second.
  const same = (...fields: (keyof PlanForm)[]) =>
    before !== null && !form.rightAway && fields.every((field) => form[field] === before[field])
  const start = session && same('date', 'start') ? Date.parse(session.scheduledStart) : typed.start
  const sameEnd = session !== null && same('date', 'start', 'end')
  const end = sameEnd ? Date.parse(session.scheduledEnd) : typed.end
  const movesStart = begun === null && !form.rightAway

  if (movesStart && form.date === '') problems.date = 'date-missing'
  else if (movesStart && !/^\d{4}-/.test(form.date)) problems.date = 'date-far'
  if (movesStart && form.start === '') problems.start = 'time-missing'
  else if (start === null && !problems.date) problems.start = 'time-skipped'
  if (form.end === '') problems.end = 'time-missing'
  else if (end === null && !problems.date) problems.end = 'time-skipped'
  if (start !== null && end !== null) {
    const length = end - start
    const overnight = !sameEnd && form.end <= wallTime(start, zone).time
    if (length <= 0 || (overnight && length > LONGEST_OVERNIGHT)) problems.end = 'end-before-start'
    else if (end <= now && !sameEnd) problems.end = 'end-past'
    if (movesStart && !same('date', 'start') && start < now - LONGEST_PAST) problems.start = 'start-past'
  }

  const instant = (moment: number | null) => new Date(moment ?? now).toISOString()
  const { data: plan, error } = LiveSessionPlan.safeParse({
    title: form.title,
    course: form.course,
    description: form.description,
    scheduledStart: instant(start),
    scheduledEnd: instant(end),
  })
  for (const { path, code } of error?.issues ?? []) {
    const [field] = path
    if (field === 'scheduledStart') problems.date ??= 'date-far'
    else if (field === 'scheduledEnd') problems.end ??= 'end-before-start'
    else if (field === 'title' || field === 'course' || field === 'description') {
      if (code === 'too_big') problems[field] = `${field}-long`
      else if (code === 'too_small') problems[field] ??= 'title-missing'
      else problems[field] = 'letters'
    }
  }
  // Without a start or an end the schema was asked about other times.
  return plan && Object.keys(problems).length === 0 ? { plan } : { problems }
}
