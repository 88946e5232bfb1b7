/**
 * The session's one state machine, as a pure function. Whoever drives it (engine.ts) runs the effects; nothing
 * here waits, sends or stores, so every rule about when a session ends can be read and tested in this file.
 */
import type {
  Account,
  EndReason,
  KeychainProblem,
  ReauthReason,
  RecoveryCause,
  RecoveryStep,
  SessionState,
} from '../contract/model.ts'

/** When the two tokens end, in epoch milliseconds of this machine's wall clock; for display. */
export interface Expiry {
  readonly accessExpiresAt: number | null
  readonly sessionExpiresAt: number | null
}

/** `at` is the wall clock in epoch milliseconds, for display only: no rule depends on it. */
export type LifecycleEvent =
  | { readonly type: 'vault-empty' }
  | { readonly type: 'vault-found'; readonly account: Account; readonly at: number }
  | {
      readonly type: 'vault-unavailable'
      readonly account: Account
      readonly problem: KeychainProblem
      readonly message: string
    }
  | { readonly type: 'signed-in'; readonly account: Account; readonly expiry: Expiry }
  | { readonly type: 'refresh-started' }
  | { readonly type: 'refreshed'; readonly expiry: Expiry }
  /** For a passing reason, while the access token still lives: not news. */
  | { readonly type: 'refresh-failed' }
  /** A request and then a probe got no answer of our server. */
  | { readonly type: 'path-lost'; readonly at: number }
  /** Something happened that makes everything known doubtful. */
  | { readonly type: 'doubt'; readonly cause: RecoveryCause; readonly at: number }
  | { readonly type: 'try-failed'; readonly at: number; readonly nextTryAt: number }
  | { readonly type: 'step'; readonly step: RecoveryStep; readonly at: number }
  | { readonly type: 'recovered'; readonly expiry: Expiry }
  /** The server's definitive word, and when it ended. */
  | {
      readonly type: 'ended'
      readonly reason: ReauthReason
      readonly message: string
      readonly at: number
    }
  /** Nobody was there for a while; the session ends at this wall-clock time unless somebody is. */
  | { readonly type: 'idle'; readonly endsAt: number }
  | { readonly type: 'activity' }
  | { readonly type: 'suspend'; readonly at: number }
  | { readonly type: 'resume'; readonly at: number }
  | { readonly type: 'asked-to-retry'; readonly at: number }
  | { readonly type: 'signed-out' }

export type Effect =
  | { readonly type: 'read-vault' }
  /** Begin a recovery, or let the one under way try again at once. */
  | { readonly type: 'recover'; readonly cause: RecoveryCause }
  /** Stop timers, sockets and any recovery. */
  | { readonly type: 'halt' }

export interface Transition {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}

const messageOf: Readonly<Record<EndReason, string>> = {
  'first-start': '',
  'signed-out': 'You signed out.',
}

export function signedOut(reason: EndReason): SessionState {
  return { kind: 'signed-out', reason, message: messageOf[reason] }
}

/**
 * @returns the next state and what must be done; the very same state object when the event changes nothing there.
 */
export function transition(state: SessionState, event: LifecycleEvent): Transition {
  const stay: Transition = { state, effects: [] }
  const account = 'account' in state ? state.account : null

  switch (event.type) {
    case 'vault-empty':
      return state.kind === 'restoring' ? { state: signedOut('first-start'), effects: [] } : stay

    case 'vault-found':
      if (state.kind !== 'restoring') return stay
      return toRecovery(event.account, event.at, 'start')

    case 'vault-unavailable': {
      if (state.kind === 'signed-out' || state.kind === 'reauth-required') return stay
      const { account: owner, problem, message } = event
      return {
        state: { kind: 'keychain-unavailable', account: owner, problem, message },
        effects: [{ type: 'halt' }],
      }
    }

    case 'signed-in':
      return { state: { kind: 'active', account: event.account, ...event.expiry }, effects: [] }

    case 'refresh-started':
      return state.kind === 'active' ? { state: { ...state, kind: 'refreshing' }, effects: [] } : stay

    case 'refreshed':
      if (state.kind === 'idle-warning') return { state: { ...state, ...event.expiry }, effects: [] }
      if (state.kind !== 'active' && state.kind !== 'refreshing') return stay
      return { state: { kind: 'active', account: state.account, ...event.expiry }, effects: [] }

    case 'refresh-failed':
      return state.kind === 'refreshing' ? { state: { ...state, kind: 'active' }, effects: [] } : stay

    case 'path-lost':
    case 'doubt':
      if (!isConnected(state)) return stay
      return toRecovery(state.account, event.at, event.type === 'doubt' ? event.cause : 'outage')

    case 'try-failed':
      if (state.kind === 'recovering') {
        const { account: owner, since } = state
        return { state: { kind: 'offline', account: owner, since, nextTryAt: event.nextTryAt }, effects: [] }
      }
      return state.kind === 'offline'
        ? { state: { ...state, nextTryAt: event.nextTryAt }, effects: [] }
        : stay

    case 'step':
      if (state.kind === 'offline') {
        // Still looking for the network: "offline" stays the truth until something answers.
        if (event.step === 'network') return stay
        return { state: recovering(state.account, state.since, event.step, 'outage'), effects: [] }
      }
      if (state.kind !== 'recovering' || state.step === event.step) return stay
      return { state: { ...state, step: event.step }, effects: [] }

    case 'recovered':
      if (state.kind !== 'recovering' && state.kind !== 'offline') return stay
      return { state: { kind: 'active', account: state.account, ...event.expiry }, effects: [] }

    case 'ended': {
      if (!account || state.kind === 'reauth-required') return stay
      const { reason, message, at } = event
      return {
        state: { kind: 'reauth-required', account, reason, message, at },
        effects: [{ type: 'halt' }],
      }
    }

    case 'idle':
      if (state.kind !== 'active' && state.kind !== 'refreshing') return stay
      return {
        state: {
          kind: 'idle-warning',
          account: state.account,
          accessExpiresAt: state.accessExpiresAt,
          sessionExpiresAt: state.sessionExpiresAt,
          endsAt: event.endsAt,
        },
        effects: [],
      }

    case 'activity': {
      if (state.kind !== 'idle-warning') return stay
      const { endsAt: _, ...rest } = state
      return { state: { ...rest, kind: 'active' }, effects: [] }
    }

    case 'suspend':
      if (!isConnected(state) && state.kind !== 'offline' && state.kind !== 'recovering') return stay
      return {
        state: { kind: 'suspended', account: state.account, since: event.at },
        effects: [{ type: 'halt' }],
      }

    case 'resume':
    case 'asked-to-retry': {
      const cause = event.type === 'resume' ? 'resume' : 'asked'
      // Some systems say only "resume", some say it without ever having said "suspend".
      if (isConnected(state) || (state.kind === 'suspended' && cause === 'resume')) {
        return toRecovery(state.account, event.at, cause)
      }
      switch (state.kind) {
        case 'offline':
        case 'recovering':
          return { state, effects: [{ type: 'recover', cause }] }
        case 'keychain-unavailable':
          return { state: { kind: 'restoring' }, effects: [{ type: 'read-vault' }] }
        default:
          return stay
      }
    }

    case 'signed-out':
      return { state: signedOut('signed-out'), effects: [{ type: 'halt' }] }

    default:
      return assertNever(event)
  }
}

/** Calls go through, and nothing doubts it. */
export const isConnected = (state: SessionState) =>
  state.kind === 'active' || state.kind === 'refreshing' || state.kind === 'idle-warning'

function recovering(account: Account, since: number, step: RecoveryStep, cause: RecoveryCause): SessionState {
  return { kind: 'recovering', account, since, step, cause }
}

function toRecovery(account: Account, at: number, cause: RecoveryCause): Transition {
  return { state: recovering(account, at, 'network', cause), effects: [{ type: 'recover', cause }] }
}

function assertNever(value: never): never {
  throw new Error(`unhandled event ${JSON.stringify(value)}`)
}
