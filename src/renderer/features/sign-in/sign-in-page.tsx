import type { FormEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Workspace } from '../../../contract/ipc.ts'
import type { KeychainProblem } from '../../../contract/model.ts'
import type { EffectiveSettings } from '../../../contract/settings.ts'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { Field } from '../../ui/field.tsx'
import { isManaged } from '../../ui/managed.tsx'
import { Mark } from '../../ui/mark.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { KeychainTrouble } from '../keychain/keychain-trouble.tsx'
import { wantsMemoryOnly } from './memory-only.tsx'
import { PasswordField } from './password-field.tsx'
import { ServerField } from './server-field.tsx'
import { textOf, useSignIn } from './use-sign-in.ts'

interface SignInPageProps {
  readonly workspace: Workspace
  readonly settings: EffectiveSettings
  /** Why this page is shown, in a sentence; empty when there is nothing to say. */
  readonly message: string
  readonly email?: string
  readonly keychainProblem: KeychainProblem | null
  readonly onBack?: () => void
  /** Stands last, for who cannot sign in. */
  readonly footer?: ReactNode
}

export function SignInPage({
  workspace,
  settings,
  message,
  email = '',
  onBack,
  footer,
  ...rest
}: SignInPageProps) {
  const { t } = useTranslation('sign-in')
  const inWords = useFailureWords()
  const attempted = useSignIn()
  const { form, alert, problems, failure, isWrong, attempt, signIn, signInToDemo } = attempted
  const keychainProblem = attempted.keychainProblem ?? rest.keychainProblem
  const { demo } = workspace
  const managed = isManaged(settings.serverUrl) ? settings.serverUrl : null
  const serverUrl = managed?.value ?? workspace.serverUrl
  const say = (problem: (typeof problems)[keyof typeof problems]) => problem && t(`problems.${problem}`)
  const isElsewhere = failure?.code === 'not-our-server' || failure?.code === 'offline'

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = textOf(event.currentTarget, 'serverUrl').trim()
    signIn({
      email: textOf(event.currentTarget, 'email').trim(),
      password: textOf(event.currentTarget, 'password'),
      memoryOnly: wantsMemoryOnly(event.currentTarget),
      ...(!managed && (typed ? typed !== serverUrl : !serverUrl) ? { serverUrl: typed } : {}),
    })
  }

  return (
    <main className="grid min-h-full grid-cols-1 items-center lg:grid-cols-[1fr_minmax(30rem,42%)]">
      <div className="hidden flex-col justify-between self-stretch p-12 lg:flex">
        <span className="flex items-center gap-3 text-lead font-semibold">
          <Mark className="size-9" />
          Lectern
        </span>
        <p className="text-promise font-semibold">
          <span className="block max-w-[10em] text-balance">{t('promise.first')}</span>{' '}
          <span className="block max-w-[10em] text-balance text-accent">{t('promise.second')}</span>
        </p>
      </div>
      <div className="flex min-h-full justify-center border-line px-5 py-10 sm:items-center sm:px-12 lg:border-s lg:bg-surface">
        <div className="w-full max-w-[25rem]">
          <Mark className="mb-6 size-11 lg:hidden" />
          <PageTitle className="text-title font-semibold">{t('title')}</PageTitle>
          {message && <p className="mt-1.5 text-quiet">{message}</p>}

          <form ref={form} noValidate onSubmit={submit} className="mt-7 flex flex-col gap-4.5">
            {failure && <Alert ref={alert} message={inWords(failure)} />}
            <Field
              label={t('email')}
              name="email"
              type="email"
              dir="ltr"
              autoComplete="username"
              autoCapitalize="none"
              defaultValue={email}
              problem={say(problems.email)}
              spellCheck={false}
              {...(isWrong ? { 'aria-invalid': true } : {})}
            />
            <PasswordField problem={say(problems.password)} isWrong={isWrong} />
            {keychainProblem && <KeychainTrouble problem={keychainProblem} />}
            <ServerField
              address={serverUrl}
              managed={managed}
              problem={say(problems.serverUrl)}
              isOpen={isElsewhere || !serverUrl}
            />
            <div className="mt-1 flex flex-col gap-3">
              <Button type="submit" look="primary" className="min-h-12" disabled={attempt !== null}>
                {t(attempt === 'form' ? 'submitting' : 'submit')}
              </Button>
              {onBack && <Button onClick={onBack}>{t('back')}</Button>}
            </div>
          </form>

          {demo && (
            <div className="mt-7 border-t border-line pt-6">
              <Button className="min-h-12 w-full" onClick={signInToDemo} disabled={attempt !== null}>
                {attempt === 'demo' ? t('demo.opening') : t('demo.open', { name: demo.displayName })}
              </Button>
              <p className="mt-2.5 text-note text-quiet">{t('demo.hint')}</p>
            </div>
          )}
          {footer && <div className="mt-6 flex justify-center">{footer}</div>}
        </div>
      </div>
    </main>
  )
}
