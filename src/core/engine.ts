/**
 * Builds the parts of core and lets them drive the state machine of lifecycle.ts. The one door main goes through.
 */
import {
  fail,
  succeed,
  type Account,
  type Failure,
  type RecoveryCause,
  type Result,
  type SessionState,
} from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { createGateway } from './gateway.ts'
import { transition, type Effect, type Expiry, type LifecycleEvent } from './lifecycle.ts'
import { filesOrMemory } from './memory.ts'
import { createOutbox, type Owner } from './outbox.ts'
import type { Ports, PowerEvent, Timer } from './ports.ts'
import { createPath } from './probe.ts'
import { createRecovery } from './recovery.ts'
import { createTokens } from './refresh.ts'
import { createRooms } from './rooms.ts'
import type { Session, SessionListeners, SessionSettings } from './session.ts'
import { requestTokens, revokeToken } from './sign-in.ts'
import { createTimeline } from './timeline.ts'
import { createVault } from './vault.ts'
import { createWake } from './wake.ts'

/** Running this long after `suspend` without a `resume` means that the machine did not sleep after all. */
const FALSE_SLEEP_MS = 15_000

export function createSession(ports: Ports, settings: SessionSettings): Session {
  const { clock, random, http, sockets, power, network } = ports
  const record = createTimeline(clock, ports.journal)

  let state: SessionState = { kind: 'restoring' }
  let version = 0
  let disposed = false
  let signingIn = false
  let lastRecovered = -Infinity
  let doubting: Timer | null = null
  const listeners = new Set<Partial<SessionListeners>>()
  const stateWaiters = new Set<() => void>()

  const vault = createVault(ports.secrets, ports.files)
  const serverUrl = () => vault.credential?.serverUrl ?? settings.serverUrl
  const account = (): Account | null => ('account' in state ? state.account : null)
  const person = () => account()?.id ?? null
  const owner = (): Owner | null => {
    const who = account()
    return who && { accountId: who.id, serverUrl: serverUrl() }
  }

  const publish = <K extends keyof SessionListeners>(kind: K, ...what: Parameters<SessionListeners[K]>) => {
    for (const listener of [...listeners]) {
      const hear = listener[kind] as ((...what: Parameters<SessionListeners[K]>) => void) | undefined
      hear?.(...what)
    }
  }
  const notice = (failure: Failure) => publish('notice', failure)

  function dispatch(event: LifecycleEvent): void {
    if (disposed) return
    const next = transition(state, event)
    if (next.state !== state) {
      if (next.state.kind !== state.kind) record('state', { from: state.kind, to: next.state.kind })
      state = next.state
      version++
      publish('state', { version, state })
      for (const wake of [...stateWaiters]) wake()
    }
    for (const effect of next.effects) run(effect)
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'read-vault':
        void openVault()
        return
      case 'recover':
        record('recovery', { cause: effect.cause })
        path.doubt()
        recovery.begin()
        return
      case 'halt':
        recovery.abort()
        tokens.halt()
        rooms.halt()
        outbox.halt()
    }
  }

  const path = createPath(clock, http, serverUrl, () => {
    record('server-restarted')
    doubt('server-restart')
  })

  const tokens = createTokens(
    { clock, random, http, power, record, vault, path },
    {
      started: () => dispatch({ type: 'refresh-started' }),
      renewed() {
        dispatch({ type: 'refreshed', expiry: expiry() })
        rooms.reauth()
      },
      failed(failure, alive) {
        if (alive) return dispatch({ type: 'refresh-failed' })
        const person = account()
        const problem = keychainProblem(failure)
        if (person && problem) {
          dispatch({ type: 'vault-unavailable', account: person, problem, message: failure.message })
        } else {
          dispatch({ type: 'path-lost', at: clock.wallNow() })
        }
      },
      ended: (reason, message) => dispatch({ type: 'ended', reason, message }),
    },
  )

  const gateway = createGateway({ clock, random, http, path, tokens, serverUrl, person, ready, suspect })

  const outbox = createOutbox({
    clock,
    random,
    files: filesOrMemory(ports.sealedFiles, () => vault.memoryOnly),
    record,
    gateway,
    changed: (sessionId) => rooms.waitingChanged(sessionId),
    delivered: (sessionId, message) => rooms.delivered(sessionId, message),
    notice,
  })

  const rooms = createRooms(
    {
      clock,
      random,
      sockets,
      record,
      tokens,
      path,
      serverUrl,
      gateway,
      account,
      waiting(sessionId) {
        const person = owner()
        return person ? outbox.pending(person, sessionId) : []
      },
    },
    {
      patched: (change) => publish('roomPatch', change),
      // The word of a channel is not definitive: the refresh endpoint is asked, and says why.
      revoked: () => void tokens.refresh('rejected'),
      suspect: () => void suspect(),
    },
  )

  const recovery = createRecovery(
    {
      clock,
      random,
      record,
      path,
      tokens,
      restore: [
        {
          step: 'verify',
          // A refresh has just asked the same of the same server.
          run: (refreshed) => (refreshed ? Promise.resolve(succeed(undefined)) : gateway.verify()),
        },
        { step: 'channels', run: () => rooms.reopen() },
        { step: 'rooms', run: () => rooms.rejoin() },
        { step: 'data', run: () => rooms.reload() },
        {
          step: 'outbox',
          async run() {
            void sendRevocations()
            const person = owner()
            if (person) void outbox.flush(person)
            return succeed(undefined)
          },
        },
      ],
    },
    {
      begun() {
        rooms.halt()
        outbox.halt()
      },
      step: (step) => dispatch({ type: 'step', step, at: clock.wallNow() }),
      tryFailed(waitMs) {
        const at = clock.wallNow()
        dispatch({ type: 'try-failed', at, nextTryAt: at + waitMs })
      },
      recovered() {
        lastRecovered = clock.monotonicNow()
        doubting?.cancel()
        dispatch({ type: 'recovered', expiry: expiry() })
      },
    },
  )

  const wake = createWake(clock, {
    jumped({ wallMs, monotonicMs }) {
      record('clock-jump', { wallMs: Math.round(wallMs), monotonicMs: Math.round(monotonicMs) })
      doubt('clock-jump')
    },
    steady(forMs) {
      if (
        state.kind === 'suspended' &&
        forMs > FALSE_SLEEP_MS &&
        clock.wallNow() - state.since > FALSE_SLEEP_MS
      ) {
        record('sleep-did-not-come')
        dispatch({ type: 'resume', at: clock.wallNow() })
      }
    },
  })

  /** Nobody asked for this recovery, so it keeps its distance from the last one. */
  function doubt(cause: RecoveryCause): void {
    const wait = lastRecovered + timing.recoveryCooldown * 1000 - clock.monotonicNow()
    if (wait <= 0) return dispatch({ type: 'doubt', cause, at: clock.wallNow() })
    record('recovery-put-off', { cause, waitMs: Math.round(wait) })
    doubting?.cancel()
    doubting = clock.setTimer(wait, () => doubt(cause))
  }

  function expiry(): Expiry {
    const token = tokens.current()
    const left = token && token.expiresMonotonic - clock.monotonicNow()
    return {
      accessExpiresAt: left === null ? null : Math.round(clock.wallNow() + left),
      sessionExpiresAt: vault.credential?.sessionExpiresAt ?? null,
    }
  }

  /** Somebody got no answer. One probe says whether the path is gone, for all who ask meanwhile. */
  let suspecting: Promise<void> | null = null
  function suspect(): Promise<void> {
    if (state.kind !== 'active' && state.kind !== 'refreshing') return Promise.resolve()
    suspecting ??= path
      .probe()
      .then((time) => {
        if (!time.ok) dispatch({ type: 'path-lost', at: clock.wallNow() })
      })
      .finally(() => (suspecting = null))
    return suspecting
  }

  async function ready(deadline: number, signal?: AbortSignal): Promise<Result<void>> {
    for (;;) {
      const may = mayCall(state)
      if (may !== 'later') return may
      const left = deadline - clock.monotonicNow()
      if (signal?.aborted) return fail('cancelled', 'The request was cancelled.')
      if (left <= 0) return fail('offline', 'The server cannot be reached.', { retryable: true })
      await nextState(left, signal)
    }
  }

  function nextState(withinMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel()
        stateWaiters.delete(finish)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = clock.setTimer(withinMs, finish)
      stateWaiters.add(finish)
      signal?.addEventListener('abort', finish, { once: true })
    })
  }

  async function openVault(): Promise<void> {
    const opening = await vault.open()
    switch (opening.kind) {
      case 'empty':
        dispatch({ type: 'vault-empty', reason: 'first-start' })
        void sendRevocations()
        return
      case 'unavailable':
        record('keychain-unavailable', { problem: opening.problem })
        dispatch({ ...opening, type: 'vault-unavailable' })
        return
      case 'found': {
        const loaded = await outbox.load()
        if (!loaded.ok) notice(loaded.failure)
        dispatch({ type: 'vault-found', account: opening.credential.account, at: clock.wallNow() })
      }
    }
  }

  /** Tokens of sessions signed out of earlier, perhaps offline. */
  async function sendRevocations(): Promise<void> {
    for (const revocation of await vault.revocations()) {
      if (await revokeToken(http, revocation)) {
        const removed = await vault.removeRevocation(revocation)
        record('revoked', { forgotten: removed.ok })
      }
    }
  }

  function onPower(event: PowerEvent): void {
    record(event)
    switch (event) {
      case 'suspend':
      case 'resume':
        dispatch({ type: event, at: clock.wallNow() })
        return
      case 'lock':
        rooms.setPresence('away')
        return
      case 'unlock':
        rooms.setPresence('here')
        hurry()
    }
  }

  function onNetwork(online: boolean): void {
    record('network', { online })
    path.doubt()
    if (online) hurry()
    void suspect()
    if (online && state.kind === 'signed-out') void sendRevocations()
  }

  /** Something makes it likely that the next try succeeds. */
  function hurry(): void {
    if (state.kind === 'offline' || state.kind === 'recovering') recovery.begin()
  }

  const unsubscribe: (() => void)[] = []

  async function signIn({ serverUrl: asked, email, password, memoryOnly }: Parameters<Session['signIn']>[0]) {
    const origin = asked ?? serverUrl()
    const previous = account()
    const generation = (vault.credential?.generation ?? 0) + 1
    const tokensGiven = await requestTokens(
      { clock, http },
      origin,
      { email, password, device: settings.device },
      generation,
    )
    if (!tokensGiven.ok) return tokensGiven
    const { credential, token, answer } = tokensGiven.value

    const saved = await vault.adopt(credential, memoryOnly)
    if (!saved.ok) {
      record('sign-in-not-saved', { code: saved.failure.code })
      void revokeToken(http, { serverUrl: origin, token: credential.refreshToken })
      return saved
    }
    const samePerson = previous?.id === credential.account.id
    if (!samePerson) rooms.clear()
    path.saw(answer)
    tokens.adopt(token)
    wake.start()
    const loaded = await outbox.load()
    if (!loaded.ok) notice(loaded.failure)
    record('signed-in', { memoryOnly })
    dispatch({ type: 'signed-in', account: credential.account, expiry: expiry() })
    // Rooms, sockets and unsent messages of the same person carry on where they stopped.
    if (samePerson) dispatch({ type: 'doubt', cause: 'asked', at: clock.wallNow() })
    else void outbox.flush({ accountId: credential.account.id, serverUrl: origin })
    void sendRevocations()
    return succeed(undefined)
  }

  return {
    async start() {
      unsubscribe.push(power.subscribe(onPower), network.subscribe(onNetwork))
      wake.start()
      await openVault()
    },

    state: () => ({ version, state }),

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async signIn(request) {
      if (!['signed-out', 'reauth-required', 'keychain-unavailable'].includes(state.kind)) {
        return fail('conflict', 'Somebody is signed in already. Sign out first.')
      }
      if (signingIn) return fail('conflict', 'A sign-in is already under way.', { retryable: true })
      signingIn = true
      try {
        return await signIn(request)
      } finally {
        signingIn = false
      }
    },

    async signOut() {
      tokens.drop()
      dispatch({ type: 'signed-out' })
      rooms.clear()
      const cleared = await vault.clear()
      if (!cleared.ok) record('sign-out-not-stored', { code: cleared.failure.code })
      void sendRevocations()
      return cleared
    },

    retry: () => dispatch({ type: 'asked-to-retry', at: clock.wallNow() }),

    call: (request) => gateway.call(request),

    openRoom: (sessionId) => rooms.open(sessionId),
    leaveRoom: (sessionId) => rooms.leave(sessionId),

    async postMessage(sessionId, text) {
      const person = owner()
      if (!person) return fail('unauthenticated', 'Sign in to write in this room.')
      const accepted = await outbox.add(person, sessionId, text)
      if (accepted.ok && mayCall(state) !== 'later') void outbox.flush(person)
      return accepted
    },

    async retryMessage(_sessionId, idempotencyKey) {
      const person = owner()
      if (!person) return fail('unauthenticated', 'Sign in to write in this room.')
      return outbox.retry(person, idempotencyKey)
    },

    discardMessage: (_sessionId, idempotencyKey) => outbox.discard(idempotencyKey),

    dispose() {
      run({ type: 'halt' })
      disposed = true
      wake.stop()
      doubting?.cancel()
      for (const stop of unsubscribe) stop()
      listeners.clear()
    },
  }
}

/** Whether a call may be sent in this state, must wait for another, or has no chance. */
function mayCall(state: SessionState): Result<void> | 'later' {
  switch (state.kind) {
    case 'active':
    case 'refreshing':
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

function keychainProblem({ code }: Failure) {
  switch (code) {
    case 'keychain-missing':
      return 'missing'
    case 'keychain-locked':
      return 'locked'
    case 'keychain-denied':
      return 'denied'
    case 'keychain-broken':
      return 'broken'
    default:
      return null
  }
}
