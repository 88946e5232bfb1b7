/** Signs that what is known may be wrong. Nobody asked for the recovery they lead to, so it must not come too often. */
import type { RecoveryCause } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { isConnected } from './lifecycle.ts'
import type { Clock, Timer } from './ports.ts'
import type { Path } from './probe.ts'
import type { StateHolder } from './session-state.ts'
import type { Recorder } from './timeline.ts'

export interface DoubtsPorts {
  readonly clock: Clock
  readonly record: Recorder
  readonly path: Pick<Path, 'probe'>
  readonly session: Pick<StateHolder, 'now' | 'dispatch'>
}

export interface Doubts {
  /** Leads to a recovery, at once or when the last one is long enough ago. */
  raise(cause: RecoveryCause): void
  /** Somebody got no answer: one probe says whether the path is gone, for all who ask meanwhile. */
  suspect(): Promise<void>
  /** A recovery is done, which settles every doubt there was. */
  settled(): void
  stop(): void
}

export function createDoubts({ clock, record, path, session }: DoubtsPorts): Doubts {
  let lastRecovered = -Infinity
  let timer: Timer | null = null
  let suspecting: Promise<void> | null = null

  function raise(cause: RecoveryCause): void {
    const wait = lastRecovered + timing.recoveryCooldown * 1000 - clock.monotonicNow()
    if (wait <= 0) return session.dispatch({ type: 'doubt', cause, at: clock.wallNow() })
    record('recovery-put-off', { cause, waitMs: Math.round(wait) })
    timer?.cancel()
    timer = clock.setTimer(wait, () => raise(cause))
  }

  return {
    raise,

    suspect() {
      if (!isConnected(session.now())) return Promise.resolve()
      suspecting ??= path
        .probe()
        .then((time) => {
          if (!time.ok) session.dispatch({ type: 'path-lost', at: clock.wallNow() })
        })
        .finally(() => (suspecting = null))
      return suspecting
    },

    settled() {
      lastRecovered = clock.monotonicNow()
      timer?.cancel()
    },

    stop: () => timer?.cancel(),
  }
}
