import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionState } from '../../../contract/model.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { runningTime, useSecondsUntil, useTimeWords } from '../../ui/time.ts'

type Warning = Extract<SessionState, { kind: 'idle-warning' }>

/** In every window at once. Whatever a person does answers it; the button is there to say so. */
export function IdleWarning({ warning, onStay }: { warning: Warning; onStay: () => void }) {
  const { t } = useTranslation('common', { keyPrefix: 'idle' })
  const { clockTime } = useTimeWords()
  const stay = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      role="alertdialog"
      title={t('title')}
      description={t('message', { time: clockTime(warning.endsAt) })}
      initialFocus={stay}
    >
      <div className="mt-6 flex flex-wrap items-center gap-x-6 gap-y-4">
        <Button ref={stay} look="primary" className="min-h-12 grow" onClick={onStay}>
          {t('stay')}
        </Button>
        <TimeLeft until={warning.endsAt} label={t('timeLeft')} />
      </div>
    </Dialog>
  )
}

/** A timer is read on request only: spoken every second it would never end. */
function TimeLeft({ until, label }: { until: number; label: string }) {
  return (
    <p role="timer" aria-label={label} className="text-title font-semibold text-quiet tabular-nums">
      {runningTime(useSecondsUntil(until) * 1000)}
    </p>
  )
}
