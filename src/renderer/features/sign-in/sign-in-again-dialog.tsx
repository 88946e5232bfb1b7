import { useId, useRef, type FormEvent } from 'react'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { clockTime, dayName, useNow } from '../../ui/time.ts'
import { unsentCount } from '../room/rooms-store.ts'
import { MemoryOnly, wantsMemoryOnly } from './memory-only.tsx'
import { textOf, useSignIn } from './use-sign-in.ts'

interface SignInAgainProps {
  readonly account: Account
  /** Null while the sign-in still lasts and a person wants a new one before it ends. */
  readonly ended: Extract<SessionState, { kind: 'reauth-required' }> | null
  /** When the sign-in ends, in epoch milliseconds; null when nobody knows. */
  readonly endsAt: number | null
  /** Nobody knows the password of the demo, and nobody needs it. */
  readonly isDemo: boolean
  readonly onDone: () => void
}

/** The page behind stays as it is, with everything that was written in it. */
export function SignInAgainDialog({ account, ended, endsAt, isDemo, onDone }: SignInAgainProps) {
  const { client, rooms } = useStores()
  const { form, alert, problems, failure, attempt, signIn, signInToDemo } = useSignIn({ onSignedIn: onDone })
  const unsent = useStore(rooms, unsentCount)
  const noteId = useId()
  const now = useNow(60_000)
  const password = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const { email } = account
  // In the middle of a sentence "Today" is written small; a weekday is not.
  const day = endsAt === null ? '' : dayName(endsAt, now).replace(/^To/, 'to')
  const lasts = endsAt === null ? '' : `You are signed in until ${clockTime(endsAt)} ${day}. `

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (isDemo) return signInToDemo()
    signIn({
      email,
      password: textOf(event.currentTarget, 'password'),
      memoryOnly: wantsMemoryOnly(event.currentTarget),
    })
  }

  return (
    <Dialog
      title={ended ? 'Sign in again to carry on' : 'Sign in again'}
      description={ended?.message ?? `${lasts}This begins a new sign-in of full length.`}
      initialFocus={isDemo ? button : password}
      {...(ended ? {} : { onDismiss: onDone })}
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-6 flex flex-col gap-4.5">
        {failure && <Alert ref={alert} message={failure.message} />}
        <Field label="E-mail address" type="email" autoComplete="username" value={email} readOnly />
        {!isDemo && (
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            problem={problems.password}
            ref={password}
          />
        )}
        {failure?.code.startsWith('keychain-') && <MemoryOnly />}
        <p id={noteId} className="text-note text-quiet">
          {unsent > 0
            ? `${unsent === 1 ? '1 message waits' : `${unsent} messages wait`} on this computer and will be sent after you sign in.`
            : `${isDemo ? 'The demo needs no password. ' : ''}The page behind stays as you left it.`}
        </p>
        <div className="flex flex-wrap gap-3">
          <Button
            ref={button}
            type="submit"
            look="primary"
            className="grow"
            aria-describedby={noteId}
            disabled={attempt !== null}
          >
            {attempt ? 'Signing in…' : 'Sign in'}
          </Button>
          {ended ? (
            <Button
              className="grow"
              disabled={attempt !== null}
              onClick={() => void client.ask('session:sign-out')}
            >
              Use another account
            </Button>
          ) : (
            <Button className="grow" onClick={onDone}>
              Not now
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
