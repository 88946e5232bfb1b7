import { useMemo, useState } from 'react'
import type { LiveSession } from '../../../contract/model.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/time.ts'
import { SessionCard } from './session-card.tsx'
import { groupSessions } from './session-words.ts'

/** Cards drawn at a time; an account may see thousands of sessions, and nobody reads past these unasked. */
const STEP = 60

export function SessionList({ sessions, busy }: { sessions: readonly LiveSession[]; busy: boolean }) {
  const [limit, setLimit] = useState(STEP)
  const now = useNow(60_000)
  const groups = useMemo(() => groupSessions(sessions.slice(0, limit), now), [sessions, limit, now])

  return (
    <div
      aria-busy={busy || undefined}
      className={busy ? 'opacity-60 transition-opacity' : 'transition-opacity'}
    >
      {groups.map((group) => (
        <section key={group.title} aria-label={group.title} className="mb-9">
          <h2 className="mb-3 text-note font-semibold text-quiet">{group.title}</h2>
          <div className="divide-y divide-line overflow-clip rounded-card border border-line bg-surface shadow-lift">
            {group.sessions.map((session) => (
              <SessionCard key={session.id} session={session} now={now} />
            ))}
          </div>
        </section>
      ))}
      {sessions.length > limit && (
        <Button
          onClick={() => setLimit(limit + STEP)}
        >{`Show more (${sessions.length - limit} left)`}</Button>
      )}
    </div>
  )
}
