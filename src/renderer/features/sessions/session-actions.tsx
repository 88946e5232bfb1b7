import { AppWindow, CalendarCog, Ellipsis, LogOut } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { EndDialog } from './end-dialog.tsx'
import { hosts } from './host.ts'

interface SessionActionsProps {
  readonly session: LiveSession
  readonly account: Account
  /** Of the card's title: every button says of which session it is one. */
  readonly titleId: string
}

/** What can be done with a session next: by everybody, and by its host and administrators. */
export function SessionActions({ session, account, titleId }: SessionActionsProps) {
  const { t } = useTranslation('sessions')
  const { client, goTo, notices, planning, sessions } = useStores()
  const [busy, setBusy] = useState(false)

  const start = async () => {
    setBusy(true)
    const answer = await client.call('startLiveSession', { params: { sessionId: session.id } })
    setBusy(false)
    if (answer.ok) sessions.getState().take(answer.value, 'started')
    else notices.getState().show(answer.failure)
  }

  if (session.status === 'live') {
    return (
      <div className="flex shrink-0 grow gap-2.5 sm:grow-0">
        <Button
          look="primary"
          className="grow"
          aria-describedby={titleId}
          onClick={() => goTo({ name: 'room', sessionId: session.id })}
        >
          {t('act.open')}
        </Button>
        <More session={session} mayChange={hosts(session, account)} />
      </div>
    )
  }
  if (session.status === 'ended' || !hosts(session, account)) return null
  return (
    <div className="flex shrink-0 grow gap-2.5 sm:grow-0">
      <Button className="grow px-4" disabled={busy} aria-describedby={titleId} onClick={() => void start()}>
        {t('act.start')}
      </Button>
      <Button
        look="quiet"
        className="grow px-4"
        aria-describedby={titleId}
        onClick={() => planning.getState().begin(session)}
      >
        {t('act.edit')}
      </Button>
    </div>
  )
}

function More({ session, mayChange }: { session: LiveSession; mayChange: boolean }) {
  const { t } = useTranslation('sessions')
  const { client, notices, planning, sessions } = useStores()
  const [ending, setEnding] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)

  const openWindow = async () => {
    const answer = await client.ask('windows:open', { kind: 'room', sessionId: session.id })
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  return (
    <>
      <Menu
        trigger={
          <Button ref={trigger} className="px-3" aria-label={t('act.more', { title: session.title })}>
            <Ellipsis aria-hidden className="size-5" />
          </Button>
        }
      >
        <MenuItem Icon={AppWindow} onSelect={() => void openWindow()}>
          {t('act.window')}
        </MenuItem>
        {mayChange && (
          <>
            <MenuItem Icon={CalendarCog} onSelect={() => planning.getState().begin(session)}>
              {t('act.edit-item')}
            </MenuItem>
            <MenuSeparator />
            <MenuItem Icon={LogOut} onSelect={() => setEnding(true)}>
              {t('act.end')}
            </MenuItem>
          </>
        )}
      </Menu>
      {ending && (
        <EndDialog
          session={session}
          people={session.participantCount}
          returnFocusTo={trigger}
          onClose={() => setEnding(false)}
          onEnded={(ended) => sessions.getState().take(ended, 'ended')}
        />
      )}
    </>
  )
}
