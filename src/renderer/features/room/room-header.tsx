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
import { Dialog } from '../../ui/dialog.tsx'
import { LiveBadge } from '../../ui/live-badge.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { hostsRoom } from './host.ts'
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
  const { client, rooms, notices } = useStores()
  const { t } = useTranslation('room')
  const [leaving, setLeaving] = useState(false)
  const { session } = room
  const isMain = client.window.kind === 'main'
  const hosting = hostsRoom(session, me)

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
      className="mx-auto flex w-full max-w-[84rem] shrink-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-1 pb-2 outline-none sm:gap-x-8 sm:px-6 sm:pb-4"
    >
      <div className="min-w-0 grow basis-full sm:basis-64">
        <PageTitle className="text-lead font-semibold wrap-anywhere sm:text-title">{session.title}</PageTitle>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-quiet">
          {session.status === 'live' && <LiveBadge />}
          {session.course && `${session.course} · `}
          {session.host.displayName}
          {doings.muted && <Muted />}
        </p>
      </div>
      <SessionClock session={session} />
      <div className="flex flex-wrap gap-2.5">
        {hosting && session.status === 'upcoming' && <StartSession sessionId={session.id} />}
        {!hosting && session.status === 'live' && <OwnHand room={room} me={me} onSet={doings.setHand} />}
        {isMain && (
          <Button onClick={() => doings.openWindow('room')} className="max-lg:px-3 max-sm:hidden">
            <AppWindow aria-hidden className="size-5 lg:hidden" />
            <span className="max-lg:sr-only">{t('header.openWindow')}</span>
          </Button>
        )}
        <RoomMenu room={room} doings={doings} mayEnd={hosting && session.status === 'live'} />
        <Button disabled={leaving} onClick={() => void leave()} className="max-sm:px-3">
          <LogOut aria-hidden className="size-5 sm:hidden rtl:-scale-x-100" />
          <span className="max-sm:sr-only">{t('header.leave')}</span>
        </Button>
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
    <Button look={raised ? 'primary' : 'secondary'} onClick={() => onSet(!raised)} className="max-sm:px-3">
      <Hand aria-hidden className="size-5" />
      <span className="max-sm:sr-only">{raised ? t('hand.lower') : t('hand.raise')}</span>
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
          <MenuItem
            key={kind}
            Icon={Icon}
            onSelect={() => doings.openWindow(kind)}
            // Has a button of its own where there is room for it.
            className={kind === 'room' ? 'sm:hidden' : ''}
          >
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
      {ending && <EndSession room={room} returnFocusTo={trigger} onClose={() => setEnding(false)} />}
    </>
  )
}

interface EndSessionProps {
  readonly room: RoomState
  readonly returnFocusTo: React.RefObject<HTMLElement | null>
  readonly onClose: () => void
}

function EndSession({ room, returnFocusTo, onClose }: EndSessionProps) {
  const { client, notices } = useStores()
  const { t } = useTranslation('room')
  const [busy, setBusy] = useState(false)
  const stay = useRef<HTMLButtonElement>(null)
  const end = async () => {
    setBusy(true)
    const answer = await client.call('endLiveSession', { params: { sessionId: room.session.id } })
    setBusy(false)
    if (!answer.ok) notices.getState().show(answer.failure)
    onClose()
  }
  return (
    <Dialog
      role="alertdialog"
      title={t('end.title')}
      description={t('end.description', { count: room.participants.length })}
      onDismiss={onClose}
      returnFocusTo={returnFocusTo}
      initialFocus={stay}
    >
      <div className="mt-6 flex flex-wrap gap-3">
        <Button ref={stay} className="grow" onClick={onClose}>
          {t('end.stay')}
        </Button>
        <Button look="primary" className="grow" disabled={busy} onClick={() => void end()}>
          {t('end.confirm')}
        </Button>
      </div>
    </Dialog>
  )
}
