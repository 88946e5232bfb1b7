import { useState } from 'react'
import type { KeychainProblem, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PlainPage } from '../../ui/plain-page.tsx'

type Unavailable = Extract<SessionState, { kind: 'keychain-unavailable' }>

const titleOf: Readonly<Record<KeychainProblem, string>> = {
  missing: 'This computer has no keychain',
  locked: 'Your keychain is locked',
  denied: 'The keychain said no',
  broken: 'The keychain does not answer',
}

export function KeychainPage({ state, onSignIn }: { state: Unavailable; onSignIn: () => void }) {
  const { client } = useStores()
  const [asking, setAsking] = useState(false)

  const retry = async () => {
    setAsking(true)
    await client.ask('session:retry')
    setAsking(false)
  }

  return (
    <PlainPage title={titleOf[state.problem]} message={state.message}>
      <Button look="primary" onClick={() => void retry()} disabled={asking}>
        Try again
      </Button>
      <Button onClick={onSignIn}>Sign in again</Button>
      <p className="w-full pt-3 text-note text-quiet">
        You are still signed in as {state.account.email}. Lectern only needs the keychain to give back your
        sign-in.
      </p>
    </PlainPage>
  )
}
