import type { LiveSession } from '../../../contract/model.ts'
import { runningTime, useNow } from '../../ui/time.ts'
import { plannedEnd } from './clock-words.ts'

/** How long the session has been running, to be read from the other end of a room. */
export function SessionClock({ session }: { session: LiveSession }) {
  const now = useNow(1000)
  const from = Date.parse(session.startedAt ?? session.scheduledStart)
  const until = session.endedAt ? Date.parse(session.endedAt) : now
  return (
    <div
      role="timer"
      aria-label="Session clock"
      className="flex min-w-0 grow basis-40 flex-col sm:grow-0 sm:basis-auto sm:items-end"
    >
      <span className="text-title font-semibold tabular-nums sm:text-display">
        {runningTime(until - from)}
      </span>
      <span className="text-note text-quiet tabular-nums">{plannedEnd(session, now)}</span>
    </div>
  )
}
