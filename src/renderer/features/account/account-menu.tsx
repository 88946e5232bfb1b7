import { ChevronDown, LogOut, RotateCw } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu.tsx'
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

  return (
    <>
      <Menu
        trigger={
          <button
            ref={trigger}
            type="button"
            aria-label={t('account.label', { name: account.displayName })}
            className="flex min-h-11 cursor-pointer items-center gap-2 rounded-full ps-1 pe-2.5 text-note font-medium hover:bg-sunken data-[state=open]:bg-sunken @max-[24rem]:pe-1"
          >
            <Avatar person={account} />
            <span className="hidden max-w-40 truncate md:block">{account.displayName}</span>
            <ChevronDown aria-hidden className="size-4.5 text-quiet @max-[22rem]:hidden" />
          </button>
        }
      >
        <MenuLabel>
          <span className="block font-semibold">{account.displayName}</span>
          <span className="block text-note break-all text-quiet">{account.email}</span>
          {endsAt !== null && (
            <span className="mt-1.5 block text-note text-quiet">
              {t('account.until', { day: dayName(endsAt, now), time: clockTime(endsAt) })}
            </span>
          )}
        </MenuLabel>
        <MenuSeparator />
        {endsAt !== null && endsAt - now < DAY && (
          <MenuItem Icon={RotateCw} onSelect={() => window.setState({ signingInAgain: true })}>
            {t('account.again')}
          </MenuItem>
        )}
        <MenuItem Icon={LogOut} onSelect={signOut}>
          {t('account.signOut')}
        </MenuItem>
      </Menu>
      {question}
    </>
  )
}
