import { useEffect, useRef, useState } from 'react'
import type { Failure, KeychainProblem, Result } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { checkCredentials, type FieldProblems, type SignInInput } from './credentials-check.ts'

type Attempt = 'form' | 'demo'

const keychainProblems: Partial<Record<Failure['code'], KeychainProblem>> = {
  'keychain-missing': 'missing',
  'keychain-locked': 'locked',
  'keychain-denied': 'denied',
  'keychain-broken': 'broken',
}

/** What both ways of signing in, the page and the dialog, do alike. */
export function useSignIn({ onSignedIn }: { readonly onSignedIn?: () => void } = {}) {
  const { client } = useStores()
  const form = useRef<HTMLFormElement>(null)
  const alert = useRef<HTMLDivElement>(null)
  const [problems, setProblems] = useState<FieldProblems>({})
  const [failure, setFailure] = useState<Failure | null>(null)
  const [attempt, setAttempt] = useState<Attempt | null>(null)
  const isWrong = failure?.code === 'wrong-credentials'

  // After the words are on screen, so that a screen reader finds them where the focus lands.
  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>('[aria-invalid]')?.focus()
  }, [problems])
  useEffect(() => {
    const password = form.current?.elements.namedItem('password')
    if (isWrong && password instanceof HTMLInputElement) password.select()
    else if (failure) alert.current?.focus()
  }, [failure, isWrong])

  const attemptWith = async (kind: Attempt, ask: () => Promise<Result<void>>) => {
    if (attempt) return
    setAttempt(kind)
    setFailure(null)
    setProblems({})
    const answer = await ask()
    setAttempt(null)
    if (answer.ok) onSignedIn?.()
    else setFailure(answer.failure)
  }

  return {
    form,
    alert,
    problems,
    failure,
    /** The server does not say which of the two is wrong, so that nobody can try out addresses. */
    isWrong,
    /** Why the sign-in could not be kept; null when that is not what failed. */
    keychainProblem: (failure && keychainProblems[failure.code]) ?? null,
    attempt,
    signIn(input: SignInInput) {
      const found = checkCredentials(input)
      if (Object.keys(found).length > 0) {
        setFailure(null)
        setProblems(found)
        return
      }
      void attemptWith('form', () => client.ask('session:sign-in', input))
    },
    signInToDemo: () => void attemptWith('demo', () => client.ask('session:sign-in-demo')),
  }
}

/** A text field of a submitted form; empty when it is not there. */
export function textOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}
