import { useState } from 'react'
import type { RoomConnection, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useSecondsUntil } from '../../ui/time.ts'
import { connectionInWords, type Tone } from './connection-words.ts'

const look: Readonly<Record<Tone, { pill: string; dot: string }>> = {
  good: { pill: 'text-quiet', dot: 'bg-accent' },
  waiting: { pill: 'bg-warn-wash text-warn', dot: 'border-2 border-warn' },
  trouble: { pill: 'bg-warn-wash text-warn', dot: 'bg-warn' },
}

/** The one place that tells how things stand with the server, in words. */
export function ConnectionPill({ state, room }: { state: SessionState; room: RoomConnection | null }) {
  const { client } = useStores()
  const [asked, setAsked] = useState<SessionState | null>(null)
  const secondsLeft = useSecondsUntil(state.kind === 'offline' ? state.nextTryAt : null)
  const words = connectionInWords(state, room, secondsLeft)

  const tryNow = () => {
    // Until the state moves on, a second press would change nothing.
    setAsked(state)
    void client.ask('session:retry')
  }

  return (
    <div
      className={`flex min-h-11 items-center gap-2.5 rounded-full transition-colors ${look[words.tone].pill} ${
        words.tone === 'good' ? 'px-1' : 'order-last w-full py-1 pr-1.5 pl-4 sm:order-none sm:w-auto'
      }`}
    >
      <span aria-hidden className={`size-2.5 shrink-0 rounded-full ${look[words.tone].dot}`} />
      <p
        role="status"
        aria-label="Connection"
        data-state={state.kind}
        className={`grow text-note font-medium ${words.tone === 'good' || words.canTryNow ? '' : 'pr-2.5'}`}
      >
        {words.headline}
        {/* Counts and steps move by themselves; a screen reader would talk without end. */}
        {words.detail && <span aria-live="off">{` ${words.detail}`}</span>}
        {words.reassurance && ` ${words.reassurance}`}
      </p>
      {words.canTryNow && (
        <Button
          size="small"
          className="rounded-full border-current text-warn"
          onClick={tryNow}
          disabled={asked === state}
        >
          Try now
        </Button>
      )}
    </div>
  )
}
