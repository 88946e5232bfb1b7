/**
 * The single refresh scheduler: one timer, one rotation in flight, every caller awaits the same promise.
 *
 * Refresh tokens are one-time (RFC 9700 §4.14.2). The answer to a rotation can be lost to a closed lid, a dead
 * network or kill -9, and a naive retry looks like theft. So what a rotation will be sent with stands in the vault
 * before it is sent (the intent), it is repeated with that same Idempotency-Key until its answer is stored, sent only
 * over a path that has just answered, never begun after the machine announced sleep, and its successor is stored
 * before anyone uses it.
 */
import { credentialEndpoints, type RefreshBody } from '../contract/credentials.ts'
import { fail, succeed, type ReauthReason, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { backoff } from './backoff.ts'
import { reckonAgain, remainingMs, renewInMs, type AccessToken, type IssuedToken } from './expiry.ts'
import { Pause } from './pause.ts'
import type { Clock, HttpClient, PowerEvents, Random, Timer } from './ports.ts'
import type { Path, ServerTime } from './probe.ts'
import type { Recorder } from './timeline.ts'
import { post, readRefusal, readSuccessor, type Refusal, type Successor } from './token-endpoint.ts'
import { rotationId, type Credential, type Vault } from './vault.ts'

export type RefreshCause = 'due' | 'rejected' | 'recovery' | 'needed'

export interface TokenListeners {
  started(): void
  /** A new access token is in use; channels take it in-band. */
  renewed(): void
  /** A passing failure. `alive` says whether the old access token still works. */
  failed(failure: Extract<Result<never>, { ok: false }>['failure'], alive: boolean): void
  /** The server's definitive word. @param endedAt on the server's clock, epoch milliseconds, if it says so */
  ended(reason: ReauthReason, message: string, endedAt: number | null): void
}

export interface Tokens {
  current(): AccessToken | null
  /** A token that lives, renewing it first if need be. */
  usable(): Promise<Result<AccessToken>>
  /** A token newer than the one a 401 was earned with; without a rotation if there is one already. */
  newerThan(generation: number): Promise<Result<AccessToken>>
  /** Joins the rotation in flight or starts one. */
  refresh(cause: RefreshCause): Promise<Result<AccessToken>>
  /** The network changed: a rotation that waits for its answer is sent once more, over a path proven anew. */
  hurry(): void
  /** Takes the answer of a sign-in, already saved in the vault. */
  adopt(token: IssuedToken): void
  /** After a wake: the end of the current token by the server's own clock. */
  reckon(time: ServerTime): void
  /** Whether there is a token that still works. */
  alive(): boolean
  /** When the next renewal is planned, monotonic; null while none is. */
  nextRefresh(): number | null
  /** Whether the current token is missing or within its margin. */
  due(): boolean
  /** No timer, no new rotation (sleep is announced, or the path is being looked for). One in flight may finish. */
  halt(): void
  /** Undo `halt`, and plan the next renewal. */
  proceed(): void
  /** Forget everything; whatever is in flight comes to nothing. */
  drop(): void
}

export interface TokenPorts {
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClient
  readonly power: PowerEvents
  readonly record: Recorder
  readonly vault: Vault
  readonly path: Path
}

export function createTokens(ports: TokenPorts, listeners: TokenListeners): Tokens {
  const { clock, random, http, power, record, vault, path } = ports

  let current: AccessToken | null = null
  let inFlight: Promise<Result<AccessToken>> | null = null
  /** A successor the server has given and the keychain has not yet taken. */
  let unsaved: Successor | null = null
  let timer: Timer | null = null
  /** When it rings, monotonic. */
  let plannedFor = 0
  let halted = false
  let failures = 0
  let lastRotation = -Infinity
  /** When the last probe of a recovery was sent, monotonic. */
  let pathFound = -Infinity
  let sending: AbortController | null = null
  /** Grows with each sign-out: what began before it may change nothing after it. */
  let era = 0

  /** Numbers of tokens grow within this process, whatever sign-in they belong to: sockets and calls compare them. */
  let count = 0
  const counted = (token: IssuedToken): AccessToken => ({ ...token, generation: ++count })

  const alive = () => current !== null && remainingMs(current, clock.monotonicNow()) > 0

  /** Milliseconds until another rotation may be sent, whatever a clock, a server or a person says. */
  const untilFloor = () => lastRotation + timing.refreshFloor * 1000 - clock.monotonicNow()

  const plan = (delayMs: number) => {
    timer?.cancel()
    timer = null
    if (halted) return
    const wait = Math.max(delayMs, timing.refreshFloor * 1000)
    plannedFor = clock.monotonicNow() + wait
    timer = clock.setTimer(wait, () => {
      timer = null
      void refresh('due')
    })
  }

  const planRenewal = () => {
    if (current) plan(renewInMs(current, clock.monotonicNow(), random.next()))
  }

  async function refresh(cause: RefreshCause): Promise<Result<AccessToken>> {
    if (inFlight) {
      // Sent before the path was lost and found again: nobody should wait for that answer. The same request is sent
      // once more, which is what its key is for.
      if (cause === 'recovery' && lastRotation < pathFound) sending?.abort()
      return inFlight
    }
    if (cause !== 'rejected' && current && alive() && untilFloor() > 0) return succeed(current)
    if (halted) return fail('offline', 'Lectern is not connected at the moment.', { retryable: true })

    const mine = era
    timer?.cancel()
    timer = null
    record('refresh-started', { cause })
    listeners.started()
    inFlight = rotate(mine).finally(() => (inFlight = null))
    const result = await inFlight
    if (mine !== era) return fail('cancelled', 'The session was signed out meanwhile.')
    settle(result)
    return result
  }

  function settle(result: Result<AccessToken>): void {
    if (result.ok) {
      failures = 0
      record('refresh-succeeded', {
        generation: result.value.generation,
        lastsMs: Math.round(remainingMs(result.value, clock.monotonicNow())),
      })
      planRenewal()
      listeners.renewed()
      return
    }
    const { failure } = result
    if (failure.code === 'session-ended') return
    record('refresh-failed', { code: failure.code, attempt: failures, alive: alive() })
    plan(Math.max(backoff(failures++, random, { baseMs: 1000, capMs: 30_000 }), failure.retryAfterMs ?? 0))
    listeners.failed(failure, alive())
  }

  async function rotate(mine: number): Promise<Result<AccessToken>> {
    if (unsaved) return save(unsaved, mine)
    if (untilFloor() > 0) await new Pause(clock).wait(untilFloor())
    // Another process on this vault may have rotated since; then its successor is the one to rotate.
    const latest = await readVault()
    if (!latest.ok) return latest
    // Last, because a keychain can take seconds and a lot can happen to a path in seconds.
    if (!path.proven) {
      const probed = await path.probe()
      if (!probed.ok) return probed
    }
    if (halted) return fail('offline', 'Lectern is not connected at the moment.', { retryable: true })
    if (mine !== era) return fail('cancelled', 'The session was signed out meanwhile.')

    const credential = latest.value
    const release = power.holdAwake()
    try {
      const sentMonotonic = clock.monotonicNow()
      lastRotation = sentMonotonic
      const request = new AbortController()
      sending = request
      const body: RefreshBody = { grant_type: 'refresh_token', refresh_token: credential.refreshToken }
      const answer = await post(http, credential.serverUrl + credentialEndpoints.refresh.path, body, {
        idempotencyKey: rotationId(credential),
        signal: request.signal,
      })
      sending = null
      if (request.signal.aborted && answer.kind === 'none') return await rotate(mine)
      path.saw(answer)
      if (mine !== era) return fail('cancelled', 'The session was signed out meanwhile.')
      const refusal = readRefusal(answer)
      if (refusal) return await refused(refusal, credential, mine)
      const next = { ...credential, generation: credential.generation + 1 }
      const successor = readSuccessor(answer, next, sentMonotonic)
      // Whatever else the server said, it was not about this token.
      if (!successor.ok) return { ok: false, failure: { ...successor.failure, retryable: true } }
      return await save(successor.value, mine)
    } finally {
      release()
    }
  }

  /** The vault as it is now. That the sign-in is gone from it, or somebody else's, is definitive too. */
  async function readVault(): Promise<Result<Credential>> {
    const latest = await vault.latest()
    if (!latest.ok && latest.failure.code === 'session-ended') {
      record('session-ended', { reason: 'refused', why: 'replaced' })
      listeners.ended('refused', latest.failure.message, null)
    }
    return latest
  }

  async function save(successor: Successor, mine: number) {
    unsaved = successor
    const { credential, token } = successor
    const saved = await vault.replace(credential, credential.generation - 1)
    if (mine !== era) return fail('cancelled', 'The session was signed out meanwhile.')
    if (!saved.ok && saved.failure.code !== 'conflict') return saved
    unsaved = null
    if (!saved.ok) {
      const latest = await readVault()
      if (!latest.ok) return latest
      // A later sign-in has taken the place of the one this token belongs to.
      if (latest.value.rotationKey !== credential.rotationKey) return rotate(mine)
    }
    current = counted(token)
    return succeed(current)
  }

  /** Ends the session, unless another process on this vault has rotated the same token first. */
  async function refused(
    { why, reason, message, endedAt }: Refusal,
    credential: Credential,
    mine: number,
  ): Promise<Result<AccessToken>> {
    const latest = await vault.latest()
    if (latest.ok && latest.value.generation > credential.generation) {
      record('refresh-overtaken', { generation: credential.generation })
      return rotate(mine)
    }
    record('session-ended', { reason, why })
    listeners.ended(reason, message, endedAt)
    return fail('session-ended', message)
  }

  return {
    current: () => current,

    async usable() {
      if (current && alive()) return succeed(current)
      return refresh('needed')
    },

    async newerThan(generation) {
      if (current && current.generation > generation && alive()) return succeed(current)
      return refresh('rejected')
    },

    refresh,

    hurry: () => sending?.abort(),

    adopt(token) {
      era++
      current = counted(token)
      unsaved = null
      halted = false
      failures = 0
      planRenewal()
    },

    reckon({ serverNow, monotonic }) {
      pathFound = monotonic
      if (!current) return
      current = reckonAgain(current, serverNow, monotonic)
      planRenewal()
    },

    alive,

    nextRefresh: () => timer && plannedFor,

    due: () => !current || renewInMs(current, clock.monotonicNow(), 0) === 0,

    halt() {
      halted = true
      timer?.cancel()
      timer = null
    },

    proceed() {
      halted = false
      failures = 0
      planRenewal()
    },

    drop() {
      era++
      current = null
      unsaved = null
      failures = 0
      halted = true
      timer?.cancel()
      timer = null
    },
  }
}
