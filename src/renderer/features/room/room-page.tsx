import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PlainPage } from '../../ui/plain-page.tsx'
import { Chat } from './chat.tsx'
import { Composer } from './composer.tsx'
import { Participants } from './participants.tsx'
import { RoomHeader } from './room-header.tsx'

interface RoomPageProps {
  readonly sessionId: string
  readonly account: Account
  readonly session: SessionState
}

export function RoomPage({ sessionId, account, session }: RoomPageProps) {
  const { rooms: store, client, goTo } = useStores()
  const room = useStore(store, (state) => state.rooms[sessionId])
  const isMain = client.window.kind === 'main'
  const reopen = () => store.getState().reopen(sessionId)

  useEffect(() => {
    store.getState().open(sessionId)
  }, [store, sessionId])

  const toSessions = isMain && <Button onClick={() => goTo({ name: 'sessions' })}>Back to sessions</Button>

  if (room?.status === 'left') {
    return (
      <PlainPage
        title="You left this room"
        message="Nobody sees you in it any more. You can come back at any time."
      >
        <Button look="primary" onClick={reopen}>
          Join again
        </Button>
        {toSessions}
      </PlainPage>
    )
  }
  if (!room?.state) {
    if (room?.status === 'failed' && session.kind !== 'reauth-required') {
      return (
        <PlainPage title="The room could not be opened" message={room.failure?.message ?? ''}>
          <Button look="primary" onClick={reopen}>
            Try again
          </Button>
          {toSessions}
        </PlainPage>
      )
    }
    return <PlainPage title="Opening the room" message="One moment…" />
  }

  const { state } = room
  return (
    <main className="flex min-h-0 grow flex-col">
      <RoomHeader session={state.session} onLeft={() => isMain && goTo({ name: 'sessions' })} />
      <div className="mx-auto flex min-h-0 w-full max-w-[84rem] grow flex-col gap-3 px-2 pb-2 sm:px-4 sm:pb-4 md:flex-row md:gap-4">
        <section className="order-last flex h-[max(18rem,88dvh)] min-w-0 grow flex-col overflow-clip rounded-sheet border border-line bg-surface shadow-lift md:order-none roomy:h-auto roomy:min-h-0">
          <Chat key={sessionId} sessionId={sessionId} room={room} me={account} />
          <Composer
            key={`${sessionId} composer`}
            sessionId={sessionId}
            room={state}
            me={account}
            session={session}
            onRejoin={reopen}
          />
        </section>
        <Participants participants={state.participants} host={state.session.host} me={account} />
      </div>
    </main>
  )
}
