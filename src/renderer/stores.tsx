/** The stores of one window, wired to its session client. Parts reach them through `useStores`. */
import { createContext, use, type ReactNode } from 'react'
import { createStore, type StoreApi } from 'zustand'
import type { Workspace } from '../contract/ipc.ts'
import type { Failure, SessionState } from '../contract/model.ts'
import { isConnected } from './features/connection/connection-words.ts'
import { createActivityReport, watchInput } from './features/idle/activity.ts'
import { createNoticesStore, type NoticesStore } from './features/notices/notices-store.ts'
import { createDraftsStore, type DraftsStore } from './features/room/drafts-store.ts'
import { createRoomsStore, type RoomsStore } from './features/room/rooms-store.ts'
import { createSessionsStore, type SessionsStore } from './features/sessions/sessions-store.ts'
import type { SessionClient } from './session-client.ts'

export type Page = { readonly name: 'sessions' } | { readonly name: 'room'; readonly sessionId: string }

export interface WindowState {
  readonly workspace: Workspace | null
  readonly session: SessionState | null
  /** Main gave no answer at all. */
  readonly failure: Failure | null
  readonly page: Page
  /** A person wants a new sign-in before the one they have ends. */
  readonly signingInAgain: boolean
}

export interface Stores {
  readonly client: SessionClient
  readonly window: StoreApi<WindowState>
  readonly sessions: SessionsStore
  readonly rooms: RoomsStore
  readonly drafts: DraftsStore
  readonly notices: NoticesStore
  /** Somebody is at this window. */
  reportActivity(): void
  goTo(page: Page): void
}

const MINUTE = 60_000

export function createStores(client: SessionClient): Stores {
  const { kind, sessionId } = client.window
  const window = createStore<WindowState>(() => ({
    workspace: null,
    session: null,
    failure: null,
    page: kind === 'room' && sessionId ? { name: 'room', sessionId } : { name: 'sessions' },
    signingInAgain: false,
  }))
  const sessions = createSessionsStore(client)
  const rooms = createRoomsStore(client)
  const notices = createNoticesStore()
  const current = () => window.getState().session
  const person = () => {
    const session = current()
    return session && 'account' in session ? session.account.id : null
  }
  const drafts = createDraftsStore(client, person, notices.getState().show)
  const reportActivity = createActivityReport(client, current)
  watchInput(globalThis, reportActivity)

  const failed = (failure: Failure) => window.setState({ failure })
  void client.ask('workspace:get').then((answer) => {
    if (answer.ok) window.setState({ workspace: answer.value })
    else failed(answer.failure)
  })
  let endsAt = -Infinity
  client.followSession((session) => {
    const before = current()
    window.setState({ session, failure: null })

    if (session.kind === 'signed-out') {
      rooms.getState().closeAll()
      drafts.getState().forgetKept()
      sessions.getState().forget()
      notices.getState().withdraw('session-ending')
      window.setState({ signingInAgain: false })
      if (kind === 'main') window.setState({ page: { name: 'sessions' } })
    }
    if ('sessionExpiresAt' in session && session.sessionExpiresAt !== null) {
      // Each renewal names the end anew, a second here or there; a new sign-in moves it on.
      if (session.sessionExpiresAt > endsAt + MINUTE) notices.getState().withdraw('session-ending')
      endsAt = session.sessionExpiresAt
    }
    if (isConnected(session) && before && !isConnected(before)) {
      void sessions.getState().refresh()
      rooms.getState().catchUp(before.kind === 'reauth-required')
      drafts.getState().keepAll()
    }
  }, failed)
  client.onNotice(notices.getState().show)

  return {
    client,
    window,
    sessions,
    rooms,
    drafts,
    notices,
    reportActivity,
    goTo: (page) => window.setState({ page }),
  }
}

const StoresContext = createContext<Stores | null>(null)

export function StoresProvider({ stores, children }: { stores: Stores; children: ReactNode }) {
  return <StoresContext value={stores}>{children}</StoresContext>
}

export function useStores(): Stores {
  const stores = use(StoresContext)
  if (!stores) throw new Error('this part of the page stands outside StoresProvider')
  return stores
}
