import { AppWindow, CalendarCog, Ellipsis, LogOut, type LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { EndDialog } from './end-dialog.tsx'

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
  const hosts = account.role === 'admin' || account.id === session.host.id

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
        <More session={session} hosts={hosts} />
      </div>
    )
  }
  if (session.status === 'ended' || !hosts) return null
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

function More({ session, hosts }: { session: LiveSession; hosts: boolean }) {
  const { t, i18n } = useTranslation('sessions')
  const { client, notices, planning } = useStores()
  const [ending, setEnding] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)

  const openWindow = async () => {
    const answer = await client.ask('windows:open', { kind: 'room', sessionId: session.id })
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  return (
    <>
      {/* Not modal: a modal menu locks scrolling through an injected <style>, which our policy forbids. */}
      <DropdownMenu.Root modal={false} dir={i18n.dir()}>
        <DropdownMenu.Trigger asChild>
          <Button ref={trigger} className="px-3" aria-label={t('act.more', { title: session.title })}>
            <Ellipsis aria-hidden className="size-5" />
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            collisionPadding={12}
            className="z-30 min-w-60 rounded-card border border-line bg-surface p-1.5 shadow-float data-[state=open]:arrive"
          >
            <Item Icon={AppWindow} words={t('act.window')} onSelect={() => void openWindow()} />
            {hosts && (
              <>
                <Item
                  Icon={CalendarCog}
                  words={t('act.edit-item')}
                  onSelect={() => planning.getState().begin(session)}
                />
                <DropdownMenu.Separator className="m-1.5 h-px bg-line" />
                <Item Icon={LogOut} words={t('act.end')} onSelect={() => setEnding(true)} />
              </>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {ending && <EndDialog session={session} returnFocusTo={trigger} onClose={() => setEnding(false)} />}
    </>
  )
}

interface ItemProps {
  readonly Icon: LucideIcon
  readonly words: string
  onSelect(): void
}

function Item({ Icon, words, onSelect }: ItemProps) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken"
    >
      <Icon aria-hidden className="size-5 text-quiet" />
      {words}
    </DropdownMenu.Item>
  )
}
