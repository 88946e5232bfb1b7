/** The stores of one window, wired to its session client. Parts reach them through `useStores`. */
import { createContext, use, type ReactNode } from 'react'
import { createStore, type StoreApi } from 'zustand'
import type { Workspace } from '../contract/ipc.ts'
import type { Failure, SessionState } from '../contract/model.ts'
import { createNoticesStore, type NoticesStore } from './features/notices/notices-store.ts'
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
}

export interface Stores {
  readonly client: SessionClient
  readonly window: StoreApi<WindowState>
  readonly sessions: SessionsStore
  readonly rooms: RoomsStore
  readonly notices: NoticesStore
  goTo(page: Page): void
}

export function createStores(client: SessionClient): Stores {
  const { kind, sessionId } = client.window
  const window = createStore<WindowState>(() => ({
    workspace: null,
    session: null,
    failure: null,
    page: kind === 'room' && sessionId ? { name: 'room', sessionId } : { name: 'sessions' },
  }))
  const sessions = createSessionsStore(client)
  const rooms = createRoomsStore(client)
  const notices = createNoticesStore()

  const failed = (failure: Failure) => window.setState({ failure })
  void client.ask('workspace:get').then((answer) => {
    if (answer.ok) window.setState({ workspace: answer.value })
    else failed(answer.failure)
  })
  client.followSession((session) => {
    const before = window.getState().session
    window.setState({ session, failure: null })

    if (session.kind === 'signed-out') {
      rooms.getState().closeAll()
      sessions.getState().forget()
      if (kind === 'main') window.setState({ page: { name: 'sessions' } })
    }
    const answersAgain =
      session.kind === 'active' && before?.kind !== 'active' && before?.kind !== 'refreshing'
    if (answersAgain && before) {
      void sessions.getState().refresh()
      rooms.getState().catchUp(before.kind === 'reauth-required')
    }
  }, failed)
  client.onNotice(notices.getState().show)

  return { client, window, sessions, rooms, notices, goTo: (page) => window.setState({ page }) }
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
