import { ChevronDown, LogOut, RotateCw } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { clockTime, dayName, useNow } from '../../ui/time.ts'
import { unsentCount } from '../room/rooms-store.ts'

/** This long before it ends, a person may want a new sign-in. */
const DAY = 24 * 60 * 60_000

export function AccountMenu({ account, session }: { account: Account; session: SessionState }) {
  const { client, rooms, window } = useStores()
  const unsent = useStore(rooms, unsentCount)
  const [confirming, setConfirming] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)
  const now = useNow(60_000)
  const endsAt = 'sessionExpiresAt' in session ? session.sessionExpiresAt : null
  const signOut = () => void client.ask('session:sign-out')

  return (
    <>
      {/* Not modal: a modal menu locks scrolling through an injected <style>, which our policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          ref={trigger}
          aria-label={`Account: ${account.displayName}`}
          className="flex min-h-11 cursor-pointer items-center gap-2 rounded-full pr-2.5 pl-1 text-note font-medium hover:bg-sunken data-[state=open]:bg-sunken"
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
                  Signed in until {dayName(endsAt, now)}, {clockTime(endsAt)}
                </span>
              )}
            </DropdownMenu.Label>
            <DropdownMenu.Separator className="mx-1.5 mb-1.5 h-px bg-line" />
            {endsAt !== null && endsAt - now < DAY && (
              <DropdownMenu.Item
                onSelect={() => window.setState({ signingInAgain: true })}
                className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken"
              >
                <RotateCw aria-hidden className="size-5 text-quiet" />
                Sign in again…
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item
              onSelect={() => (unsent > 0 ? setConfirming(true) : signOut())}
              className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 outline-none data-[highlighted]:bg-sunken"
            >
              <LogOut aria-hidden className="size-5 text-quiet" />
              Sign out
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {confirming && (
        <Dialog
          onDismiss={() => setConfirming(false)}
          returnFocusTo={trigger}
          title={unsent === 1 ? 'One message is not sent yet' : `${unsent} messages are not sent yet`}
          description="What you wrote stays on this computer and is sent when you sign in here again."
        >
          <div className="mt-6 flex flex-wrap gap-3">
            <Button look="primary" className="grow" onClick={() => setConfirming(false)}>
              Stay signed in
            </Button>
            <Button className="grow" onClick={signOut}>
              Sign out
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
