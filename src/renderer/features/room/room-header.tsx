import { AppWindow } from 'lucide-react'
import { useState } from 'react'
import type { LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { LiveBadge } from '../../ui/live-badge.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { SessionClock } from './session-clock.tsx'

export function RoomHeader({ session, onLeft }: { session: LiveSession; onLeft: () => void }) {
  const { client, rooms, notices } = useStores()
  const [leaving, setLeaving] = useState(false)
  const isMain = client.window.kind === 'main'

  const leave = async () => {
    setLeaving(true)
    const answer = await rooms.getState().leave(session.id)
    setLeaving(false)
    if (answer.ok) onLeft()
    else notices.getState().show(answer.failure)
  }

  const openWindow = async () => {
    const answer = await client.ask('windows:open-room', { sessionId: session.id })
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  return (
    <div className="mx-auto flex w-full max-w-[84rem] shrink-0 flex-wrap items-center gap-x-4 gap-y-2 px-4 pt-1 pb-2 sm:gap-x-8 sm:px-6 sm:pb-4">
      <div className="min-w-0 grow basis-full sm:basis-64">
        <PageTitle className="text-lead font-semibold break-words sm:text-title">{session.title}</PageTitle>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-quiet">
          {session.status === 'live' && <LiveBadge />}
          {session.course && `${session.course} · `}
          {session.host.displayName}
        </p>
      </div>
      <SessionClock session={session} />
      <div className="flex gap-2.5">
        {isMain && (
          <Button onClick={() => void openWindow()} className="max-lg:px-3">
            <AppWindow aria-hidden className="size-5 lg:hidden" />
            <span className="max-lg:sr-only">Open in new window</span>
          </Button>
        )}
        <Button disabled={leaving} onClick={() => void leave()}>
          Leave
        </Button>
      </div>
    </div>
  )
}
