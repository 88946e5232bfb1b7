import { useState } from 'react'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../contract/model.ts'
import type { Workspace } from '../contract/ipc.ts'
import { AccountMenu } from './features/account/account-menu.tsx'
import { ConnectionPill } from './features/connection/connection-pill.tsx'
import { IdleWarning } from './features/idle/idle-warning.tsx'
import { KeychainPage } from './features/keychain/keychain-page.tsx'
import { Notices } from './features/notices/notices.tsx'
import { RoomPage } from './features/room/room-page.tsx'
import { SessionsPage } from './features/sessions/sessions-page.tsx'
import { SignInAgainDialog } from './features/sign-in/sign-in-again-dialog.tsx'
import { SignInPage } from './features/sign-in/sign-in-page.tsx'
import { useStores } from './stores.tsx'
import { Button } from './ui/button.tsx'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { PlainPage } from './ui/plain-page.tsx'
import { TopBar } from './ui/top-bar.tsx'

export function App() {
  const store = useStores().window
  const workspace = useStore(store, (state) => state.workspace)
  const session = useStore(store, (state) => state.session)
  const failure = useStore(store, (state) => state.failure)

  if (failure) {
    return (
      <PlainPage title="This window could not start" message={failure.message}>
        <Button look="primary" onClick={() => location.reload()}>
          Reload this window
        </Button>
      </PlainPage>
    )
  }
  if (!workspace || !session) return null
  return (
    <div className="flex h-full flex-col">
      <Notices />
      <div className="min-h-0 grow overflow-y-auto">
        <PageFor session={session} workspace={workspace} />
      </div>
    </div>
  )
}

function PageFor({ session, workspace }: { session: SessionState; workspace: Workspace }) {
  const [signingInInstead, setSigningInInstead] = useState(false)
  const keychainMessage = workspace.keychain.problem ? workspace.keychain.message : null

  switch (session.kind) {
    case 'restoring':
      return <PlainPage title="Lectern" message="Picking up where you left off…" />
    case 'signed-out':
      return <SignInPage workspace={workspace} message={session.message} keychainMessage={keychainMessage} />
    case 'keychain-unavailable':
      return signingInInstead ? (
        <SignInPage
          workspace={workspace}
          message=""
          email={session.account.email}
          keychainMessage={session.message}
          onBack={() => setSigningInInstead(false)}
        />
      ) : (
        <KeychainPage state={session} onSignIn={() => setSigningInInstead(true)} />
      )
    default:
      return <SignedIn session={session} account={session.account} workspace={workspace} />
  }
}

type SignedInState = Exclude<SessionState, { kind: 'restoring' | 'signed-out' | 'keychain-unavailable' }>

interface SignedInProps {
  readonly session: SignedInState
  readonly account: Account
  readonly workspace: Workspace
}

function SignedIn({ session, account, workspace }: SignedInProps) {
  const { window, rooms, client, goTo, reportActivity } = useStores()
  const page = useStore(window, (state) => state.page)
  const signingInAgain = useStore(window, (state) => state.signingInAgain)
  const ended = session.kind === 'reauth-required' ? session : null
  const sessionId = page.name === 'room' ? page.sessionId : null
  const room = useStore(rooms, (state) => (sessionId ? state.rooms[sessionId] : undefined))
  const connection =
    room?.status === 'opening' && room.state ? 'connecting' : (room?.state?.connection ?? null)
  const isMain = client.window.kind === 'main'

  return (
    <div className="flex min-h-full flex-col roomy:h-full">
      <TopBar
        {...(isMain && sessionId ? { onBack: () => goTo({ name: 'sessions' }) } : {})}
        connection={<ConnectionPill state={session} room={connection} />}
        account={<AccountMenu account={account} session={session} />}
      />
      <ErrorBoundary key={sessionId ?? 'sessions'}>
        {sessionId ? (
          <RoomPage sessionId={sessionId} account={account} session={session} />
        ) : (
          <SessionsPage />
        )}
      </ErrorBoundary>
      {(ended || signingInAgain) && (
        <SignInAgainDialog
          account={account}
          ended={ended}
          endsAt={'sessionExpiresAt' in session ? session.sessionExpiresAt : null}
          isDemo={workspace.demo?.email === account.email}
          onDone={() => window.setState({ signingInAgain: false })}
        />
      )}
      {session.kind === 'idle-warning' && <IdleWarning warning={session} onStay={reportActivity} />}
    </div>
  )
}
