import { useId, useRef, type FormEvent } from 'react'
import { useStore } from 'zustand'
import type { SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { unsentCount } from '../room/rooms-store.ts'
import { textOf, useSignIn } from './use-sign-in.ts'

type Ended = Extract<SessionState, { kind: 'reauth-required' }>

/** The server ended the session. The page behind stays as it is, with everything that was written in it. */
export function SignInAgainDialog({ ended }: { ended: Ended }) {
  const { client, rooms } = useStores()
  const { form, alert, problems, failure, attempt, signIn } = useSignIn()
  const unsent = useStore(rooms, unsentCount)
  const noteId = useId()
  const password = useRef<HTMLInputElement>(null)
  const { email } = ended.account

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    signIn({
      email,
      password: textOf(event.currentTarget, 'password'),
      memoryOnly: textOf(event.currentTarget, 'memoryOnly') === 'on',
    })
  }

  return (
    <Dialog title="Sign in again to carry on" description={ended.message} initialFocus={password}>
      <form ref={form} noValidate onSubmit={submit} className="mt-6 flex flex-col gap-4.5">
        {failure && <Alert ref={alert} message={failure.message} />}
        <Field label="E-mail address" type="email" autoComplete="username" value={email} readOnly />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          problem={problems.password}
          ref={password}
        />
        {failure?.code.startsWith('keychain-') && (
          <Checkbox
            name="memoryOnly"
            label="Stay signed in until I quit"
            hint="Your sign-in is kept in memory only, and is gone when you quit Lectern."
          />
        )}
        <p id={noteId} className="text-note text-quiet">
          {unsent > 0
            ? `${unsent === 1 ? '1 message waits' : `${unsent} messages wait`} on this computer and will be sent after you sign in.`
            : 'The page behind stays as you left it.'}
        </p>
        <div className="flex flex-wrap gap-3">
          <Button
            type="submit"
            look="primary"
            className="grow"
            aria-describedby={noteId}
            disabled={attempt !== null}
          >
            {attempt ? 'Signing in…' : 'Sign in'}
          </Button>
          <Button
            className="grow"
            disabled={attempt !== null}
            onClick={() => void client.ask('session:sign-out')}
          >
            Use another account
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
