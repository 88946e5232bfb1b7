import { useId, useRef, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Account } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { Field } from '../../ui/field.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { KeychainTrouble } from '../keychain/keychain-trouble.tsx'
import { unsentCount } from '../room/rooms-store.ts'
import { endedInWords, type Ended } from './ended-words.ts'
import { wantsMemoryOnly } from './memory-only.tsx'
import { PasswordField } from './password-field.tsx'
import { textOf, useSignIn } from './use-sign-in.ts'

interface SignInAgainProps {
  readonly account: Account
  /** Null while the sign-in still lasts and a person wants a new one before it ends. */
  readonly ended: Ended | null
  /** When the sign-in ends, in epoch milliseconds; null when nobody knows. */
  readonly endsAt: number | null
  /** Nobody knows the password of the demo, and nobody needs it. */
  readonly isDemo: boolean
  readonly onDone: () => void
}

/** The page behind stays as it is, with everything that was written in it. */
export function SignInAgainDialog({ account, ended, endsAt, isDemo, onDone }: SignInAgainProps) {
  const { client, rooms } = useStores()
  const { t } = useTranslation('sign-in')
  const inWords = useFailureWords()
  const time = useTimeWords()
  const attempted = useSignIn({ onSignedIn: onDone })
  const { form, alert, problems, failure, isWrong, keychainProblem, attempt, signIn, signInToDemo } =
    attempted
  const unsent = useStore(rooms, unsentCount)
  const noteId = useId()
  const now = useNow(60_000)
  const password = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const { email } = account
  const lasts = endsAt !== null && t('again.lasts', { moment: time.dayAndTime(endsAt, now) })
  const renews = [lasts, t('again.fresh')].filter(Boolean).join(' ')
  const stays = [isDemo && t('again.demo'), t('again.stays')].filter(Boolean).join(' ')

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
      title={t(ended ? 'again.titleEnded' : 'again.title')}
      description={ended ? endedInWords(ended, t, time, now) : renews}
      initialFocus={isDemo ? button : password}
      {...(ended ? {} : { onDismiss: onDone })}
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-6 flex flex-col gap-4.5">
        {failure && <Alert ref={alert} message={inWords(failure)} />}
        <Field label={t('email')} type="email" dir="ltr" autoComplete="username" value={email} readOnly />
        {!isDemo && (
          <PasswordField
            problem={problems.password && t(`problems.${problems.password}`)}
            isWrong={isWrong}
            ref={password}
          />
        )}
        {keychainProblem && <KeychainTrouble problem={keychainProblem} />}
        <p id={noteId} className="text-note text-quiet">
          {unsent > 0 ? t('again.unsent', { count: unsent }) : stays}
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
            {t(attempt ? 'submitting' : 'submit')}
          </Button>
          {ended ? (
            <Button
              className="grow"
              disabled={attempt !== null}
              onClick={() => void client.ask('session:sign-out')}
            >
              {t('again.other')}
            </Button>
          ) : (
            <Button className="grow" onClick={onDone}>
              {t('again.notNow')}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
