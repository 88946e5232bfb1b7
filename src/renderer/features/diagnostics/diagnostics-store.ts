/** What the diagnostics page knows: the journal as it grows, how the session does, and the last health checks. */
import { createStore, type StoreApi } from 'zustand'
import type {
  HealthCheck,
  SessionFacts,
  SupportBundle,
  TimelineEntry,
} from '../../../contract/diagnostics.ts'
import type { Failure } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

export const DAY = 24 * 60 * 60_000
/** As many as main gives at once. */
const MOST = 20_000
/** A burst of events is drawn once. */
const TOGETHER_MS = 250

export interface DiagnosticsState {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[]
  /** Whether that is everything of the last 24 hours. */
  readonly complete: boolean
  readonly status: 'loading' | 'shown' | 'failed'
  readonly failure: Failure | null
  readonly facts: SessionFacts | null
  readonly checks: { readonly at: number; readonly items: readonly HealthCheck[] } | null
  readonly checking: boolean
  readonly checkFailure: Failure | null
  readonly bundle: SupportBundle | null
  readonly bundleFailure: Failure | null
}

export interface DiagnosticsStore extends StoreApi<DiagnosticsState> {
  /** Follows what happens until the returned function is called. */
  follow(): () => void
  load(): Promise<void>
  check(): Promise<void>
  prepareBundle(): Promise<void>
  closeBundle(): void
}

type Client = Pick<SessionClient, 'ask' | 'on'>

export function createDiagnosticsStore(client: Client, now: () => number = Date.now): DiagnosticsStore {
  const store = createStore<DiagnosticsState>(() => ({
    entries: [],
    complete: true,
    status: 'loading',
    failure: null,
    facts: null,
    checks: null,
    checking: false,
    checkFailure: null,
    bundle: null,
    bundleFailure: null,
  }))
  let arrived: TimelineEntry[] = []
  let timer: ReturnType<typeof setTimeout> | null = null
  let asked = 0

  const draw = () => {
    timer = null
    if (arrived.length === 0 || store.getState().status !== 'shown') return
    const { entries, complete } = store.getState()
    const all = [...entries, ...arrived]
    arrived = []
    const since = now() - DAY
    const recent = all.filter(({ wall }) => wall >= since)
    store.setState({
      entries: recent.slice(-MOST),
      complete: complete && recent.length <= MOST,
    })
  }

  async function load(): Promise<void> {
    const answer = await client.ask('diagnostics:timeline', { since: now() - DAY })
    if (!answer.ok) {
      if (store.getState().status !== 'shown') store.setState({ status: 'failed', failure: answer.failure })
      return
    }
    const { entries, complete } = answer.value
    // Recorded while the journal was read: in it already, or heard since.
    const known = new Set(entries.slice(-1000).map(identity))
    arrived = arrived.filter((entry) => !known.has(identity(entry)))
    store.setState({ entries, complete, status: 'shown', failure: null })
    draw()
  }

  return {
    ...store,
    load,

    follow() {
      const stops = [
        client.on('diagnostics:entry', (entry) => {
          arrived.push(entry)
          if (arrived.length > MOST) arrived = arrived.slice(-MOST)
          timer ??= setTimeout(draw, TOGETHER_MS)
        }),
        client.on('session:facts', (facts) => store.setState({ facts })),
      ]
      void load()
      void client.ask('session:facts').then((answer) => {
        if (answer.ok) store.setState(({ facts }) => ({ facts: facts ?? answer.value }))
      })
      return () => {
        for (const stop of stops) stop()
        if (timer !== null) clearTimeout(timer)
        timer = null
      }
    },

    async check() {
      if (store.getState().checking) return
      store.setState({ checking: true, checkFailure: null })
      const answer = await client.ask('diagnostics:check')
      store.setState({ checking: false })
      if (answer.ok) store.setState({ checks: { at: answer.value.at, items: answer.value.checks } })
      else store.setState({ checkFailure: answer.failure })
    },

    async prepareBundle() {
      const mine = ++asked
      store.setState({ bundle: null, bundleFailure: null })
      const answer = await client.ask('diagnostics:bundle')
      if (mine !== asked) return
      if (answer.ok) store.setState({ bundle: answer.value })
      else store.setState({ bundleFailure: answer.failure })
    },

    closeBundle() {
      asked++
      store.setState({ bundle: null, bundleFailure: null })
    },
  }
}

const identity = ({ wall, monotonic, event }: TimelineEntry) => `${wall} ${monotonic} ${event}`
