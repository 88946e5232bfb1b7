/**
 * The way back after a sleep, an outage or a restart of the server: first a path to our server, then a living
 * token, then everything that hangs on it, one step after the other and each shown. One at a time; a step that
 * fails for a passing reason leads back to the first.
 */
import type { RecoveryStep, Result } from '../contract/model.ts'
import { backoff } from './backoff.ts'
import { Pause } from './pause.ts'
import type { Clock, Random } from './ports.ts'
import type { Path } from './probe.ts'
import type { Tokens } from './refresh.ts'
import type { Recorder } from './timeline.ts'

export interface RecoveryPorts {
  readonly clock: Clock
  readonly random: Random
  readonly record: Recorder
  readonly path: Path
  readonly tokens: Tokens
  /** What follows once a living token is there, in order. `refreshed`: the server has just accepted it. */
  readonly restore: readonly {
    readonly step: RecoveryStep
    run(refreshed: boolean): Promise<Result<void>>
  }[]
}

export interface RecoveryListeners {
  /** What runs by its own timers stops: the recovery does its work. */
  begun(): void
  step(step: RecoveryStep): void
  /** @param waitMs until the next try */
  tryFailed(waitMs: number): void
  recovered(tookMs: number): void
}

export interface Recovery {
  /** Starts one, or lets the one under way try again at once. */
  begin(): void
  /** Do not wait any longer for the next try; one that is under way goes on. */
  ring(): void
  abort(): void
}

export function createRecovery(ports: RecoveryPorts, listeners: RecoveryListeners): Recovery {
  const { clock, random, record, path, tokens, restore } = ports
  const pause = new Pause(clock)
  let running: AbortController | null = null
  /** The probe under way: a hint that the network is back cuts a hanging one short. */
  let probing: AbortController | null = null

  async function findPath() {
    listeners.step('network')
    // Nothing may rotate over a path that has not answered yet.
    tokens.halt()
    probing = new AbortController()
    const time = await path.probe(probing.signal)
    probing = null
    return time
  }

  async function restoreAll(me: AbortController): Promise<Result<void>> {
    let refreshed = tokens.due()
    if (refreshed) {
      listeners.step('refresh')
      const token = await tokens.refresh('recovery')
      // A keychain that refuses is no reason to stop while the token in hand still works.
      if (!token.ok && !tokens.alive()) return token
      refreshed = token.ok
    }
    for (const { step, run } of restore) {
      if (me.signal.aborted) break
      listeners.step(step)
      const done = await run(refreshed)
      if (done.ok) continue
      record('recovery-step-failed', { step, code: done.failure.code })
      // What is refused for good would be refused at the next try as well, and keeps nobody from the rest.
      if (done.failure.retryable) return done
    }
    return { ok: true, value: undefined }
  }

  async function run(me: AbortController): Promise<void> {
    const begun = clock.monotonicNow()
    for (let tries = 0; ;) {
      const time = await findPath()
      if (me.signal.aborted) return
      let failure = time.ok ? null : time.failure
      if (time.ok) {
        tokens.reckon(time.value)
        tokens.proceed()
        const restored = await restoreAll(me)
        if (me.signal.aborted) return
        if (restored.ok) break
        failure = restored.failure
      } else if (time.failure.code === 'cancelled') {
        continue
      }
      const wait = Math.max(backoff(tries++, random), failure?.retryAfterMs ?? 0)
      record('recovery-try-failed', { tries, code: failure?.code ?? null, waitMs: Math.round(wait) })
      listeners.tryFailed(wait)
      await pause.wait(wait, me.signal)
      if (me.signal.aborted) return
    }
    running = null
    const tookMs = Math.round(clock.monotonicNow() - begun)
    record('recovered', { tookMs })
    listeners.recovered(tookMs)
  }

  return {
    begin() {
      if (running) {
        probing?.abort()
        pause.ring()
        tokens.hurry()
        return
      }
      running = new AbortController()
      listeners.begun()
      void run(running)
    },
    ring: () => pause.ring(),
    abort() {
      running?.abort()
      running = null
      probing?.abort()
    },
  }
}
