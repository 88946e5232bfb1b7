import type { LiveSession } from '../../../contract/model.ts'
import { clockTime, dayName, lengthInWords, startOfDay, timeSpan } from '../../ui/time.ts'

export interface SessionGroup {
  readonly title: string
  readonly sessions: readonly LiveSession[]
}

/** Live ones first, then by the day they are planned for, then what is over, newest first. */
export function groupSessions(sessions: readonly LiveSession[], now: number): readonly SessionGroup[] {
  const groups = new Map<string, LiveSession[]>()
  const put = (title: string, session: LiveSession) => {
    const group = groups.get(title)
    if (group) group.push(session)
    else groups.set(title, [session])
  }
  const of = (status: LiveSession['status']) => sessions.filter((session) => session.status === status)
  const start = (session: LiveSession) => Date.parse(session.scheduledStart)

  for (const session of of('live')) put('Live now', session)
  for (const session of of('upcoming').sort((a, b) => start(a) - start(b))) {
    // What should have begun yesterday and has not is still to come; it belongs on top, not in the past.
    put(start(session) < startOfDay(now) ? 'Not started yet' : dayName(start(session), now), session)
  }
  for (const session of of('ended').sort((a, b) => start(b) - start(a))) put('Ended', session)
  return [...groups].map(([title, members]) => ({ title, sessions: members }))
}

/** `Started 42 min ago`, `Starts in 2 h 5 min`, `Ended 3 days ago`. */
export function sessionMoment(session: LiveSession, now: number): string {
  const ago = (instant: string) => {
    const since = now - Date.parse(instant)
    return since < 60_000 ? 'just now' : `${lengthInWords(since)} ago`
  }
  switch (session.status) {
    case 'live':
      return `Started ${ago(session.startedAt ?? session.scheduledStart)}`
    case 'ended':
      return `Ended ${ago(session.endedAt ?? session.scheduledEnd)}`
    case 'upcoming': {
      const until = Date.parse(session.scheduledStart) - now
      if (until <= 0) return 'Should have started'
      return until < 60_000 ? 'Starts in a moment' : `Starts in ${lengthInWords(until)}`
    }
  }
}

/** `10:00 – 11:30`, with the day where the group's title does not say it. */
export function sessionTimes(session: LiveSession, now: number): string {
  const times = timeSpan(session.scheduledStart, session.scheduledEnd)
  const day = dayName(session.scheduledStart, now)
  return session.status === 'upcoming' || day === 'Today' ? times : `${day}, ${times}`
}

export function peopleInRoom(count: number): string {
  if (count === 0) return 'Nobody is here yet'
  return count === 1 ? '1 person' : `${count} people`
}

export const ratingInWords = (rating: number) => `Rated ${rating.toFixed(1)} of 5`

export const asOf = (moment: number) => `As of ${clockTime(moment)}`
