import { ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { lazy, Suspense, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RoomConnection, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useSecondsUntil, useTimeWords } from '../../ui/time.ts'
import { connectionInWords, type Tone } from './connection-words.ts'

const SessionPanel = lazy(() => import('../session-panel/session-panel.tsx'))

const look: Readonly<Record<Tone, { pill: string; dot: string }>> = {
  good: { pill: 'text-quiet', dot: 'bg-accent' },
  waiting: { pill: 'bg-warn-wash text-warn', dot: 'border-2 border-warn' },
  trouble: { pill: 'bg-warn-wash text-warn', dot: 'bg-warn' },
}

interface ConnectionPillProps {
  readonly state: SessionState
  readonly room: RoomConnection | null
  /** In one line, where there is no room for more: what moves on by itself is told by the panel. */
  readonly brief?: boolean
}

/** The one place that tells how things stand with the server, in words; a press tells more. */
export function ConnectionPill({ state, room, brief = false }: ConnectionPillProps) {
  const { client } = useStores()
  const { t } = useTranslation('connection')
  const time = useTimeWords()
  const titleId = useId()
  const [asked, setAsked] = useState<SessionState | null>(null)
  const [open, setOpen] = useState(false)
  const secondsLeft = useSecondsUntil(state.kind === 'offline' ? state.nextTryAt : null)
  const whole = connectionInWords(state, room, secondsLeft, t, time)
  const words = brief ? { ...whole, detail: null, reassurance: null, canTryNow: false } : whole
  /** Several sentences and a button: they take a line of their own, and two where that is narrow. */
  const isLong = words.tone !== 'good' && !brief

  const tryNow = () => {
    // Until the state moves on, a second press would change nothing.
    setAsked(state)
    void client.ask('session:retry')
  }

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <div
        className={`relative flex min-h-11 items-center gap-2.5 transition-colors ${look[words.tone].pill} ${
          isLong
            ? 'order-last w-full rounded-sheet py-1 ps-4 pe-1.5 max-sm:flex-wrap lg:order-none lg:w-auto lg:rounded-full'
            : `rounded-full px-3 ${words.tone === 'good' ? 'hover:bg-sunken' : ''}`
        }`}
      >
        {/* Over the words and not around them: a live region inside a button is not one. */}
        <Popover.Trigger
          aria-label={`${words.headline} ${t('pill.details')}`}
          className="absolute inset-0 cursor-pointer rounded-[inherit]"
        />
        <span aria-hidden className={`size-2.5 shrink-0 rounded-full ${look[words.tone].dot}`} />
        <p
          role="status"
          aria-label={t('pill.label')}
          data-state={state.kind}
          className={`pointer-events-none min-w-0 grow text-note font-medium ${isLong ? 'max-sm:basis-40' : ''}`}
        >
          {words.headline}
          {/* Counts and steps move by themselves; a screen reader would talk without end. */}
          {words.detail && <span aria-live="off">{` ${words.detail}`}</span>}
          {words.reassurance && ` ${words.reassurance}`}
        </p>
        <ChevronDown aria-hidden className="pointer-events-none size-4.5 shrink-0" />
        {words.canTryNow && (
          <Button
            size="small"
            className="relative rounded-full border-current text-warn max-sm:ms-auto"
            onClick={tryNow}
            disabled={asked === state}
          >
            {t('pill.tryNow')}
          </Button>
        )}
      </div>
      <Popover.Portal>
        <Popover.Content
          aria-labelledby={titleId}
          sideOffset={6}
          collisionPadding={12}
          className="z-30 max-h-(--radix-popover-content-available-height) w-[min(26rem,calc(100vw-1.5rem))] overflow-y-auto rounded-sheet border border-line bg-surface shadow-float outline-none data-[state=open]:arrive"
        >
          <Suspense fallback={<div className="h-80" />}>
            <SessionPanel
              titleId={titleId}
              state={state}
              headline={words.headline}
              onLeave={() => setOpen(false)}
            />
          </Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
