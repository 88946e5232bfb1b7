import {
  AppWindow,
  BellOff,
  BellRing,
  Ellipsis,
  Hand,
  LogOut,
  MessageSquare,
  PictureInPicture2,
  Square,
  Users,
  type LucideIcon,
} from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, RoomState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { LiveBadge } from '../../ui/live-badge.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { EndDialog } from '../sessions/end-dialog.tsx'
import { hosts } from '../sessions/host.ts'
import { Muted } from './room-bands.tsx'
import { SessionClock } from './session-clock.tsx'
import type { RoomDoings } from './use-room-doings.ts'

interface RoomHeaderProps {
  readonly room: RoomState
  readonly me: Account
  readonly doings: RoomDoings
  readonly onLeft: () => void
}

export function RoomHeader({ room, me, doings, onLeft }: RoomHeaderProps) {
  const { rooms, notices } = useStores()
  const { t } = useTranslation('room')
  const [leaving, setLeaving] = useState(false)
  const { session } = room
  const hosting = hosts(session, me)

  const leave = async () => {
    setLeaving(true)
    const answer = await rooms.getState().leave(session.id)
    setLeaving(false)
    if (answer.ok) onLeft()
    else notices.getState().show(answer.failure)
  }

  return (
    <div
      data-room-part
      tabIndex={-1}
      className="@container mx-auto w-full max-w-[84rem] shrink-0 px-4 pt-1 pb-2 outline-none sm:px-6 sm:pb-4"
    >
      {/* By its width in letters and not in pixels: a large text makes a window narrow. */}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 @[40rem]:gap-x-6">
        <div title={session.title} className="min-w-0 grow basis-full @[40rem]:basis-52">
          <PageTitle className="line-clamp-2 text-lead font-semibold wrap-anywhere @[40rem]:text-title">
            {session.title}
          </PageTitle>
          <p className="mt-1 flex items-center gap-x-3 text-quiet">
            {session.status === 'live' && <LiveBadge />}
            <span className="truncate">
              {session.course && `${session.course} · `}
              {session.host.displayName}
            </span>
            {doings.muted && <Muted />}
          </p>
        </div>
        <SessionClock session={session} />
        <div className="flex flex-wrap gap-2.5">
          {hosting && session.status === 'upcoming' && <StartSession sessionId={session.id} />}
          {!hosting && session.status === 'live' && <OwnHand room={room} me={me} onSet={doings.setHand} />}
          <RoomMenu room={room} doings={doings} mayEnd={hosting && session.status === 'live'} />
          <Button
            disabled={leaving}
            title={t('header.leave')}
            onClick={() => void leave()}
            className="@max-[48rem]:px-3"
          >
            <LogOut aria-hidden className="size-5 @[48rem]:hidden rtl:-scale-x-100" />
            <span className="@max-[48rem]:sr-only">{t('header.leave')}</span>
          </Button>
        </div>
      </div>
    </div>
  )
}

function StartSession({ sessionId }: { sessionId: string }) {
  const { client, notices } = useStores()
  const { t } = useTranslation('room')
  const [busy, setBusy] = useState(false)
  const start = async () => {
    setBusy(true)
    const answer = await client.call('startLiveSession', { params: { sessionId } })
    setBusy(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }
  return (
    <Button look="primary" disabled={busy} onClick={() => void start()}>
      {t('header.start')}
    </Button>
  )
}

interface OwnHandProps {
  readonly room: RoomState
  readonly me: Account
  readonly onSet: (raised: boolean) => void
}

function OwnHand({ room, me, onSet }: OwnHandProps) {
  const { t } = useTranslation('room')
  const raised = handIsUp(room, me.id)
  return (
    <Button
      look={raised ? 'primary' : 'secondary'}
      onClick={() => onSet(!raised)}
      className="@max-[48rem]:px-3"
    >
      <Hand aria-hidden className="size-5" />
      <span className="@max-[48rem]:sr-only">{raised ? t('hand.lower') : t('hand.raise')}</span>
      {room.handWaiting !== null && <span className="font-normal">{t('hand.waitingShort')}</span>}
    </Button>
  )
}

/** What this person asked for last counts, though the server has not confirmed it. */
export const handIsUp = ({ handWaiting, participants }: RoomState, me: string) =>
  handWaiting ?? (participants.find(({ id }) => id === me)?.handRaisedAt ?? null) !== null

interface RoomMenuProps {
  readonly room: RoomState
  readonly doings: RoomDoings
  readonly mayEnd: boolean
}

function RoomMenu({ room, doings, mayEnd }: RoomMenuProps) {
  const { t } = useTranslation('room')
  const [ending, setEnding] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)
  const { kind: here } = useStores().client.window
  const windows: readonly { kind: 'room' | 'chat' | 'roster' | 'mini'; Icon: LucideIcon }[] = [
    ...(here === 'main' ? [{ kind: 'room' as const, Icon: AppWindow }] : []),
    { kind: 'chat', Icon: MessageSquare },
    { kind: 'roster', Icon: Users },
    { kind: 'mini', Icon: PictureInPicture2 },
  ]

  return (
    <>
      <Menu
        trigger={
          <button
            ref={trigger}
            type="button"
            aria-label={t('header.more')}
            className="inline-flex min-h-11 cursor-pointer items-center rounded-control border border-edge bg-surface px-3 hover:bg-sunken data-[state=open]:bg-sunken"
          >
            <Ellipsis aria-hidden className="size-5" />
          </button>
        }
      >
        {windows.map(({ kind, Icon }) => (
          <MenuItem key={kind} Icon={Icon} onSelect={() => doings.openWindow(kind)}>
            {t(`header.window.${kind}`)}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem Icon={doings.muted ? BellRing : BellOff} onSelect={() => void doings.toggleMuted()}>
          {doings.muted ? t('header.unmute') : t('header.mute')}
        </MenuItem>
        {mayEnd && (
          <MenuItem Icon={Square} alarming onSelect={() => setEnding(true)}>
            {t('header.end')}
          </MenuItem>
        )}
      </Menu>
      {ending && (
        <EndDialog
          session={room.session}
          people={room.participants.length}
          returnFocusTo={trigger}
          onClose={() => setEnding(false)}
        />
      )}
    </>
  )
}
