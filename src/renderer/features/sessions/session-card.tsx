import { Star, Users } from 'lucide-react'
import { memo, useId, useState } from 'react'
import type { LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { LiveBadge } from '../../ui/live-badge.tsx'
import { peopleInRoom, ratingInWords, sessionMoment, sessionTimes } from './session-words.ts'

interface SessionCardProps {
  readonly session: LiveSession
  /** Epoch milliseconds, to the minute. */
  readonly now: number
}

export const SessionCard = memo(function SessionCard({ session, now }: SessionCardProps) {
  const titleId = useId()
  const live = session.status === 'live'
  return (
    <article aria-labelledby={titleId} className="flex flex-wrap items-center gap-x-8 gap-y-4 p-5 sm:px-6">
      <div className="min-w-0 grow basis-72">
        <h3
          id={titleId}
          className={`font-semibold break-words ${session.status === 'ended' ? 'text-body' : 'text-lead'}`}
        >
          {session.title}
        </h3>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-4 text-quiet">
          <span>
            {session.course && `${session.course} · `}
            {session.host.displayName}
          </span>
          {session.rating !== null && (
            <span className="flex items-center gap-1.5 text-note">
              <Star aria-hidden className="size-4.5" />
              {ratingInWords(session.rating)}
            </span>
          )}
        </p>
        <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-note text-quiet">
          {live && <LiveBadge />}
          <span>
            <span className="font-medium text-ink tabular-nums">{sessionTimes(session, now)}</span>
            {` · ${sessionMoment(session, now)}`}
          </span>
          {live && (
            <span className="flex items-center gap-1.5">
              <Users aria-hidden className="size-4.5" />
              {peopleInRoom(session.participantCount)}
            </span>
          )}
        </p>
      </div>
      {live && <Actions sessionId={session.id} titleId={titleId} />}
    </article>
  )
})

function Actions({ sessionId, titleId }: { sessionId: string; titleId: string }) {
  const { client, notices, goTo } = useStores()
  const [opening, setOpening] = useState(false)

  const openWindow = async () => {
    setOpening(true)
    const answer = await client.ask('windows:open-room', { sessionId })
    setOpening(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  return (
    <div className="flex grow flex-wrap gap-2.5 sm:grow-0">
      <Button
        className="grow px-4"
        disabled={opening}
        aria-describedby={titleId}
        onClick={() => void openWindow()}
      >
        Open in new window
      </Button>
      <Button
        look="primary"
        className="grow"
        aria-describedby={titleId}
        onClick={() => goTo({ name: 'room', sessionId })}
      >
        Open
      </Button>
    </div>
  )
}
