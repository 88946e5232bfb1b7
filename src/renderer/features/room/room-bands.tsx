/** What stands between the head of a room and its parts: that it is as of some time, that it has ended, that it is muted. */
import { BellOff, CloudOff, Star } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, RoomState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'

const stars = [1, 2, 3, 4, 5] as const

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
    <span className="inline-flex items-center gap-1.5 text-note text-quiet">
      <BellOff aria-hidden className="size-4" />
      {t('header.muted')}
    </span>
  )
}

export function Ended({ room, me }: { room: RoomState; me: Account }) {
  const { t } = useTranslation('room')
  const { clockTime, lengthInWords } = useTimeWords()
  const { startedAt, scheduledStart, endedAt, scheduledEnd, host, rating } = room.session
  const until = endedAt ?? scheduledEnd
  const length = Date.parse(until) - Date.parse(startedAt ?? scheduledStart)
  return (
    <Band tone="quiet">
      <p className="grow">
        {t('ended.when', { time: clockTime(until), length: lengthInWords(length) })}{' '}
        {rating !== null && t('ended.rating', { rating: Math.round(rating * 10) / 10 })}
      </p>
      {host.id !== me.id && <Rate sessionId={room.session.id} />}
    </Band>
  )
}

function Rate({ sessionId }: { sessionId: string }) {
  const { client, notices } = useStores()
  const { t } = useTranslation('room')
  const [given, setGiven] = useState<number | null>(null)
  const rate = async (count: number) => {
    const before = given
    setGiven(count)
    const answer = await client.call('rateLiveSession', { params: { sessionId }, body: { stars: count } })
    if (answer.ok) return
    setGiven(before)
    notices.getState().show(answer.failure)
  }
  return (
    <fieldset className="flex flex-wrap items-center gap-x-3">
      <legend className="float-start font-medium text-ink">{t('ended.rate')}</legend>
      <span className="flex">
        {stars.map((count) => (
          <label
            key={count}
            className="grid size-9 cursor-pointer place-items-center rounded-control has-focus-visible:outline-3 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="stars"
              value={count}
              checked={given === count}
              onChange={() => void rate(count)}
              className="peer sr-only"
            />
            <span className="sr-only">{t('ended.stars', { count })}</span>
            <Star
              aria-hidden
              className={`size-5.5 ${given !== null && count <= given ? 'fill-accent text-accent' : 'text-quiet'}`}
            />
          </label>
        ))}
      </span>
      <span role="status">{given !== null && t('ended.thanks', { count: given })}</span>
    </fieldset>
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
