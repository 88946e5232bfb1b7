/** How a session begins and how a person ends it: trading a password for tokens, and giving tokens back. */
import { credentialEndpoints, SignInBody } from '../contract/credentials.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { remainingMs } from './expiry.ts'
import type { Expiry } from './lifecycle.ts'
import type { Clock, HttpClient, Random } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { SessionSettings, SignInRequest } from './session.ts'
import type { StateHolder } from './session-state.ts'
import type { Recorder } from './timeline.ts'
import { post, readSuccessor } from './token-endpoint.ts'
import type { Revocation, Vault } from './vault.ts'

export interface SignInPorts {
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClient
  readonly record: Recorder
  readonly vault: Vault
  readonly tokens: Tokens
  readonly path: Path
  readonly session: StateHolder
  readonly settings: SessionSettings
  /** Of the tokens in use. */
  readonly expiry: () => Expiry
  /** Stored and in use, and nobody told yet. `carriesOn`: the same person as before, whose room is still open. */
  readonly adopted: (carriesOn: boolean) => Promise<void>
  /** Everybody was told. */
  readonly begun: (carriesOn: boolean) => void
  /** Nobody is signed in any more: forget what was theirs. */
  readonly left: () => void
}

export interface SignIn {
  /** Where the account lives, also after its credential is gone and until it is signed out. */
  home(): string
  /** The credential of an earlier run was found. */
  restored(serverUrl: string): void
  in(request: SignInRequest): Promise<Result<void>>
  /** Cleared here at once, also offline; the server is told when it can be reached. */
  out(): Promise<Result<void>>
  /** As `out`, but everything stays on screen for the same person to carry on. */
  lock(message: string): Promise<void>
  /** Gives back tokens of sessions that were signed out of, perhaps offline, perhaps in an earlier run. */
  sendRevocations(): Promise<void>
}

const signedOutMeanwhile = fail('cancelled', 'You signed out meanwhile.')

export function createSignIn(ports: SignInPorts): SignIn {
  const { clock, random, http, record, vault, tokens, path, session, settings } = ports
  const { expiry, adopted, begun, left } = ports
  let home: string | null = null
  let underWay = false
  /** Grows with each sign-out, so that a sign-in that was under way then comes to nothing. */
  let era = 0

  const where = () => vault.credential?.serverUrl ?? home ?? settings.serverUrl

  async function begin({ serverUrl, email, password, memoryOnly }: SignInRequest): Promise<Result<void>> {
    const origin = serverUrl ?? home ?? settings.serverUrl
    const body = SignInBody.safeParse({ email, password, device: settings.device })
    if (!body.success) {
      const { message = 'Type your e-mail address and password.' } = body.error.issues[0] ?? {}
      return fail('invalid-request', message)
    }
    const before = session.account()
    const mine = era
    const isElsewhere = origin !== where()
    const sent = clock.monotonicNow()
    const answer = await post(http, origin + credentialEndpoints.signIn.path, body.data)
    if (!isElsewhere) path.saw(answer)
    const kept = {
      serverUrl: origin,
      generation: (vault.credential?.generation ?? 0) + 1,
      rotationKey: random.id(),
    }
    const given = readSuccessor(answer, kept, sent)
    if (!given.ok) return given
    const { credential, token } = given.value
    const replaced = vault.credential
    const giveBack = () => revoke({ serverUrl: origin, token: credential.refreshToken })
    if (mine !== era) {
      void giveBack()
      return signedOutMeanwhile
    }

    const saved = await vault.adopt(credential, memoryOnly)
    if (!saved.ok) {
      record('sign-in-not-saved', { code: saved.failure.code })
      void giveBack()
      return saved
    }
    if (mine !== era) {
      await vault.clear()
      void giveBack()
      return signedOutMeanwhile
    }
    if (replaced) void revoke({ serverUrl: replaced.serverUrl, token: replaced.refreshToken })
    const carriesOn = before?.id === credential.account.id && home === origin
    home = origin
    // Not again for the server it was before: the machine may have slept since this answer came.
    if (isElsewhere) path.saw(answer)
    tokens.adopt(token)
    await adopted(carriesOn)
    if (mine !== era) return signedOutMeanwhile
    record('signed-in', {
      memoryOnly,
      lastsMs: Math.round(remainingMs(token, clock.monotonicNow())),
    })
    session.dispatch({ type: 'signed-in', account: credential.account, expiry: expiry() })
    begun(carriesOn)
    void sendRevocations()
    return succeed(undefined)
  }

  /** @returns whether the server knows now that this token is finished with (RFC 7009 §2.2) */
  async function revoke({ serverUrl, token }: Revocation): Promise<boolean> {
    const answer = await post(http, serverUrl + credentialEndpoints.revoke.path, { token })
    if (serverUrl === where()) path.saw(answer)
    // A refusal is an answer too: asking again would not change it.
    return answer.kind === 'ours' && answer.status < 500 && answer.status !== 429 && answer.status !== 408
  }

  async function clear(): Promise<Result<void>> {
    era++
    const cleared = await vault.clear()
    if (!cleared.ok) record('sign-out-not-stored', { code: cleared.failure.code })
    void sendRevocations()
    return cleared
  }

  async function sendRevocations(): Promise<void> {
    for (const revocation of await vault.revocations()) {
      if (!(await revoke(revocation))) continue
      const removed = await vault.removeRevocation(revocation)
      record('revoked', { forgotten: removed.ok })
    }
  }

  return {
    home: where,

    restored(serverUrl) {
      home = serverUrl
    },

    async in(request) {
      const { kind } = session.now()
      const isOpen = kind === 'signed-out' || kind === 'reauth-required' || kind === 'keychain-unavailable'
      // Who is signed in may sign in again at any time, before the sign-in ends by itself for instance.
      const isAgain = session.account()?.email.toLowerCase() === request.email.trim().toLowerCase()
      if (kind === 'restoring') return fail('conflict', 'Lectern is still starting.', { retryable: true })
      if (!isOpen && !isAgain) return fail('conflict', 'Somebody else is signed in. Sign out first.')
      if (underWay) return fail('conflict', 'A sign-in is already under way.', { retryable: true })
      underWay = true
      try {
        return await begin(request)
      } finally {
        underWay = false
      }
    },

    async out() {
      record('session-ended', { reason: 'signed-out' })
      tokens.drop()
      session.dispatch({ type: 'signed-out' })
      left()
      const cleared = clear()
      home = null
      return cleared
    },

    async lock(message) {
      record('session-ended', { reason: 'idle' })
      tokens.drop()
      session.dispatch({ type: 'ended', reason: 'idle', message, at: clock.wallNow() })
      await clear()
    },

    sendRevocations,
  }
}
