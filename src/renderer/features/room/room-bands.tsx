/** What stands between the head of a room and its parts: that it is as of some time, that it has ended, that it is muted. */
import { BellOff, CloudOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, RoomState } from '../../../contract/model.ts'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { SessionRating } from '../sessions/session-rating.tsx'

export function AsOf({ at }: { at: number }) {
  const { t } = useTranslation('room')
  const { dayAndTime } = useTimeWords()
  const now = useNow(60_000)
  return (
    <Band tone="warn">
      <CloudOff aria-hidden className="size-5 shrink-0" />
      <p>{t('asOf', { time: dayAndTime(at, now) })}</p>
    </Band>
  )
}

export function Muted() {
  const { t } = useTranslation('room')
  return (
    <span title={t('header.muted')} className="inline-flex shrink-0 items-center gap-1.5 text-note">
      <BellOff aria-hidden className="size-4" />
      <span className="@max-[60rem]:sr-only">{t('header.muted')}</span>
    </span>
  )
}

export function Ended({ room, me }: { room: RoomState; me: Account }) {
  const { t } = useTranslation('room')
  const { clockTime, lengthInWords } = useTimeWords()
  const { id, title, startedAt, scheduledStart, endedAt, scheduledEnd, host, rating } = room.session
  const until = endedAt ?? scheduledEnd
  const length = Date.parse(until) - Date.parse(startedAt ?? scheduledStart)
  return (
    <Band tone="quiet">
      <p className="grow">
        {t('ended.when', { time: clockTime(until), length: lengthInWords(length) })}{' '}
        {rating !== null && t('ended.rating', { rating: Math.round(rating * 10) / 10 })}
      </p>
      {host.id !== me.id && <SessionRating session={{ id, title, ownStars: null }} />}
    </Band>
  )
}

const tones = { warn: 'bg-warn-wash text-warn', quiet: 'bg-sunken text-quiet' } as const

function Band({ tone, children }: { tone: keyof typeof tones; children: ReactNode }) {
  return (
    <div className="mx-auto w-full max-w-[84rem] shrink-0 px-2 pb-2 sm:px-4 sm:pb-3">
      <div
        className={`flex items-center gap-x-3 gap-y-1 rounded-control px-4 py-2 ${tone === 'quiet' ? 'flex-wrap' : ''} text-note font-medium ${tones[tone]}`}
      >
        {children}
      </div>
    </div>
  )
}
