import { useRef } from 'react'
import type { SessionState } from '../../../contract/model.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { clockTime, runningTime, useSecondsUntil } from '../../ui/time.ts'

type Warning = Extract<SessionState, { kind: 'idle-warning' }>

/** In every window at once. Whatever a person does answers it; the button is there to say so. */
export function IdleWarning({ warning, onStay }: { warning: Warning; onStay: () => void }) {
  const stay = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      role="alertdialog"
      title="Are you still there?"
      description={`Lectern locks this session at ${clockTime(warning.endsAt)} because nobody has used it. What you wrote is safe.`}
      initialFocus={stay}
    >
      <div className="mt-6 flex flex-wrap items-center gap-x-6 gap-y-4">
        <Button ref={stay} look="primary" className="min-h-12 grow" onClick={onStay}>
          Stay signed in
        </Button>
        <TimeLeft until={warning.endsAt} />
      </div>
    </Dialog>
  )
}

/** A timer is read on request only: spoken every second it would never end. */
function TimeLeft({ until }: { until: number }) {
  return (
    <p role="timer" aria-label="Time left" className="text-title font-semibold text-quiet tabular-nums">
      {runningTime(useSecondsUntil(until) * 1000)}
    </p>
  )
}
