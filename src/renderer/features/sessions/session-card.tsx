import { Star, Users } from 'lucide-react'
import { memo, useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { ListedSession } from '../../../contract/live-sessions.ts'
import type { Account } from '../../../contract/model.ts'
import { LiveBadge } from '../../ui/live-badge.tsx'
import { useTimeWords } from '../../ui/time.ts'
import { SessionActions } from './session-actions.tsx'
import { SessionRating } from './session-rating.tsx'
import { ratingInWords, sessionMoment, shortDayOf, timeLeft } from './session-words.ts'

interface SessionCardProps {
  readonly session: ListedSession
  readonly account: Account
  /** Epoch milliseconds, to the minute. */
  readonly now: number
  /** Whether a heading above says which day it is. */
  readonly dayIsSaid: boolean
  /** Whether Tab stops at it. */
  readonly current: boolean
}

export const SessionCard = memo(function SessionCard(props: SessionCardProps) {
  const { session, account, now, dayIsSaid, current } = props
  const { t, i18n } = useTranslation('sessions')
  const words = useTimeWords()
  const titleId = useId()
  const live = session.status === 'live'
  const ended = session.status === 'ended'
  const moment = sessionMoment(session, now, t, words)
  const left = live ? timeLeft(session, now, t, words) : null
  const today = words.dayName(session.scheduledStart, now) === words.dayName(now, now)
  const rates = ended && session.tookPart && session.host.id !== account.id

  return (
    <article
      aria-labelledby={titleId}
      tabIndex={current ? 0 : -1}
      className={`relative flex min-h-27 flex-wrap items-center gap-x-4 gap-y-3.5 overflow-clip rounded-card border bg-surface px-5 py-4 shadow-lift sm:flex-nowrap sm:px-6 lg:gap-x-6 ${live ? 'border-accent/35' : 'border-line'}`}
    >
      <p className="flex w-full shrink-0 flex-wrap items-baseline gap-x-2.5 sm:w-26 sm:flex-col sm:items-start">
        <span className={`text-lead font-semibold tabular-nums ${ended ? 'text-quiet' : ''}`}>
          {words.clockTime(session.scheduledStart)}
        </span>
        <span className="text-note text-quiet tabular-nums">
          {dayIsSaid || today
            ? t('until', { time: words.clockTime(session.scheduledEnd) })
            : shortDayOf(Date.parse(session.scheduledStart), now, words, i18n.language)}
        </span>
      </p>
      <div className="min-w-0 grow basis-60">
        <h3
          id={titleId}
          className={`line-clamp-3 font-semibold break-words ${ended ? 'text-body' : 'text-lead'}`}
        >
          {session.title}
        </h3>
        <p className="line-clamp-2 break-words text-quiet">
          {session.course && `${session.course} · `}
          {session.host.displayName}
        </p>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-note text-quiet">
          {live && <LiveBadge />}
          {left && (
            <span className={`font-medium ${left.over ? 'text-warn' : 'text-ink'}`}>{left.words}</span>
          )}
          {/* Where there is little room, the time that is left says more. */}
          {moment && <span className={live ? 'max-lg:hidden' : ''}>{moment}</span>}
          {(live || (ended && session.attended > 0)) && (
            <span className="flex items-center gap-1.5">
              <Users aria-hidden className="size-4.5" />
              {live
                ? t('people', { count: session.participantCount })
                : t('attended', { count: session.attended })}
            </span>
          )}
          {session.rating !== null && (
            <span className="flex items-center gap-1.5">
              <Star aria-hidden className="size-4.5 fill-current text-warn" />
              {ratingInWords(session.rating, t, i18n.language)}
            </span>
          )}
        </div>
      </div>
      {rates && <SessionRating session={session} />}
      <SessionActions session={session} account={account} titleId={titleId} />
      {left && (
        <span aria-hidden className="absolute inset-x-0 bottom-0 h-1 bg-accent-wash">
          <span
            className={`block h-full ${left.over ? 'bg-warn' : 'bg-accent'}`}
            style={{ inlineSize: `${left.gone * 100}%` }}
          />
        </span>
      )}
    </article>
  )
})
