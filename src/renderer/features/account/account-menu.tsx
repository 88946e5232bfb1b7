import { ChevronDown, LogOut, RotateCw } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { useSignOut } from './sign-out.tsx'

/** This long before it ends, a person may want a new sign-in. */
const DAY = 24 * 60 * 60_000

export function AccountMenu({ account, session }: { account: Account; session: SessionState }) {
  const { window } = useStores()
  const { t } = useTranslation('connection')
  const { dayName, clockTime } = useTimeWords()
  const trigger = useRef<HTMLButtonElement>(null)
  const { signOut, question } = useSignOut(trigger)
  const now = useNow(60_000)
  const endsAt = 'sessionExpiresAt' in session ? session.sessionExpiresAt : null
  const item =
    'flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken'

  return (
    <>
      {/* Not modal: a modal menu locks scrolling through an injected <style>, which our policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          ref={trigger}
          aria-label={t('account.label', { name: account.displayName })}
          className="flex min-h-11 cursor-pointer items-center gap-2 rounded-full ps-1 pe-2.5 text-note font-medium hover:bg-sunken data-[state=open]:bg-sunken"
        >
          <Avatar person={account} />
          <span className="hidden max-w-40 truncate md:block">{account.displayName}</span>
          <ChevronDown aria-hidden className="size-4.5 text-quiet" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            collisionPadding={12}
            className="z-30 w-72 rounded-card border border-line bg-surface p-1.5 shadow-float data-[state=open]:arrive"
          >
            <DropdownMenu.Label className="px-3 pt-2 pb-2.5">
              <span className="block font-semibold">{account.displayName}</span>
              <span className="block text-note break-all text-quiet">{account.email}</span>
              {endsAt !== null && (
                <span className="mt-1.5 block text-note text-quiet">
                  {t('account.until', { day: dayName(endsAt, now), time: clockTime(endsAt) })}
                </span>
              )}
            </DropdownMenu.Label>
            <DropdownMenu.Separator className="mx-1.5 mb-1.5 h-px bg-line" />
            {endsAt !== null && endsAt - now < DAY && (
              <DropdownMenu.Item onSelect={() => window.setState({ signingInAgain: true })} className={item}>
                <RotateCw aria-hidden className="size-5 text-quiet" />
                {t('account.again')}
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item onSelect={signOut} className={item}>
              <LogOut aria-hidden className="size-5 text-quiet rtl:-scale-x-100" />
              {t('account.signOut')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {question}
    </>
  )
}
