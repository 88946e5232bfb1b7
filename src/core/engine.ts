/**
 * Builds the parts of core and lets them drive the state machine of lifecycle.ts. The one door main goes through.
 */
import type { EndpointResponse } from '../contract/api.ts'
import { succeed, type Failure, type Result } from '../contract/model.ts'
import { createBytes } from './bytes.ts'
import { createDoubts } from './doubts.ts'
import { createDrafts } from './drafts.ts'
import { createFacts, timeAnswers } from './facts.ts'
import { createGateway } from './gateway.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createIdle } from './idle.ts'
import { createLastKnown } from './last-known.ts'
import { isConnected, type Effect, type Expiry } from './lifecycle.ts'
import { createMachine } from './machine.ts'
import { filesOrMemory } from './memory.ts'
import { createOutbox, type Owner } from './outbox.ts'
import type { Ports } from './ports.ts'
import { createPath } from './probe.ts'
import { createRecovery } from './recovery.ts'
import { createTokens } from './refresh.ts'
import { createRestoring } from './restoring.ts'
import { createRooms } from './rooms.ts'
import type { Session, SessionSettings } from './session.ts'
import { createSessionEnd } from './session-end.ts'
import { createStateHolder } from './session-state.ts'
import { createSignIn } from './sign-in.ts'
import { openStream } from './stream.ts'
import { createTimeline } from './timeline.ts'
import { createVault, keychainProblem } from './vault.ts'
import { createWriting } from './writing.ts'

/** The cheapest question that needs the server's data. */
const dataCall = { endpoint: 'listLiveSessions', query: { status: 'live', limit: 1 } } as const

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
        heartbeat.start()
      }
      if (isConnected(before) && !isConnected(after)) {
        idle.pause()
        heartbeat.stop()
      }
      if (after.kind === 'signed-out' || after.kind === 'reauth-required') sessionEnd.stop()
      restoring.changed(after)
    },
  })
  const { dispatch, publish, account, ready } = session
  const notice = (failure: Failure) => publish('notice', failure)

  const vault = createVault(ports.secrets, ports.files)
  const serverUrl = () => signIn.home()
  const person = () => account()?.id ?? null
  const owner = (): Owner | null => {
    const accountId = person()
    return accountId === null ? null : { accountId, serverUrl: serverUrl() }
  }

  const path = createPath(clock, http, serverUrl, () => {
    record('server-restarted')
    doubts.raise('server-restart')
  })
  const doubts = createDoubts({ clock, record, path, session })
  const { suspect } = doubts

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
            return asked.ok ? succeed(undefined) : asked
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
        facts.recovered(tookMs)
        doubts.settled()
        sessionEnd.plan()
        dispatch({ type: 'recovered', expiry: expiry() })
      },
    },
  )

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
      sessionEnd.plan()
      // Rooms, sockets and unsent messages of the same person carry on where they stopped.
      if (carriesOn) dispatch({ type: 'doubt', cause: 'asked', at: clock.wallNow() })
      else flush()
    },
    left: () => rooms.clear(),
  })

  const heartbeat = createHeartbeat({
    clock,
    sayHere: rooms.sayHere,
    async verify() {
      const known = await gateway.verify()
      if (!known.ok && known.failure.retryable) void suspect()
    },
  })

  const machine = createMachine(
    { clock, power, network, record, session, path, idle, doubts, recovery },
    {
      hopeful() {
        const { kind } = session.now()
        if (kind === 'offline' || kind === 'recovering') recovery.begin()
        if (kind === 'keychain-unavailable') session.retry()
      },
      online() {
        if (session.now().kind === 'signed-out') void signIn.sendRevocations()
      },
      presence(presence) {
        rooms.setPresence(presence)
        if (mayCall()) rooms.sayHere()
      },
    },
  )

  const restoring = createRestoring({
    clock,
    record,
    vault,
    session,
    signIn,
    loadOutbox,
    sleepAnnounced: machine.sleepAnnounced,
  })

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'read-vault':
        void restoring.begin()
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

  async function signOut(): Promise<Result<void>> {
    const [cleared] = await Promise.all([signIn.out(), lastKnown.forget()])
    return cleared
  }

  return {
    async start() {
      machine.start()
      await restoring.begin()
    },

    state: session.versioned,
    subscribe: session.subscribe,
    signIn: signIn.in,
    signOut,
    async signOutEverywhere() {
      const ended = await gateway.call({ endpoint: 'signOutEverywhere', body: { exceptHere: true } })
      return ended.ok ? signOut() : ended
    },
    retry: session.retry,

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

    ...createWriting(owner, outbox, drafts, session),

    async dispose() {
      run({ type: 'halt' })
      facts.stop()
      session.close()
      machine.stop()
      idle.pause()
      sessionEnd.stop()
      restoring.stop()
      doubts.stop()
      heartbeat.stop()
      await Promise.all([drafts.settled(), outbox.settled(), lastKnown.save()])
    },
  }
}
