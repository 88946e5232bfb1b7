import { Direction } from 'radix-ui'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Account, SessionState } from '../contract/model.ts'
import { capabilitiesOf, type Page, type Workspace } from '../contract/ipc.ts'
import type { EffectiveSettings } from '../contract/settings.ts'
import { useAppearance } from './appearance.ts'
import { AccountMenu } from './features/account/account-menu.tsx'
import { ConnectionPill } from './features/connection/connection-pill.tsx'
import { IdleWarning } from './features/idle/idle-warning.tsx'
import { KeychainPage } from './features/keychain/keychain-page.tsx'
import { Notices } from './features/notices/notices.tsx'
import { RoomPage } from './features/room/room-page.tsx'
import { isRoomPart, RoomWindow } from './features/room/room-window.tsx'
import { ShortcutsSheet } from './features/room/shortcuts-sheet.tsx'
import { SessionsPage } from './features/sessions/sessions-page.tsx'
import { PageRail } from './features/shell/page-rail.tsx'
import { SkipLink } from './features/shell/skip-link.tsx'
import { SignInElsewhere, SignInElsewhereDialog } from './features/sign-in/sign-in-elsewhere.tsx'
import { SignInAgainDialog } from './features/sign-in/sign-in-again-dialog.tsx'
import { SignInPage } from './features/sign-in/sign-in-page.tsx'
import { useStores } from './stores.tsx'
import { Button } from './ui/button.tsx'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { useFailureWords } from './ui/failure-words.ts'
import { PlainPage } from './ui/plain-page.tsx'
import { TopBar } from './ui/top-bar.tsx'

// The pages a class is taught from come with the window; the others when somebody goes there.
const LibraryPage = lazy(() => import('./features/library/library-page.tsx'))
const JobsPage = lazy(() => import('./features/jobs/jobs-page.tsx'))
const DiagnosticsPage = lazy(() => import('./features/diagnostics/diagnostics-page.tsx'))
const SettingsPage = lazy(() => import('./features/settings/settings-page.tsx'))

export function App() {
  const { window: store, client } = useStores()
  const { t, i18n } = useTranslation('common')
  const inWords = useFailureWords()
  const speaks = useAppearance()
  const workspace = useStore(store, (state) => state.workspace)
  const session = useStore(store, (state) => state.session)
  const settings = useStore(store, (state) => state.settings)
  const failure = useStore(store, (state) => state.failure)

  if (failure) {
    return (
      <PlainPage title={t('start.failed')} message={inWords(failure)}>
        <Button look="primary" onClick={() => location.reload()}>
          {t('start.reload')}
        </Button>
      </PlainPage>
    )
  }
  if (!workspace || !session || !settings || !speaks) return null
  return (
    // Radix's parts take the direction from here and not from the page, and are left to right without it.
    <Direction.Provider dir={i18n.dir()}>
      <div className="flex h-full flex-col">
        <Notices canSignIn={capabilitiesOf[client.window.kind].includes('account')} />
        {/* Positioned, or what is only read out would lie outside of it and make the window scroll as well. */}
        <div className="relative min-h-0 grow overflow-y-auto">
          <PageFor session={session} workspace={workspace} settings={settings} />
        </div>
      </div>
    </Direction.Provider>
  )
}

interface PageForProps {
  readonly session: SessionState
  readonly workspace: Workspace
  readonly settings: EffectiveSettings
}

function PageFor({ session, workspace, settings }: PageForProps) {
  const { client } = useStores()
  const { t } = useTranslation('common')
  const [signingInInstead, setSigningInInstead] = useState(false)
  const keychainProblem = workspace.keychain.problem
  const mayNotSignIn = !capabilitiesOf[client.window.kind].includes('account')

  switch (session.kind) {
    case 'restoring':
      return <PlainPage title="Lectern" message={t('start.restoring')} />
    case 'signed-out':
      if (mayNotSignIn) return <SignInElsewhere />
      return (
        <WithDiagnostics>
          {(toDiagnostics) => (
            <SignInPage
              workspace={workspace}
              settings={settings}
              message={session.reason === 'signed-out' ? t('start.signedOut') : ''}
              keychainProblem={keychainProblem}
              footer={toDiagnostics}
            />
          )}
        </WithDiagnostics>
      )
    case 'keychain-unavailable':
      if (mayNotSignIn) return <SignInElsewhere />
      return signingInInstead ? (
        <SignInPage
          workspace={workspace}
          settings={settings}
          message=""
          email={session.account.email}
          keychainProblem={session.problem}
          onBack={() => setSigningInInstead(false)}
        />
      ) : (
        <WithDiagnostics>
          {(toDiagnostics) => (
            <KeychainPage state={session} onSignIn={() => setSigningInInstead(true)} footer={toDiagnostics} />
          )}
        </WithDiagnostics>
      )
    default:
      return <SignedIn session={session} account={session.account} workspace={workspace} />
  }
}

/** Help may be needed most before anybody could sign in, and there is no rail then. */
function WithDiagnostics({ children }: { children: (toDiagnostics: ReactNode) => ReactNode }) {
  const { client } = useStores()
  const { t } = useTranslation('common')
  const [isOpen, setIsOpen] = useState(false)
  if (!capabilitiesOf[client.window.kind].includes('diagnostics')) return children(null)
  if (isOpen) {
    return (
      <Suspense fallback={null}>
        <div className="flex h-full flex-col">
          <DiagnosticsPage onBack={() => setIsOpen(false)} />
        </div>
      </Suspense>
    )
  }
  return children(
    <Button look="quiet" size="small" className="text-quiet" onClick={() => setIsOpen(true)}>
      {t('pages.diagnostics')}
    </Button>,
  )
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
  const { kind } = client.window
  const isMain = kind === 'main'
  const maySignIn = capabilitiesOf[kind].includes('account')

  const pages: Record<Page['name'], () => ReactNode> = {
    sessions: () => <SessionsPage />,
    room: () => sessionId && <RoomPage sessionId={sessionId} account={account} session={session} />,
    library: () => <LibraryPage />,
    jobs: () => <JobsPage />,
    diagnostics: () => <DiagnosticsPage />,
    settings: () => <SettingsPage />,
  }

  return (
    <div className="flex min-h-full flex-col roomy:h-full">
      {isRoomPart(kind) && sessionId ? (
        <ErrorBoundary>
          <RoomWindow part={kind} sessionId={sessionId} account={account} session={session} />
        </ErrorBoundary>
      ) : (
        <>
          {isMain && <SkipLink />}
          <TopBar
            {...(isMain && sessionId ? { onBack: () => goTo({ name: 'sessions' }) } : {})}
            connection={<ConnectionPill state={session} room={connection} />}
            account={<AccountMenu account={account} session={session} />}
          />
          <div className="flex min-h-0 grow flex-col sm:flex-row">
            {isMain && <PageRail />}
            <div className="flex min-h-0 min-w-0 grow flex-col">
              <ErrorBoundary key={sessionId ?? page.name}>
                <Suspense fallback={null}>{pages[page.name]()}</Suspense>
              </ErrorBoundary>
            </div>
          </div>
          <ShortcutsSheet />
        </>
      )}
      {ended && !maySignIn && <SignInElsewhereDialog ended={ended} />}
      {maySignIn && (ended || signingInAgain) && (
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
