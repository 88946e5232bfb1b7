/** A part of a room in a window of its own: its chat, its people, or the little one that stays above everything. */
import { MonitorUp } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { WindowKind } from '../../../contract/ipc.ts'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { ConnectionPill } from '../connection/connection-pill.tsx'
import { hosts } from '../sessions/host.ts'
import { Chat } from './chat.tsx'
import { Composer } from './composer.tsx'
import { HandsCount } from './hands-count.tsx'
import { LowerHand, PeoplePanel } from './people-panel.tsx'
import { AsOf } from './room-bands.tsx'
import { RoomNews } from './room-news.tsx'
import { RoomUnopened } from './room-unopened.tsx'
import type { Room } from './rooms-store.ts'
import { raisedHands } from './roster.ts'
import { SessionClock } from './session-clock.tsx'

export type RoomPart = Extract<WindowKind, 'chat' | 'roster' | 'mini'>
export const isRoomPart = (kind: WindowKind): kind is RoomPart =>
  kind === 'chat' || kind === 'roster' || kind === 'mini'

interface RoomWindowProps {
  readonly part: RoomPart
  readonly sessionId: string
  readonly account: Account
  readonly session: SessionState
}

export function RoomWindow({ part, sessionId, account, session }: RoomWindowProps) {
  const { rooms } = useStores()
  const room = useStore(rooms, (state) => state.rooms[sessionId])

  useEffect(() => {
    rooms.getState().open(sessionId)
  }, [rooms, sessionId])

  if (!room?.state || room.status === 'left') {
    return <RoomUnopened sessionId={sessionId} room={room} session={session} />
  }
  const shown = { ...room, state: room.state }
  const Part = parts[part]
  return (
    <main className="flex h-full min-h-0 flex-col">
      <Part sessionId={sessionId} room={shown} account={account} session={session} />
    </main>
  )
}

interface PartProps extends Omit<RoomWindowProps, 'part'> {
  readonly room: Room & { readonly state: NonNullable<Room['state']> }
}

const parts: Record<RoomPart, (props: PartProps) => React.ReactNode> = {
  chat: ChatWindow,
  roster: RosterWindow,
  mini: MiniWindow,
}

function ChatWindow({ sessionId, room, account, session }: PartProps) {
  const { rooms } = useStores()
  const { t } = useTranslation('room')
  return (
    <>
      <WindowHead
        title={t('windows.chat', { title: room.state.session.title })}
        room={room}
        session={session}
      />
      <RoomNews sessionId={sessionId} me={account.id} />
      <section className="flex min-h-0 grow flex-col border-t border-line bg-surface">
        <Chat sessionId={sessionId} room={room} me={account} session={session} />
        <Composer
          sessionId={sessionId}
          room={room.state}
          me={account}
          session={session}
          onRejoin={() => rooms.getState().reopen(sessionId)}
        />
      </section>
    </>
  )
}

function RosterWindow({ room, account, session }: PartProps) {
  const { t } = useTranslation('room')
  return (
    <>
      <WindowHead
        title={t('windows.roster', { title: room.state.session.title })}
        room={room}
        session={session}
      />
      <section className="flex min-h-0 grow flex-col border-t border-line bg-surface">
        <PeoplePanel room={room.state} gone={room.gone} me={account} />
      </section>
    </>
  )
}

interface WindowHeadProps {
  readonly title: string
  readonly room: PartProps['room']
  readonly session: SessionState
}

function WindowHead({ title, room, session }: WindowHeadProps) {
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center justify-between gap-x-3 px-4 py-1.5">
        <PageTitle className="line-clamp-2 min-w-0 grow basis-40 text-body font-semibold wrap-anywhere">
          {title}
        </PageTitle>
        <ConnectionPill state={session} room={connectionOf(room)} />
      </div>
      {room.state.asOf !== null && <AsOf at={room.state.asOf} />}
    </>
  )
}

const connectionOf = (room: PartProps['room']) =>
  room.status === 'opening' ? 'connecting' : room.state.connection

/** Clock, time left and raised hands, to be read from the corner of an eye. */
function MiniWindow({ sessionId, room, account, session }: PartProps) {
  const { client } = useStores()
  const { t } = useTranslation('room')
  const { state } = room
  const hands = raisedHands(state.participants)
  const hosting = hosts(state.session, account)
  return (
    // By its width in letters: where a large text makes it small, the list gets more of it.
    <div className="@container flex h-full flex-col overflow-y-auto px-4 py-2">
      <PageTitle className="sr-only">{t('windows.mini', { title: state.session.title })}</PageTitle>
      <div className="flex items-start gap-2">
        <div className="flex min-w-0 grow">
          <ConnectionPill brief state={session} room={connectionOf(room)} />
        </div>
        {hands.length > 0 && (
          <span className="self-center @max-[15rem]:hidden">
            <HandsCount count={hands.length} />
          </span>
        )}
        <Button
          look="quiet"
          size="small"
          aria-label={t('windows.toMain')}
          title={t('windows.toMain')}
          onClick={() => void client.ask('windows:show-main', { page: { name: 'room', sessionId } })}
          className="-me-2 px-2 text-quiet"
        >
          <MonitorUp aria-hidden className="size-5" />
        </Button>
      </div>
      <SessionClock session={state.session} large />
      <section aria-label={t('hand.raisedLabel')} className="mt-1">
        {hands.length === 0 ? (
          <p className="text-center text-note text-quiet">{t('hand.none')}</p>
        ) : (
          <ol role="list" className="flex flex-col">
            {hands.map((person, index) => (
              <li key={person.id} className="flex min-h-10 items-center gap-2">
                <span className="shrink-0 text-note text-quiet tabular-nums">
                  {t('hand.place', { count: index + 1, ordinal: true })}
                </span>
                <span className="line-clamp-2 min-w-0 grow leading-snug font-medium wrap-anywhere">
                  <bdi>{person.displayName}</bdi>
                </span>
                {hosting && (
                  <LowerHand sessionId={sessionId} accountId={person.id} name={person.displayName} />
                )}
              </li>
            ))}
          </ol>
        )}
      </section>
    </div>
  )
}
