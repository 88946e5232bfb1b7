/**
 * One cheap unauthenticated question: is our server there, which boot is it, what time does it have? A rotation is
 * sent only over a path this has proven (a network that eats answers turns a rotation into a forced sign-out).
 */
import { Health, endpoints } from '../contract/api.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { failureOf, readAnswer, type Answer } from './answer.ts'
import type { Clock, HttpClient } from './ports.ts'

export interface ServerTime {
  /** Epoch milliseconds on the server's clock ... */
  readonly serverNow: number
  /** ... at this monotonic instant or a little later: when the probe was sent. */
  readonly monotonic: number
}

export interface Path {
  /** True after any answer of our server, until something casts doubt. */
  readonly proven: boolean
  /** A request failed, the network changed, or the machine slept. */
  doubt(): void
  /** Every answer passes here: it proves the path and shows whether the server restarted. */
  saw(answer: Answer): void
  /** The server's clock now, epoch milliseconds, within a second or so; null before its first answer. */
  serverNow(): number | null
  /** As the last probe of this server said; null before it. */
  serverVersion(): string | null
  probe(signal?: AbortSignal): Promise<Result<ServerTime>>
}

/**
 * @param serverUrl the origin to ask; changes with the account
 * @param restarted called when an answer carries another bootId than the one before
 */
export function createPath(
  clock: Clock,
  http: HttpClient,
  serverUrl: () => string,
  restarted: () => void,
): Path {
  let proven = false
  let bootId: string | null = null
  let origin = ''
  let heard: ServerTime | null = null
  let version: string | null = null

  const saw = (answer: Answer) => {
    if (answer.kind === 'none') {
      if (answer.failure.code !== 'cancelled') proven = false
      return
    }
    proven = true
    const before = bootId
    const sameServer = origin === serverUrl()
    if (answer.date !== null) heard = { serverNow: answer.date, monotonic: clock.monotonicNow() }
    if (!sameServer) version = null
    bootId = answer.bootId
    origin = serverUrl()
    if (before !== null && sameServer && before !== answer.bootId) restarted()
  }

  return {
    get proven() {
      return proven
    },
    doubt() {
      proven = false
    },
    saw,
    serverNow: () => heard && heard.serverNow + (clock.monotonicNow() - heard.monotonic),
    serverVersion: () => version,
    async probe(signal) {
      const sent = clock.monotonicNow()
      const answer = readAnswer(
        await http.send({
          method: 'GET',
          url: serverUrl() + endpoints.health.path,
          headers: { accept: 'application/json' },
          timeoutMs: timing.probeTimeout * 1000,
          ...(signal ? { signal } : {}),
        }),
      )
      if (answer.kind === 'none') {
        saw(answer)
        return { ok: false, failure: answer.failure }
      }
      if (answer.status !== 200) return { ok: false, failure: failureOf(answer) }
      const health = Health.safeParse(answer.json)
      if (!health.success) return fail('unexpected-answer', 'The server gave an answer that makes no sense.')
      saw(answer)
      version = health.data.version
      return succeed({ serverNow: Date.parse(health.data.time), monotonic: sent })
    },
  }
}
