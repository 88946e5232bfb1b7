/**
 * What must hold in every run, whatever happens. The oracle sees what the processes do at their ports and knows what
 * is true at the server; it never looks inside core.
 */
import { ClientFrame, RefreshBody } from '../../src/contract/credentials.ts'
import { CLOSE } from '../../src/contract/frames.ts'
import { timing } from '../../src/contract/settings.ts'
import type { SessionState } from '../../src/contract/model.ts'
import type { HttpOutcome, HttpRequest, JournalDetail, PowerEvent } from '../../src/core/ports.ts'
import type { Laptop, Process, Watch } from './laptop.ts'
import type { VirtualServer } from './virtual-server.ts'

export const properties = {
  'ends-by-definitive-word': 'no session ends without the server’s definitive word or the person’s own',
  'says-why': 'an ended session says why',
  'never-reused': 'no spent token is ever presented without its intent',
  'intent-first': 'a rotation is in the keychain before it is sent',
  'saved-before-used': 'a token is used only after its credential is stored',
  'one-refresh': 'one rotation in flight per process',
  'refresh-floor': 'two rotations are never closer than the floor',
  'needless-refresh': 'no token is renewed that was neither due nor rejected',
  'proven-path': 'a rotation is sent only over a path that has answered since the last doubt',
  'not-after-suspend': 'no rotation begins between suspend and resume',
  'held-awake': 'the machine is asked to stay awake during a rotation',
  'own-token': 'nothing is sent in one person’s name with another’s token',
  'credential-kept': 'the credential leaves the keychain only at a sign-out',
  'signed-out-for-good': 'nothing of a session is left after a sign-out',
  'delivered-once': 'an accepted message arrives exactly once',
  'hand-last-word': 'the last word about a hand is the last that the server hears of it',
  'delivered-in-order': 'accepted messages arrive in the order they were written',
  'draft-kept': 'an accepted draft is there again',
  'events-once': 'a room shows every event once, in order, with no gap',
  'stream-whole': 'a streamed reply loses and doubles nothing',
  'revocation-noticed': 'a revoked session ends within a heartbeat of being connected',
  'active-in-time': 'after the last fault the session is active within the bound',
  'first-call': 'the first call after the network’s return takes a probe, a refresh and a call',
  'wake-noticed': 'a sleep that nobody announced is noticed, and the path looked at, within the cool-down',
  'nothing-hangs': 'everything a person asks for gets an answer',
  'refresh-rate': 'in calm hours tokens are renewed as often as their life asks for',
  'no-busy-loop': 'work per second is bounded',
  'token-secret': 'no token is anywhere but in the keychain and in requests',
  'no-crash': 'nothing throws',
} as const
export type Property = keyof typeof properties

export interface Violation {
  readonly property: Property
  readonly what: string
}

const REFRESH = '/auth/token'
const TOKEN = /(refresh|access)-token-/
const SETTLING_IN_MS = 30_000
/** A machine that runs on for this long has not gone to sleep, whatever it announced. */
const FALSE_SLEEP_MS = 15_000
/** Calls of ports a process may make in ten seconds. A room full of things happening needs a fraction. */
const BUSY = 1500

/** What is known of one process. */
interface Known {
  /** Rotations whose answer the process has not heard. */
  rotating: number
  /** On the machine's own clock, which may stand still while it sleeps. */
  lastRotation: number
  /** Whether our server has answered since something cast doubt. */
  proven: boolean
  /** When sleep was announced, in milliseconds this machine was awake; null when it is over. */
  suspendedAt: number | null
  /** Access tokens given to this process with each refresh token. */
  readonly given: Map<string, { accessToken: string; lives: number; until: number }>
  /** Access tokens that the server has rejected. */
  readonly rejected: Set<string>
  /** The refresh token that the server refused for good. */
  refused: string | null
  /** Rotations sent and not yet answered by our server. */
  readonly unanswered: Set<string>
  readonly rotations: number[]
  lastProbe: number
  signedInAt: number
  /** The sign-in whose refresh token this process sent or got last. */
  family: string | undefined
  socketToken: string | null
  calls: number
  callsSince: number
}

export class Oracle implements Watch {
  readonly violations: Violation[] = []
  readonly #laptop: Laptop
  readonly #server: VirtualServer
  readonly #known = new Map<Process, Known>()
  /** Refresh tokens that were in the keychain, with the intents stored beside them. */
  readonly #stored = new Map<string, Set<string>>()
  /** Set by whoever drives: the moments at which a kill or a sleep falls. */
  onPortCall: (process: Process, port: string) => void = () => {}
  trace: ((line: string, process: Process | null) => void) | null = null
  /** Whether somebody is to be signed in on this laptop; `perhaps` while that is changing. */
  signedIn: 'yes' | 'no' | 'perhaps' = 'no'

  constructor(laptop: Laptop, server: VirtualServer) {
    this.#laptop = laptop
    this.#server = server
    const set = laptop.keychain.set.bind(laptop.keychain)
    laptop.keychain.set = (name, text) => {
      if (name === 'credential') this.#note(text)
      return set(name, text)
    }
    const remove = laptop.keychain.delete.bind(laptop.keychain)
    laptop.keychain.delete = (name) => {
      if (name === 'credential' && this.signedIn === 'yes') {
        this.violate('credential-kept', 'removed though nobody signed out')
      }
      return remove(name)
    }
  }

  violate(property: Property, what: string): void {
    this.trace?.(`VIOLATION ${property}: ${what}`, null)
    if (this.violations.length < 20) this.violations.push({ property, what })
  }

  /** @param memoryOnly whether what this process has need not be in the keychain */
  memoryOnly = false

  rotationsOf(process: Process): readonly number[] {
    return this.#of(process).rotations
  }

  /** Milliseconds until this process may send another rotation; negative when it may. */
  untilFloor(process: Process): number {
    return this.#of(process).lastRotation + timing.refreshFloor * 1000 - this.#laptop.clock.monotonicNow()
  }

  portCall(process: Process, port: string): void {
    const known = this.#of(process)
    if (this.#laptop.time.now - known.callsSince > 10_000) {
      known.callsSince = this.#laptop.time.now
      known.calls = 0
    }
    if (++known.calls === BUSY) this.violate('no-busy-loop', `${BUSY} calls of ports in 10 s, last ${port}`)
    this.onPortCall(process, port)
  }

  sending(process: Process, request: HttpRequest): void {
    if (TOKEN.test(request.url)) this.violate('token-secret', `in the address ${request.url}`)
    const path = pathOf(request)
    this.trace?.(`→ ${request.method} ${path}`, process)
    if (path === '/health') this.#of(process).lastProbe = this.#laptop.time.now
    if (path === REFRESH) this.#rotation(process, request)
    const accessToken = request.headers['authorization']?.replace(/^Bearer /, '')
    if (accessToken) this.#use(process, accessToken)
  }

  answered(process: Process, request: HttpRequest, outcome: HttpOutcome): void {
    const known = this.#of(process)
    const path = pathOf(request)
    const ours = outcome.kind === 'response' && 'lectern-boot-id' in outcome.headers
    this.trace?.(
      `← ${path} ${outcome.kind === 'response' ? `${outcome.status}${ours ? '' : ' (not ours)'}` : outcome.reason}`,
      process,
    )
    if (ours) known.proven = true
    else if (outcome.kind === 'response' || outcome.reason !== 'aborted') known.proven = false
    const accessToken = request.headers['authorization']?.replace(/^Bearer /, '')
    if (accessToken && outcome.kind === 'response' && outcome.status === 401) known.rejected.add(accessToken)
    if (path === REFRESH) {
      known.rotating--
      const { refresh_token: presented } = RefreshBody.parse(JSON.parse(String(request.body)))
      if (ours && outcome.status === 200) known.unanswered.delete(presented)
      if (ours && outcome.body.includes('invalid_grant')) known.refused = presented
    }
    if (path === '/auth/sign-in') known.signedInAt = this.#laptop.time.now
    if ((path === REFRESH || path === '/auth/sign-in') && ours && outcome.status === 200) {
      const given = JSON.parse(outcome.body) as {
        refresh_token: string
        access_token: string
        expires_in: number
      }
      known.family = this.#server.refreshTokens.get(given.refresh_token)?.family
      known.given.set(given.refresh_token, {
        accessToken: given.access_token,
        lives: given.expires_in * 1000,
        until: this.#server.access.get(given.access_token)?.expires ?? 0,
      })
    }
  }

  told(process: Process, text: string): void {
    const frame = ClientFrame.parse(JSON.parse(text))
    this.trace?.(`⇢ ${frame.type}`, process)
    if (frame.type === 'ping') return
    this.#of(process).socketToken = frame.accessToken
    this.#use(process, frame.accessToken)
  }

  closed(process: Process, code: number): void {
    const known = this.#of(process)
    this.trace?.(`⇠ closed ${code}`, process)
    // "Revoked" is said of the sign-in, whatever token the socket had; whether it is so has to be asked.
    if (code === CLOSE.revoked)
      for (const { accessToken } of known.given.values()) known.rejected.add(accessToken)
    else if (code >= 4400 && known.socketToken) known.rejected.add(known.socketToken)
    else if (code !== 1005) known.proven = false
  }

  stored(name: string, text: string): void {
    if (TOKEN.test(text)) this.violate('token-secret', `in the file ${name}`)
  }

  /** Words about a hand that the server refused. */
  handsDropped = 0

  journal(process: Process, event: string, detail: JournalDetail): void {
    if (event === 'outbox-hand-dropped') this.handsDropped++
    const text = Object.keys(detail).length ? JSON.stringify(detail) : ''
    if (TOKEN.test(text)) this.violate('token-secret', `in the journal: ${event}`)
    this.trace?.(`· ${event} ${text}`, process)
  }

  /** When this process last asked whether the server is there. */
  lastProbe(process: Process): number {
    return this.#of(process).lastProbe
  }

  /** A hint that the network changed: everything known is in doubt. */
  doubt(process: Process): void {
    this.#of(process).proven = false
  }

  power(process: Process, event: PowerEvent): void {
    this.#of(process).suspendedAt = event === 'suspend' ? this.#laptop.clock.awakeMs : null
    if (event === 'resume') this.doubt(process)
  }

  /** A sign-out that says it is done must have left nothing. */
  signedOut(): void {
    const left = this.#laptop.keychain.has('credential') || this.#laptop.files.has('known-account.json')
    if (left) this.violate('signed-out-for-good', 'the credential is still there')
    if (this.#laptop.sealed.has('last-known.json')) {
      this.violate('signed-out-for-good', 'what was last seen is still on the disk')
    }
  }

  /** The sign-in that this process holds a token of. */
  familyOf(process: Process): string | undefined {
    return this.#of(process).family
  }

  readonly #givenUp = new Set<string>()

  /** A person signed out, or signed in anew: every sign-in of this laptop but the newest may end by that. */
  giveUp(newest: string | undefined): void {
    for (const id of this.#server.families.keys()) if (id !== newest) this.#givenUp.add(id)
  }

  /** A session was ended by the server's word: was it the truth? */
  ended(process: Process, state: Extract<SessionState, { kind: 'reauth-required' }>): void {
    const { refused } = this.#of(process)
    const token = refused === null ? undefined : this.#server.refreshTokens.get(refused)
    const why = (token && this.#server.families.get(token.family)?.ended) ?? null
    if (state.reason === 'refused' && this.#replacedHere(process)) return
    if (why === null) this.violate('ends-by-definitive-word', `${state.reason}, and the server never said so`)
    else if (why === 'signed-out' && !this.#givenUp.has(token?.family ?? '')) {
      this.violate('ends-by-definitive-word', 'its sign-in was given back, and no person wanted that')
    } else if (why === 'reused') this.violate('ends-by-definitive-word', 'its token was used twice')
    const reason = why === 'signed-out' ? 'elsewhere' : why
    if (why !== null && (reason !== state.reason || !state.message)) {
      this.violate('says-why', `said ${state.reason}, was ${why}`)
    }
  }

  /** Somebody signed in or out by another process since: that is a person's word, and the vault shows it. */
  #replacedHere(process: Process): boolean {
    const text = this.#laptop.keychain.get('credential')
    if (text === undefined) {
      // Undefined: found at start, and never renewed by this process.
      const family = this.familyOf(process)
      const isGivenUp = family === undefined || this.#givenUp.has(family)
      return isGivenUp && !this.#laptop.files.has('known-account.json')
    }
    const { refreshToken } = JSON.parse(text) as { refreshToken: string }
    return this.#server.refreshTokens.get(refreshToken)?.family !== this.familyOf(process)
  }

  #of(process: Process): Known {
    let known = this.#known.get(process)
    if (!known) {
      known = {
        rotating: 0,
        lastRotation: -Infinity,
        proven: false,
        suspendedAt: null,
        given: new Map(),
        rejected: new Set(),
        refused: null,
        unanswered: new Set(),
        rotations: [],
        lastProbe: -Infinity,
        signedInAt: -Infinity,
        family: undefined,
        socketToken: null,
        calls: 0,
        callsSince: this.#laptop.time.now,
      }
      this.#known.set(process, known)
    }
    return known
  }

  #note(text: string): void {
    const { refreshToken, rotationKey, generation } = JSON.parse(text) as Record<string, string | number>
    const intents = this.#stored.get(String(refreshToken)) ?? new Set()
    intents.add(`${rotationKey}-${generation}`)
    this.#stored.set(String(refreshToken), intents)
  }

  #rotation(process: Process, request: HttpRequest): void {
    const known = this.#of(process)
    const { time } = this.#laptop
    const { refresh_token: token } = RefreshBody.parse(JSON.parse(String(request.body)))
    const key = request.headers['idempotency-key'] ?? ''

    const presented = this.#server.refreshTokens.get(token)
    const spent = presented?.spentWith
    known.family = presented?.family
    if (spent && spent.key !== key) this.violate('never-reused', 'a spent token with another key')
    if (!this.memoryOnly && !this.#stored.get(token)?.has(key)) {
      this.violate('intent-first', 'the keychain holds no intent for this rotation')
    }
    if (++known.rotating > 1) this.violate('one-refresh', `${known.rotating} at once`)
    const left = this.untilFloor(process)
    if (left > 1) this.violate('refresh-floor', `${Math.round(left)} ms too early`)
    known.lastRotation = this.#laptop.clock.monotonicNow()
    if (!known.proven) this.violate('proven-path', 'no answer of the server since the last doubt')
    const awakeFor = this.#laptop.clock.awakeMs - (known.suspendedAt ?? -Infinity)
    if (awakeFor < FALSE_SLEEP_MS) this.violate('not-after-suspend', 'the machine had announced sleep')
    if (process.holds === 0) this.violate('held-awake', 'nothing asked the machine to stay awake')

    const given = known.given.get(token)
    const retried = known.unanswered.has(token)
    if (given && !retried) {
      // The laptop reckons from when it asked, and HTTP cuts the server's time to seconds. Being late is no fault.
      const early = 2000 + 2 * this.#laptop.network.latencyMs
      const margin = Math.min(5 * 60_000, given.lives / 5) * 1.1 + early
      // Signing in again gives the old sign-in back, and the server then closes what still carries it.
      if (time.now - known.signedInAt < SETTLING_IN_MS) known.rejected.add(given.accessToken)
      if (given.until - time.now > margin && !known.rejected.has(given.accessToken)) {
        this.violate('needless-refresh', `${Math.round((given.until - time.now) / 1000)} s before its end`)
      }
    }
    if (!retried) known.rotations.push(time.now)
    known.unanswered.add(token)
  }

  #use(process: Process, accessToken: string): void {
    const access = this.#server.access.get(accessToken)
    if (!access) return
    if (!this.memoryOnly && !this.#stored.has(access.refreshToken)) {
      this.violate('saved-before-used', 'the credential of this access token was never stored')
    }
    const { state } = process.session.state()
    const account = this.#server.families.get(access.family)?.account
    if ('account' in state && state.account.id !== account?.id) {
      this.violate('own-token', `${state.account.displayName} with the token of ${account?.displayName}`)
    }
  }
}

const pathOf = (request: HttpRequest) => request.url.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*$/, '')
