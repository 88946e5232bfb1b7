import { Hourglass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { LiveSession } from '../../../contract/model.ts'
import { runningTime, useTimeWords } from '../../ui/time.ts'
import { clockWarning, plannedEnd, type ClockWarning } from './clock.ts'
import { useServerNow } from './server-clock.ts'

/** How long the session has been running, to be read from the other end of a room. */
export function SessionClock({ session, large = false }: { session: LiveSession; large?: boolean }) {
  const { t } = useTranslation('room')
  const now = useServerNow(1000)
  const from = Date.parse(session.startedAt ?? session.scheduledStart)
  const until = session.endedAt ? Date.parse(session.endedAt) : now
  const warning = clockWarning(session, now)
  return (
    <div
      className={`flex min-w-0 flex-col ${large ? 'items-center' : 'grow basis-28 @[40rem]:grow-0 @[40rem]:basis-auto @[40rem]:items-end'}`}
    >
      <div
        role="timer"
        aria-label={t('clock.label')}
        className={`flex flex-col ${large ? 'items-center text-center' : '@[40rem]:items-end'}`}
      >
        <span
          className={`font-semibold tabular-nums ${large ? 'text-promise @max-[15rem]:text-title' : 'text-title @[40rem]:text-display'}`}
        >
          {runningTime(Math.max(0, until - from))}
        </span>
        <span
          className={`inline-flex items-center gap-1.5 text-note tabular-nums ${warning === null ? 'text-quiet' : '-mx-2 rounded-full bg-warn-wash px-2 font-medium text-warn'}`}
        >
          {warning !== null && <Hourglass aria-hidden className="size-4" />}
          <PlannedEndWords session={session} now={now} />
        </span>
      </div>
      {/* Said once at each of the four marks, and only in words: nothing rings in a classroom. */}
      <p role="status" className="sr-only">
        {warning === null ? '' : warningInWords(t, warning)}
      </p>
    </div>
  )
}

function PlannedEndWords({ session, now }: { session: LiveSession; now: number }) {
  const { t } = useTranslation('room')
  const { clockTime, lengthInWords } = useTimeWords()
  const end = plannedEnd(session, now)
  const time = clockTime(session.endedAt ?? session.scheduledEnd)
  if (session.status === 'upcoming') return t('clock.begins', { time: clockTime(session.scheduledStart) })
  switch (end.kind) {
    case 'ended':
      return t('clock.ended', { time })
    case 'now':
      return t('clock.now', { time })
    case 'left':
      return t('clock.left', { time, length: lengthInWords(end.length) })
    case 'over':
      return t('clock.over', { time, length: lengthInWords(end.length) })
  }
}

const warningInWords = (t: ReturnType<typeof useTranslation<'room'>>['t'], warning: ClockWarning): string =>
  warning === 'over' ? t('clock.warnOver') : t('clock.warn', { count: warning })
