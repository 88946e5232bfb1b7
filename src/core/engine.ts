/**
 * Builds the parts of core and lets them drive the state machine of lifecycle.ts. The one door main goes through.
 */
import type { EndpointResponse } from '../contract/api.ts'
import {
  fail,
  succeed,
  type Failure,
  type Presence,
  type RecoveryCause,
  type Result,
} from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { createBytes } from './bytes.ts'
import { createDrafts } from './drafts.ts'
import { createFacts, timeAnswers } from './facts.ts'
import { createGateway } from './gateway.ts'
import { createIdle } from './idle.ts'
import { createLastKnown } from './last-known.ts'
import { isConnected, type Effect, type Expiry } from './lifecycle.ts'
import { filesOrMemory } from './memory.ts'
import { createOutbox, type Owner } from './outbox.ts'
import type { Ports, PowerEvent, Timer } from './ports.ts'
import { createPath } from './probe.ts'
import { createRecovery } from './recovery.ts'
import { createTokens } from './refresh.ts'
import { createRooms } from './rooms.ts'
import type { Session, SessionSettings } from './session.ts'
import { createSessionEnd } from './session-end.ts'
import { createStateHolder } from './session-state.ts'
import { createSignIn } from './sign-in.ts'
import { openStream } from './stream.ts'
import { createTimeline } from './timeline.ts'
import { createVault } from './vault.ts'
import { createWake } from './wake.ts'

/** The cheapest question that needs the server's data. */
const dataCall = { endpoint: 'listLiveSessions', query: { status: 'live', limit: 1 } } as const
/** Running this long after `suspend` without a `resume` means that the machine did not sleep after all. */
const FALSE_SLEEP_MS = 15_000
/** A keychain that is not there may come; one that is locked would only ask the person again and again. */
const KEYCHAIN_RETRY_MS = 15_000

export function createSession(ports: Ports, settings: SessionSettings): Session {
  const { clock, random, sockets, power, network } = ports
  const { http, latencies } = timeAnswers(clock, ports.http, () => facts.changed())
  const record = createTimeline(clock, ports.journal)

  const session = createStateHolder(clock, record, {
    run,
    changed(before, after) {
      facts.changed()
      if (isConnected(after) && !isConnected(before)) {
        if (before.kind === 'signed-out' || before.kind === 'reauth-required') idle.activity()
        idle.watch()
        beat()
      }
      if (isConnected(before) && !isConnected(after)) {
        idle.pause()
        heartbeat?.cancel()
      }
      if (after.kind === 'signed-out' || after.kind === 'reauth-required') sessionEnd.stop()
      keychainRetry?.cancel()
      keychainRetry = null
      if (after.kind === 'keychain-unavailable' && ['missing', 'broken'].includes(after.problem)) {
        keychainRetry = clock.setTimer(KEYCHAIN_RETRY_MS, retry)
      }
    },
  })
  const { dispatch, publish, account, ready } = session
  const notice = (failure: Failure) => publish('notice', failure)
  const retry = () => dispatch({ type: 'asked-to-retry', at: clock.wallNow() })

  const vault = createVault(ports.secrets, ports.files)
  const serverUrl = () => signIn.home()
  const person = () => account()?.id ?? null
  const owner = (): Owner | null => {
    const accountId = person()
    return accountId === null ? null : { accountId, serverUrl: serverUrl() }
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
        facts.refreshed()
        dispatch({ type: 'refreshed', expiry: expiry() })
        rooms.reauth()
        sessionEnd.plan()
      },
      failed(failure, alive) {
        if (alive) return dispatch({ type: 'refresh-failed' })
        const who = account()
        const problem = keychainProblem(failure)
        if (who && problem) {
          dispatch({ type: 'vault-unavailable', account: who, problem, message: failure.message })
        } else {
          dispatch({ type: 'path-lost', at: clock.wallNow() })
        }
      },
      ended: (reason, message, endedAt) =>
        dispatch({ type: 'ended', reason, message, at: endedAt ?? clock.wallNow() }),
    },
  )

  const facts = createFacts({
    clock,
    tokens,
    path,
    vault,
    serverUrl,
    latencies,
    tell: (now) => publish('facts', now),
  })

  const gatewayPorts = { clock, random, http, path, tokens, serverUrl, person, ready, suspect }
  const gateway = createGateway(gatewayPorts)

  const sealed = filesOrMemory(ports.sealedFiles, () => vault.memoryOnly)
  const lastKnown = createLastKnown(clock, sealed)
  const outbox = createOutbox({
    clock,
    random,
    files: sealed,
    record,
    gateway,
    changed: (sessionId) => rooms.waitingChanged(sessionId),
    delivered: (sessionId, message) => rooms.delivered(sessionId, message),
    handTold: (sessionId, raised) => rooms.handTold(sessionId, raised),
    enterAgain: (sessionId) => rooms.enterAgain(sessionId),
    notice,
  })
  const drafts = createDrafts(sealed, outbox)

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
        const who = owner()
        return who ? outbox.pending(who, sessionId) : []
      },
      handWaiting(sessionId) {
        const who = owner()
        return who && outbox.handWaiting(who, sessionId)
      },
      soon: session.soon,
      mayCall,
      async lastKnown(sessionId) {
        const who = owner()
        return who && lastKnown.room(who, sessionId)
      },
      seen(state) {
        const who = owner()
        if (who) lastKnown.sawRoom(who, state)
      },
    },
    {
      patched: (change) => publish('roomPatch', change),
      // The word of a channel is not definitive: the refresh endpoint is asked, and says why.
      revoked: () => void tokens.refresh('rejected'),
      suspect: () => void suspect(),
    },
  )

  let lastRecovered = -Infinity
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
        {
          step: 'data',
          async run() {
            const reloaded = await rooms.reload()
            if (!reloaded.ok) return reloaded
            // Some servers answer and know us while their data are not there yet.
            const asked = await gateway.callNow(dataCall)
            return asked.ok || !asked.failure.retryable ? succeed(undefined) : asked
          },
        },
        {
          step: 'outbox',
          run() {
            flush()
            void signIn.sendRevocations()
            return Promise.resolve(succeed(undefined))
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
      recovered(tookMs) {
        lastRecovered = clock.monotonicNow()
        facts.recovered(tookMs)
        doubting?.cancel()
        sessionEnd.plan()
        dispatch({ type: 'recovered', expiry: expiry() })
      },
    },
  )

  const wake = createWake(clock, {
    jumped({ wallMs, monotonicMs }) {
      record('clock-jump', { wallMs: Math.round(wallMs), monotonicMs: Math.round(monotonicMs) })
      idle.activity()
      path.doubt()
      // A wait that was reckoned before a sleep may be over by now.
      recovery.ring()
      doubt('clock-jump')
    },
    steady(forMs) {
      const state = session.now()
      const overdue = state.kind === 'suspended' && clock.wallNow() - state.since > FALSE_SLEEP_MS
      if (overdue && forMs > FALSE_SLEEP_MS) {
        record('sleep-did-not-come')
        sleepAnnounced = false
        dispatch({ type: 'resume', at: clock.wallNow() })
      }
    },
  })

  const idle = createIdle(
    { clock, power },
    () => settings.idleTimeout,
    () => rooms.teaching(),
    {
      warn(inMs) {
        record('idle-warning', { inMs: Math.round(inMs) })
        dispatch({ type: 'idle', endsAt: clock.wallNow() + inMs })
      },
      back: () => dispatch({ type: 'activity' }),
      ended() {
        const minutes = Math.max(1, Math.round((settings.idleTimeout ?? 0) / 60))
        const length = minutes === 1 ? 'a minute' : `${minutes} minutes`
        void signIn.lock(
          `Nobody was here for ${length}, so your session was locked. Sign in to carry on where you were.`,
        )
      },
    },
  )

  const sessionEnd = createSessionEnd({
    clock,
    endsAt: () => vault.credential?.sessionExpiresAt ?? null,
    serverNow: path.serverNow,
    warn(secondsLeft) {
      record('session-ending', { secondsLeft: Math.round(secondsLeft) })
      const when = secondsLeft > 2 * 3600 ? 'within a day' : 'within an hour'
      const message = `Your sign-in ends ${when}. Sign in again when it suits you; everything stays as it is.`
      notice({ code: 'session-ending', message, retryable: false })
    },
  })

  const signIn = createSignIn({
    clock,
    random,
    http,
    record,
    vault,
    tokens,
    path,
    session,
    settings,
    expiry,
    async adopted(carriesOn) {
      if (!carriesOn) rooms.clear()
      // Another store may be behind them now.
      drafts.forget()
      lastKnown.reread()
      await loadOutbox(true)
    },
    begun(carriesOn) {
      wake.start()
      sessionEnd.plan()
      // Rooms, sockets and unsent messages of the same person carry on where they stopped.
      if (carriesOn) dispatch({ type: 'doubt', cause: 'asked', at: clock.wallNow() })
      else flush()
    },
    left: () => rooms.clear(),
  })

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'read-vault':
        void openVault()
        return
      case 'recover':
        record('recovery', { cause: effect.cause })
        facts.recovering(effect.cause)
        path.doubt()
        recovery.begin()
        return
      case 'halt':
        facts.halted()
        recovery.abort()
        tokens.halt()
        rooms.halt()
        outbox.halt()
    }
  }

  /** Nobody asked for this recovery, so it keeps its distance from the last one. */
  let doubting: Timer | null = null
  function doubt(cause: RecoveryCause): void {
    const wait = lastRecovered + timing.recoveryCooldown * 1000 - clock.monotonicNow()
    if (wait <= 0) return dispatch({ type: 'doubt', cause, at: clock.wallNow() })
    record('recovery-put-off', { cause, waitMs: Math.round(wait) })
    doubting?.cancel()
    doubting = clock.setTimer(wait, () => doubt(cause))
  }

  /** Somebody got no answer. One probe says whether the path is gone, for all who ask meanwhile. */
  let suspecting: Promise<void> | null = null
  function suspect(): Promise<void> {
    if (!isConnected(session.now())) return Promise.resolve()
    suspecting ??= path
      .probe()
      .then((time) => {
        if (!time.ok) dispatch({ type: 'path-lost', at: clock.wallNow() })
      })
      .finally(() => (suspecting = null))
    return suspecting
  }

  /** Outside of rooms nobody has to hear "still here"; the answer tells whether the sign-in still holds. */
  let heartbeat: Timer | null = null
  function beat(): void {
    heartbeat?.cancel()
    heartbeat = clock.setTimer(timing.heartbeatInterval * 1000, () => {
      beat()
      if (!rooms.sayHere()) void verify()
    })
  }

  async function verify(): Promise<void> {
    const known = await gateway.verify()
    if (!known.ok && known.failure.retryable) void suspect()
  }

  /** Something makes it likely that the next try succeeds. */
  function hurry(): void {
    const { kind } = session.now()
    if (kind === 'offline' || kind === 'recovering') recovery.begin()
    if (kind === 'keychain-unavailable') retry()
  }

  function flush(): void {
    const who = owner()
    if (who) void outbox.flush(who)
  }

  async function loadOutbox(again = false): Promise<void> {
    const loaded = await outbox.load(again)
    if (!loaded.ok) notice(loaded.failure)
  }

  function expiry(): Expiry {
    const token = tokens.current()
    const left = token && token.expiresMonotonic - clock.monotonicNow()
    return {
      accessExpiresAt: left === null ? null : Math.round(clock.wallNow() + left),
      sessionExpiresAt: vault.credential?.sessionExpiresAt ?? null,
    }
  }

  function mayCall(): boolean {
    const may = session.mayCall()
    return may !== 'later' && may.ok
  }

  let sleepAnnounced = false
  let keychainRetry: Timer | null = null
  async function openVault(): Promise<void> {
    const opening = await vault.open()
    switch (opening.kind) {
      case 'empty':
        dispatch({ type: 'vault-empty' })
        void signIn.sendRevocations()
        return
      case 'unavailable':
        record('keychain-unavailable', { problem: opening.problem })
        dispatch({ ...opening, type: 'vault-unavailable' })
        return
      case 'found':
        signIn.restored(opening.credential.serverUrl)
        await loadOutbox()
        dispatch({ type: 'vault-found', account: opening.credential.account, at: clock.wallNow() })
        // Announced while the keychain was being read, when there was nothing to stop yet.
        if (sleepAnnounced) dispatch({ type: 'suspend', at: clock.wallNow() })
    }
  }

  function onPower(event: PowerEvent): void {
    record(event)
    switch (event) {
      case 'suspend':
        path.doubt()
        sleepAnnounced = true
        dispatch({ type: event, at: clock.wallNow() })
        return
      case 'resume':
        // Opening the lid is somebody being there; and the time asleep was nobody's idleness.
        idle.activity()
        path.doubt()
        sleepAnnounced = false
        dispatch({ type: event, at: clock.wallNow() })
        return
      case 'lock':
        setPresence('away')
        return
      case 'unlock':
        idle.activity()
        setPresence('here')
        hurry()
    }
  }

  function setPresence(presence: Presence): void {
    rooms.setPresence(presence)
    if (mayCall()) rooms.sayHere()
  }

  function onNetwork(online: boolean): void {
    record('network', { online })
    path.doubt()
    void suspect()
    if (!online) return
    hurry()
    if (session.now().kind === 'signed-out') void signIn.sendRevocations()
  }

  async function signOut(): Promise<Result<void>> {
    const [cleared] = await Promise.all([signIn.out(), lastKnown.forget()])
    return cleared
  }

  const unsubscribe: (() => void)[] = []
  const notSignedIn = fail('unauthenticated', 'Sign in to write in this room.')

  return {
    async start() {
      unsubscribe.push(power.subscribe(onPower), network.subscribe(onNetwork))
      wake.start()
      await openVault()
    },

    state: session.versioned,
    subscribe: session.subscribe,
    signIn: signIn.in,
    signOut,
    async signOutEverywhere() {
      const ended = await gateway.call({ endpoint: 'signOutEverywhere', body: { exceptHere: true } })
      return ended.ok ? signOut() : ended
    },
    retry,

    async call(request) {
      const who = owner()
      const answer = await gateway.call(request)
      if (answer.ok && who && request.endpoint === 'listLiveSessions' && person() === who.accountId) {
        lastKnown.sawSessions(who, request, answer.value as EndpointResponse<'listLiveSessions'>)
      }
      return answer
    },
    ...createBytes(http, gateway),
    facts: facts.now,
    async lastKnownSessions() {
      await session.soon()
      const who = owner()
      if (!who) return succeed(null)
      const known = await lastKnown.sessions(who)
      return person() === who.accountId ? known : succeed(null)
    },
    stream: (request, listeners) => openStream(gatewayPorts, request, listeners),
    reportActivity: () => idle.activity(),

    async check() {
      const timed = async (ask: () => Promise<Result<unknown>>) => {
        const from = clock.monotonicNow()
        const result = await ask()
        return { result: result.ok ? succeed(undefined) : result, tookMs: clock.monotonicNow() - from }
      }
      const api = await timed(() => path.probe())
      const auth = await timed(() => gateway.verify())
      return { api, auth, data: await timed(() => gateway.callNow(dataCall)) }
    },

    teaching: () => rooms.teaching(),
    openRoom: rooms.open,
    leaveRoom: rooms.leave,

    async postMessage(sessionId, text) {
      const who = owner()
      if (!who) return notSignedIn
      const accepted = await outbox.add(who, sessionId, text)
      if (!accepted.ok) return accepted
      if (session.mayCall() !== 'later') void outbox.flush(who)
      void drafts.sweep()
      return accepted
    },

    async setHand(sessionId, raised) {
      const who = owner()
      if (!who) return notSignedIn
      const accepted = await outbox.setHand(who, sessionId, raised)
      if (accepted.ok && session.mayCall() !== 'later') void outbox.flush(who)
      return accepted
    },

    async retryMessage(_sessionId, idempotencyKey) {
      const who = owner()
      return who ? outbox.retry(who, idempotencyKey) : notSignedIn
    },

    discardMessage: (_sessionId, idempotencyKey) => outbox.discard(idempotencyKey),

    async draft(sessionId, kind) {
      const who = owner()
      return who ? drafts.read(who, sessionId, kind) : succeed('')
    },

    async saveDraft({ accountId, sessionId, kind, text }) {
      const who = owner()
      if (!who) return notSignedIn
      if (who.accountId !== accountId) return fail('forbidden', 'Somebody else is signed in now.')
      return drafts.save(who, sessionId, kind, text)
    },

    dispose() {
      run({ type: 'halt' })
      void lastKnown.save()
      facts.stop()
      session.close()
      wake.stop()
      idle.pause()
      sessionEnd.stop()
      for (const timer of [doubting, keychainRetry, heartbeat]) timer?.cancel()
      for (const stop of unsubscribe) stop()
    },
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
