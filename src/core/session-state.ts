/** The state that is published: its version, who listens, and who waits until calls may be sent. */
import { fail, succeed, type Account, type Result, type SessionState } from '../contract/model.ts'
import { transition, type Effect, type LifecycleEvent } from './lifecycle.ts'
import type { Clock } from './ports.ts'
import type { SessionListeners, Versioned } from './session.ts'
import type { Recorder } from './timeline.ts'

export interface StateHolder {
  now(): SessionState
  versioned(): Versioned<SessionState>
  account(): Account | null
  /** Moves the state machine, tells everybody, then runs the effects. */
  dispatch(event: LifecycleEvent): void
  /** Ask the server or the keychain now, instead of at the next planned time. */
  retry(): void
  publish<K extends keyof SessionListeners>(kind: K, ...what: Parameters<SessionListeners[K]>): void
  subscribe(listener: Partial<SessionListeners>): () => void
  /**
   * Resolves once calls may be sent, or with the reason why none can be for now.
   * @param deadline monotonic milliseconds
   */
  ready(deadline: number, signal?: AbortSignal): Promise<Result<void>>
  /** Whether it is known within a moment that calls may be sent, or why none can: else somebody waits in vain. */
  soon(): Promise<boolean>
  /** Whether a call may be sent in this state; `later` when another state has to be waited for. */
  mayCall(): Result<void> | 'later'
  /** Nothing changes, nobody hears anything, and no call is sent any more. */
  close(): void
}

export interface StateHooks {
  run(effect: Effect): void
  /** After everybody was told. */
  changed(before: SessionState, after: SessionState): void
}

/** The keychain gives what it has, or says why not, within this. */
const RESTORED_MS = 10_000
/** A path that is there is found within this, and a token renewed. */
const SOON_MS = 1500

export function createStateHolder(clock: Clock, record: Recorder, hooks: StateHooks): StateHolder {
  const listeners = new Set<Partial<SessionListeners>>()
  const waiting = new Set<() => void>()
  let state: SessionState = { kind: 'restoring' }
  let version = 0
  let closed = false

  const publish: StateHolder['publish'] = (kind, ...what) => {
    for (const listener of [...listeners]) {
      const hear = listener[kind] as ((...heard: typeof what) => void) | undefined
      hear?.(...what)
    }
  }

  function nextState(withinMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel()
        waiting.delete(finish)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = clock.setTimer(withinMs, finish)
      waiting.add(finish)
      signal?.addEventListener('abort', finish, { once: true })
    })
  }

  function dispatch(event: LifecycleEvent): void {
    if (closed) return
    const before = state
    const next = transition(before, event)
    if (next.state !== before) {
      if (next.state.kind !== before.kind) record('state', { from: before.kind, to: next.state.kind })
      state = next.state
      version++
      publish('state', { version, state })
      for (const wake of [...waiting]) wake()
      hooks.changed(before, state)
    }
    for (const effect of next.effects) hooks.run(effect)
  }

  return {
    now: () => state,
    versioned: () => ({ version, state }),
    account: () => ('account' in state ? state.account : null),
    dispatch,
    retry: () => dispatch({ type: 'asked-to-retry', at: clock.wallNow() }),
    publish,

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async ready(deadline, signal) {
      for (;;) {
        if (closed) return fail('cancelled', 'Lectern is closing.')
        const may = mayCall(state)
        if (may !== 'later') return may
        const left = deadline - clock.monotonicNow()
        if (signal?.aborted) return fail('cancelled', 'The request was cancelled.')
        if (left <= 0) return fail('offline', 'The server cannot be reached.', { retryable: true })
        await nextState(left, signal)
      }
    },

    async soon() {
      const begun = clock.monotonicNow()
      for (let deadline = begun + RESTORED_MS; ;) {
        if (mayCall(state) !== 'later') return true
        if (state.kind === 'offline' || state.kind === 'suspended') return false
        if (state.kind !== 'restoring') deadline = Math.min(deadline, clock.monotonicNow() + SOON_MS)
        const left = deadline - clock.monotonicNow()
        if (left <= 0) return false
        await nextState(left)
      }
    },

    mayCall: () => mayCall(state),

    close() {
      closed = true
      listeners.clear()
      for (const wake of [...waiting]) wake()
    },
  }
}

function mayCall(state: SessionState): Result<void> | 'later' {
  switch (state.kind) {
    case 'active':
    case 'refreshing':
    case 'idle-warning':
      return succeed(undefined)
    case 'recovering':
      // From here on there is a path and a living token; the rest of the recovery need not be waited for.
      return state.step === 'network' || state.step === 'refresh' ? 'later' : succeed(undefined)
    case 'restoring':
    case 'offline':
    case 'suspended':
      return 'later'
    case 'signed-out':
      return fail('unauthenticated', 'Sign in first.')
    case 'reauth-required':
      return fail('session-ended', state.message)
    case 'keychain-unavailable':
      return fail(`keychain-${state.problem}`, state.message, { retryable: true })
  }
}
