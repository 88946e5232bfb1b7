import { ChevronDown } from 'lucide-react'
import { Collapsible } from 'radix-ui'
import type { FormEvent } from 'react'
import type { Workspace } from '../../../contract/ipc.ts'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Mark } from '../../ui/mark.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { MemoryOnly, wantsMemoryOnly } from './memory-only.tsx'
import { textOf, useSignIn } from './use-sign-in.ts'

interface SignInPageProps {
  readonly workspace: Workspace
  /** Why this page is shown, in a sentence; empty when there is nothing to say. */
  readonly message: string
  readonly email?: string
  /** What is wrong with the keychain, in a sentence. */
  readonly keychainMessage: string | null
  readonly onBack?: () => void
}

export function SignInPage({ workspace, message, email = '', keychainMessage, onBack }: SignInPageProps) {
  const { form, alert, problems, failure, attempt, signIn, signInToDemo } = useSignIn()
  const { demo, serverUrl } = workspace
  const offersMemoryOnly = keychainMessage !== null || failure?.code.startsWith('keychain-') === true

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = textOf(event.currentTarget, 'serverUrl').trim()
    signIn({
      email: textOf(event.currentTarget, 'email').trim(),
      password: textOf(event.currentTarget, 'password'),
      memoryOnly: wantsMemoryOnly(event.currentTarget),
      ...(typed && typed !== serverUrl ? { serverUrl: typed } : {}),
    })
  }

  return (
    <main className="grid min-h-full items-center lg:grid-cols-[1fr_minmax(30rem,42%)]">
      <div className="hidden flex-col justify-between self-stretch p-12 lg:flex">
        <span className="flex items-center gap-3 text-lead font-semibold">
          <Mark className="size-9" />
          Lectern
        </span>
        <p className="text-promise font-semibold">
          <span className="block max-w-[10em] text-balance">Never signed out by accident.</span>{' '}
          <span className="block max-w-[10em] text-balance text-accent">Nothing you wrote is ever lost.</span>
        </p>
      </div>
      <div className="flex min-h-full justify-center border-line px-5 py-10 sm:items-center sm:px-12 lg:border-l lg:bg-surface">
        <div className="w-full max-w-[25rem]">
          <Mark className="mb-6 size-11 lg:hidden" />
          <PageTitle className="text-title font-semibold">Sign in to Lectern</PageTitle>
          {message && <p className="mt-1.5 text-quiet">{message}</p>}

          <form ref={form} noValidate onSubmit={submit} className="mt-7 flex flex-col gap-4.5">
            {failure && <Alert ref={alert} message={failure.message} />}
            <Field
              label="E-mail address"
              name="email"
              type="email"
              autoComplete="username"
              defaultValue={email}
              problem={problems.email}
              spellCheck={false}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              problem={problems.password}
            />
            {offersMemoryOnly && (
              <div className="flex flex-col gap-3 rounded-control bg-warn-wash p-4">
                {keychainMessage && <p className="text-warn">{keychainMessage}</p>}
                <MemoryOnly />
              </div>
            )}
            <Server address={serverUrl} problem={problems.serverUrl} />
            <div className="mt-1 flex flex-col gap-3">
              <Button type="submit" look="primary" className="min-h-12" disabled={attempt !== null}>
                {attempt === 'form' ? 'Signing in…' : 'Sign in'}
              </Button>
              {onBack && <Button onClick={onBack}>Back</Button>}
            </div>
          </form>

          {demo && (
            <div className="mt-7 border-t border-line pt-6">
              <Button className="min-h-12 w-full" onClick={signInToDemo} disabled={attempt !== null}>
                {attempt === 'demo'
                  ? 'Opening the demo workspace…'
                  : `Open the demo workspace as ${demo.displayName}`}
              </Button>
              <p className="mt-2.5 text-note text-quiet">
                It runs on this computer. There is nothing to install and no password to type.
              </p>
            </div>
          )}
        </div>
      </div>
    </main>
  )
}

function Server({ address, problem }: { address: string; problem: string | undefined }) {
  return (
    <Collapsible.Root {...(problem ? { open: true } : {})}>
      <Collapsible.Trigger className="group -mx-1.5 flex max-w-full cursor-pointer items-center gap-1.5 rounded-small px-1.5 py-1 text-note text-quiet">
        <span className="truncate">Server: {hostOf(address)}</span>
        <ChevronDown
          aria-hidden
          className="size-4.5 shrink-0 transition-transform group-data-[state=open]:rotate-180"
        />
      </Collapsible.Trigger>
      <Collapsible.Content forceMount className="pt-2.5 data-[state=closed]:hidden">
        <Field
          label="Server address"
          name="serverUrl"
          type="url"
          defaultValue={address}
          problem={problem}
          hint="Your school or company tells you this address."
          spellCheck={false}
        />
      </Collapsible.Content>
    </Collapsible.Root>
  )
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
