import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { hosts, isStaff } from '../sessions/host.ts'
import { AsOf, Ended } from './room-bands.tsx'
import { handIsUp, RoomHeader } from './room-header.tsx'
import { RoomNews } from './room-news.tsx'
import { RoomParts, type Panel, type Part } from './room-parts.tsx'
import { RoomUnopened } from './room-unopened.tsx'
import type { Room } from './rooms-store.ts'
import type { RoomKey } from './shortcuts.ts'
import { useRoomDoings } from './use-room-doings.ts'
import { useShortcuts } from './use-shortcuts.ts'

interface RoomPageProps {
  readonly sessionId: string
  readonly account: Account
  readonly session: SessionState
}

export function RoomPage({ sessionId, account, session }: RoomPageProps) {
  const { rooms: store, client, goTo } = useStores()
  const { t } = useTranslation('room')
  const room = useStore(store, (state) => state.rooms[sessionId])
  const isMain = client.window.kind === 'main'

  useEffect(() => {
    store.getState().open(sessionId)
  }, [store, sessionId])

  if (!room?.state || room.status === 'left') {
    return (
      <RoomUnopened sessionId={sessionId} room={room} session={session}>
        {isMain && <Button onClick={() => goTo({ name: 'sessions' })}>{t('backToSessions')}</Button>}
      </RoomUnopened>
    )
  }
  return (
    <OpenRoom
      key={sessionId}
      sessionId={sessionId}
      room={{ ...room, state: room.state }}
      account={account}
      session={session}
      onLeft={() => isMain && goTo({ name: 'sessions' })}
    />
  )
}

interface OpenRoomProps extends RoomPageProps {
  readonly room: Room & { readonly state: NonNullable<Room['state']> }
  readonly onLeft: () => void
}

function OpenRoom({ sessionId, room, account, session, onLeft }: OpenRoomProps) {
  const { rooms: store } = useStores()
  const doings = useRoomDoings(sessionId)
  const [part, setPart] = useState<Part>('chat')
  const [beside, setBeside] = useState<Panel>('people')
  const { state } = room

  const show = (next: Part, focus?: string) => {
    setPart(next)
    if (next !== 'chat') setBeside(next)
    // Once it is there.
    if (focus !== undefined) requestAnimationFrame(() => document.getElementById(focus)?.focus())
  }
  const act: Record<Exclude<RoomKey, 'sheet'>, () => void> = {
    write: () => show('chat', 'room-composer'),
    newest: () => {
      show('chat')
      store.getState().toNewest(sessionId)
    },
    missed: () => {
      show('chat')
      document.getElementById('room-jump-to-missed')?.click()
    },
    people: () => show('people', 'room-people-search'),
    hands: () => show('people', 'room-people'),
    notes: () => show('notes', 'room-notes'),
    attendance: () => isStaff(account) && show('attendance', 'room-attendance'),
    assistant: () => show('assistant'),
    hand: () => {
      const mayRaise = !hosts(state.session, account) && state.session.status === 'live'
      if (mayRaise) doings.setHand(!handIsUp(state, account.id))
    },
    mute: () => void doings.toggleMuted(),
    chatWindow: () => doings.openWindow('chat'),
    rosterWindow: () => doings.openWindow('roster'),
    miniWindow: () => doings.openWindow('mini'),
    nextPart: () => focusPart(1),
    previousPart: () => focusPart(-1),
  }
  useShortcuts((key) => {
    // The sheet is shown outside a room as well: by shortcuts-sheet.tsx.
    if (key === 'sheet') return false
    act[key]()
    return true
  })

  return (
    <main
      className="flex min-h-0 grow flex-col"
      onKeyDown={(event) => {
        // Out of a panel, back to the sentence one is in the middle of.
        if (event.key !== 'Escape' || event.defaultPrevented) return
        if (event.target instanceof HTMLElement && event.target.closest('[data-room-panel]')) act.write()
      }}
    >
      <RoomNews sessionId={sessionId} me={account.id} />
      <RoomHeader room={state} me={account} doings={doings} onLeft={onLeft} />
      {state.asOf !== null && <AsOf at={state.asOf} />}
      {state.session.status === 'ended' && <Ended room={state} me={account} />}
      <RoomParts
        sessionId={sessionId}
        room={room}
        me={account}
        session={session}
        part={part}
        beside={beside}
        onPart={show}
        onRejoin={() => store.getState().reopen(sessionId)}
      />
    </main>
  )
}

/** To the next or previous of the head, the chat, the composer and the panel, round and round. */
function focusPart(step: 1 | -1): void {
  const parts = [...document.querySelectorAll<HTMLElement>('[data-room-part]')].filter((part) =>
    part.checkVisibility({ visibilityProperty: true }),
  )
  const at = parts.findIndex((part) => part.contains(document.activeElement))
  const next = parts[(at + step + parts.length) % parts.length] ?? parts[0]
  next?.focus()
}
