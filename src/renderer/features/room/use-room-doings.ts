import { useCallback, useEffect, useState } from 'react'
import type { WindowKind } from '../../../contract/ipc.ts'
import { useStores } from '../../stores.tsx'

/** What a person does in a room by a button, a menu or a key alike. */
export interface RoomDoings {
  readonly muted: boolean
  toggleMuted(): Promise<void>
  setHand(raised: boolean): void
  openWindow(kind: Exclude<WindowKind, 'main'>): void
}

export function useRoomDoings(sessionId: string): RoomDoings {
  const { client, notices } = useStores()
  const [muted, setMuted] = useState(false)

  useEffect(() => {
    const over = new AbortController()
    const ask = () =>
      void client.ask('room:muted', { sessionId }).then((answer) => {
        if (!over.signal.aborted && answer.ok) setMuted(answer.value.muted)
      })
    ask()
    // Another window of this room may have changed it.
    window.addEventListener('focus', ask, { signal: over.signal })
    return () => over.abort()
  }, [client, sessionId])

  const tell = useCallback(
    async (asked: Promise<Awaited<ReturnType<typeof client.ask>>>) => {
      const answer = await asked
      if (!answer.ok) notices.getState().show(answer.failure)
      return answer.ok
    },
    [client, notices],
  )

  return {
    muted,
    async toggleMuted() {
      if (await tell(client.ask('room:set-muted', { sessionId, muted: !muted }))) setMuted(!muted)
    },
    setHand: (raised) => void tell(client.ask('room:set-hand', { sessionId, raised })),
    openWindow: (kind) => void tell(client.ask('windows:open', { kind, sessionId })),
  }
}
