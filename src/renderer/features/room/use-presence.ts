import { useEffect, useSyncExternalStore } from 'react'
import type { RoomConnection, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { isConnected } from '../connection/connection-words.ts'

const onVisibility = (changed: () => void) => {
  document.addEventListener('visibilitychange', changed)
  return () => document.removeEventListener('visibilitychange', changed)
}

interface Presence {
  readonly sessionId: string
  readonly session: SessionState
  readonly connection: RoomConnection
  /** Who reads here. */
  readonly me: string
}

/**
 * Tells the room's store when somebody leaves off reading and when they come back: the page is hidden or left, the
 * laptop sleeps, the network is gone. Back is who is connected and has been given what was missed.
 */
export function usePresence({ sessionId, session, connection, me }: Presence): boolean {
  const { rooms } = useStores()
  const visible = useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible')
  const caughtUp = connection === 'live' || connection === 'closed'
  const connected = isConnected(session)
  const present = visible && connected && caughtUp
  const gone = !visible || !connected

  useEffect(() => {
    const { read } = rooms.getState()
    if (gone) read(sessionId, { kind: 'left' })
    else if (present) {
      read(sessionId, {
        kind: 'returned',
        messages: rooms.getState().rooms[sessionId]?.chat.messages ?? [],
        me,
      })
    }
  }, [rooms, sessionId, me, gone, present])

  useEffect(() => () => rooms.getState().read(sessionId, { kind: 'left' }), [rooms, sessionId])

  return present
}
