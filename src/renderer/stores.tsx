/** The stores of one window, wired to its session client. Parts reach them through `useStores`. */
import { createContext, use, type ReactNode } from 'react'
import { createStore, type StoreApi } from 'zustand'
import type { Page, Workspace } from '../contract/ipc.ts'
import type { Failure, SessionState } from '../contract/model.ts'
import type { EffectiveSettings } from '../contract/settings.ts'
import {
  createConversationsStore,
  type ConversationsStore,
} from './features/assistant/conversations-store.ts'
import { isConnected } from './features/connection/connection-words.ts'
import { createActivityReport, watchInput } from './features/idle/activity.ts'
import { createCreditsStore, type CreditsStore } from './features/credits/credits-store.ts'
import { createJobsStore, type JobsStore } from './features/jobs/jobs-store.ts'
import { createLibraryStore, type LibraryStore } from './features/library/library-store.ts'
import { createUploadsStore, type UploadsStore } from './features/library/uploads-store.ts'
import { createNoticesStore, type NoticesStore } from './features/notices/notices-store.ts'
import { createDraftsStore, type DraftsStore } from './features/room/drafts-store.ts'
import { createRoomsStore, type RoomsStore } from './features/room/rooms-store.ts'
import { createPlanningStore, type PlanningStore } from './features/sessions/planning-store.ts'
import { createSessionsStore, type SessionsStore } from './features/sessions/sessions-store.ts'
import type { SessionClient } from './session-client.ts'

export interface WindowState {
  readonly workspace: Workspace | null
  readonly session: SessionState | null
  readonly settings: EffectiveSettings | null
  /** Main gave no answer at all. */
  readonly failure: Failure | null
  readonly page: Page
  /** When the sign-in ends, in epoch milliseconds, as was last heard of it; null when nobody knows. */
  readonly signInEndsAt: number | null
  /** A person wants a new sign-in before the one they have ends. */
  readonly signingInAgain: boolean
}

export interface Stores {
  readonly client: SessionClient
  readonly window: StoreApi<WindowState>
  readonly sessions: SessionsStore
  readonly planning: PlanningStore
  readonly rooms: RoomsStore
  readonly drafts: DraftsStore
  readonly notices: NoticesStore
  readonly conversations: ConversationsStore
  readonly jobs: JobsStore
  readonly library: LibraryStore
  readonly uploads: UploadsStore
  readonly credits: CreditsStore
  /** Somebody is at this window. */
  reportActivity(): void
  goTo(page: Page): void
}

export function createStores(client: SessionClient): Stores {
  const { kind, sessionId } = client.window
  const window = createStore<WindowState>(() => ({
    workspace: null,
    session: null,
    settings: null,
    failure: null,
    page: sessionId ? { name: 'room', sessionId } : { name: 'sessions' },
    signInEndsAt: null,
    signingInAgain: false,
  }))
  const sessions = createSessionsStore(client)
  const rooms = createRoomsStore(client)
  const notices = createNoticesStore()
  const conversations = createConversationsStore(client)
  const planning = createPlanningStore(
    client,
    (session, isNew) => {
      if (isNew) sessions.getState().reveal(session)
      const begun = isNew && session.status === 'live'
      sessions.getState().take(session, begun ? 'started' : isNew ? 'planned' : 'changed')
    },
    notices.getState().show,
  )
  const library = createLibraryStore(client)
  const uploads = createUploadsStore({
    client,
    unfinished: () => library.getState().files?.filter(({ status }) => status === 'uploading') ?? [],
    arrived: (file) => library.getState().put(file),
  })
  const credits = createCreditsStore(client)
  const jobs = createJobsStore({
    client,
    spent: () => void credits.getState().refresh(),
    ended(job) {
      const { name } = window.getState().page
      const isSeen = name === 'jobs' || (name === 'library' && job.order.kind === 'audio-analysis')
      if (!isSeen && job.status !== 'cancelled') notices.getState().announce(job)
    },
  })
  const current = () => window.getState().session
  const person = () => {
    const session = current()
    return session && 'account' in session ? session.account.id : null
  }
  const drafts = createDraftsStore(client, person, notices.getState().show)
  client.on('draft:changed', drafts.getState().changed)
  const reportActivity = createActivityReport(client, current)
  watchInput(globalThis, reportActivity)

  const failed = (failure: Failure) => window.setState({ failure })
  void client.ask('workspace:get').then((answer) => {
    if (!answer.ok) return failed(answer.failure)
    const { page } = answer.value
    window.setState({ workspace: answer.value, ...(kind === 'main' && page ? { page } : {}) })
  })
  client.on('settings:changed', (settings) => window.setState({ settings }))
  void client.ask('settings:get').then((answer) => {
    if (answer.ok) window.setState({ settings: answer.value })
    else failed(answer.failure)
  })
  const goTo = (page: Page) => {
    window.setState({ page })
    if (kind === 'main') void client.ask('windows:page', { page })
  }
  client.on('page:open', ({ page }) => goTo(page))
  client.followSession((session) => {
    const before = current()
    window.setState({ session, failure: null })
    uploads.getState().setReachable(isConnected(session))

    if (session.kind === 'signed-out') {
      rooms.getState().closeAll()
      drafts.getState().forgetKept()
      sessions.getState().forget()
      planning.getState().forget()
      for (const store of [library, uploads, credits, jobs, conversations]) store.getState().forget()
      window.setState({ signingInAgain: false, signInEndsAt: null })
      if (kind === 'main') goTo({ name: 'sessions' })
    }
    if ('sessionExpiresAt' in session) window.setState({ signInEndsAt: session.sessionExpiresAt })
    if (session.kind === 'reauth-required') window.setState({ signInEndsAt: null })
    if (isConnected(session) && before && !isConnected(before)) {
      rooms.getState().catchUp(before.kind === 'reauth-required')
      drafts.getState().keepAll()
      if (kind === 'main') void jobs.getState().refresh()
    }
  }, failed)
  client.onNotice((failure) => {
    // Shown from the state itself, in every window.
    if (failure.code !== 'session-ending') notices.getState().show(failure)
  })

  return {
    client,
    window,
    sessions,
    planning,
    rooms,
    drafts,
    notices,
    conversations,
    jobs,
    library,
    uploads,
    credits,
    reportActivity,
    goTo,
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
