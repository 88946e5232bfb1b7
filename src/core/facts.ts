/** How the session does, for whoever looks at its panel: gathered as things happen, told once a second at most. */
import type { SessionFacts } from '../contract/diagnostics.ts'
import { BOOT_ID_HEADER } from '../contract/endpoint.ts'
import type { RecoveryCause } from '../contract/model.ts'
import type { Clock, HttpClient, Timer } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { Vault } from './vault.ts'

export interface FactsPorts {
  readonly clock: Clock
  readonly tokens: Tokens
  readonly path: Path
  readonly vault: Vault
  readonly serverUrl: () => string
  readonly latencies: () => SessionFacts['latencies']
  readonly tell: (facts: SessionFacts) => void
}

export interface Facts {
  now(): SessionFacts
  /** Something in them may be another by now. */
  changed(): void
  refreshed(): void
  /** The recovery under way stays what it was begun for, whatever asks for another meanwhile. */
  recovering(cause: RecoveryCause): void
  recovered(tookMs: number): void
  /** The recovery under way came to nothing. */
  halted(): void
  stop(): void
}

const TOLD_EVERY_MS = 1000
const MAX_LATENCIES = 60

/** @returns the same client, and what the last answers of our server took: bytes of a file say nothing of that */
export function timeAnswers(clock: Clock, http: HttpClient, answered: () => void) {
  let latencies: SessionFacts['latencies'] = []
  const timed: HttpClient = {
    ...http,
    async send(request) {
      const sent = clock.monotonicNow()
      const outcome = await http.send(request)
      const isSmall = request.body === undefined || typeof request.body === 'string'
      if (outcome.kind === 'response' && outcome.headers[BOOT_ID_HEADER] && isSmall) {
        const ms = Math.round(clock.monotonicNow() - sent)
        latencies = [...latencies, { at: clock.wallNow(), ms }].slice(-MAX_LATENCIES)
        answered()
      }
      return outcome
    },
  }
  return { http: timed, latencies: () => latencies }
}

export function createFacts(ports: FactsPorts): Facts {
  const { clock, tokens, path, vault, serverUrl, latencies, tell } = ports
  let lastRefreshAt: number | null = null
  let lastRecovery: SessionFacts['lastRecovery'] = null
  let recoveryCause: RecoveryCause | null = null
  let told = ''
  let toldAt = -Infinity
  let timer: Timer | null = null

  function now(): SessionFacts {
    const token = tokens.current()
    const planned = tokens.nextRefresh()
    const serverNow = path.serverNow()
    const wallNow = clock.wallNow()
    const onWall = (monotonic: number) => Math.round(wallNow + monotonic - clock.monotonicNow())
    return {
      serverUrl: serverUrl(),
      serverVersion: path.serverVersion(),
      clockOffset: serverNow === null ? null : Math.round(serverNow - wallNow),
      accessIssuedAt: token && onWall(token.expiresMonotonic - token.lifetimeMs),
      accessExpiresAt: token && onWall(token.expiresMonotonic),
      nextRefreshAt: planned === null ? null : onWall(planned),
      lastRefreshAt,
      sessionExpiresAt: vault.credential?.sessionExpiresAt ?? null,
      lastRecovery,
      latencies: latencies(),
      memoryOnly: vault.memoryOnly,
    }
  }

  function look(): void {
    timer = null
    const facts = now()
    const text = JSON.stringify(facts)
    if (text === told) return
    told = text
    toldAt = clock.monotonicNow()
    tell(facts)
  }

  function changed(): void {
    if (timer) return
    const wait = Math.max(0, toldAt + TOLD_EVERY_MS - clock.monotonicNow())
    timer = clock.setTimer(wait, look)
  }

  return {
    now,
    changed,

    refreshed() {
      lastRefreshAt = clock.wallNow()
      changed()
    },

    recovering(cause) {
      recoveryCause ??= cause
    },

    recovered(tookMs) {
      if (recoveryCause) lastRecovery = { cause: recoveryCause, at: clock.wallNow(), tookMs }
      recoveryCause = null
      changed()
    },

    halted() {
      recoveryCause = null
    },

    stop() {
      timer?.cancel()
      timer = null
    },
  }
}
