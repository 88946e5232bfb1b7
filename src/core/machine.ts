/**
 * What happens to the machine under a session: it sleeps and wakes, is locked, changes its network. Systems announce
 * that late, twice or not at all, so the clocks are watched as well.
 */
import type { Presence } from '../contract/model.ts'
import type { Doubts } from './doubts.ts'
import type { Idle } from './idle.ts'
import type { Clock, Network, PowerEvent, PowerEvents } from './ports.ts'
import type { Path } from './probe.ts'
import type { Recovery } from './recovery.ts'
import type { StateHolder } from './session-state.ts'
import type { Recorder } from './timeline.ts'
import { createWake } from './wake.ts'

export interface MachinePorts {
  readonly clock: Clock
  readonly power: PowerEvents
  readonly network: Network
  readonly record: Recorder
  readonly session: Pick<StateHolder, 'now' | 'dispatch'>
  readonly path: Pick<Path, 'doubt'>
  readonly idle: Pick<Idle, 'activity'>
  readonly doubts: Pick<Doubts, 'raise' | 'suspect'>
  readonly recovery: Pick<Recovery, 'ring'>
}

export interface MachineListeners {
  /** Something makes it likely that the next try succeeds. */
  hopeful(): void
  /** The network is there, as far as the system knows. */
  online(): void
  /** The screen was locked or unlocked. */
  presence(presence: Presence): void
}

export interface Machine {
  start(): void
  /** Whether sleep was announced and its end was not. */
  sleepAnnounced(): boolean
  stop(): void
}

/** Running this long after `suspend` without a `resume` means that the machine did not sleep after all. */
const FALSE_SLEEP_MS = 15_000

export function createMachine(ports: MachinePorts, listeners: MachineListeners): Machine {
  const { clock, power, network, record, session, path, idle, doubts, recovery } = ports
  const unsubscribe: (() => void)[] = []
  let sleepAnnounced = false

  const wake = createWake(clock, {
    jumped({ wallMs, monotonicMs }) {
      record('clock-jump', { wallMs: Math.round(wallMs), monotonicMs: Math.round(monotonicMs) })
      idle.activity()
      path.doubt()
      // A wait that was reckoned before a sleep may be over by now.
      recovery.ring()
      doubts.raise('clock-jump')
    },
    steady(forMs) {
      const state = session.now()
      const overdue = state.kind === 'suspended' && clock.wallNow() - state.since > FALSE_SLEEP_MS
      if (overdue && forMs > FALSE_SLEEP_MS) {
        record('sleep-did-not-come')
        sleepAnnounced = false
        session.dispatch({ type: 'resume', at: clock.wallNow() })
      }
    },
  })

  function onPower(event: PowerEvent): void {
    record(event)
    switch (event) {
      case 'suspend':
        path.doubt()
        sleepAnnounced = true
        session.dispatch({ type: event, at: clock.wallNow() })
        return
      case 'resume':
        // Opening the lid is somebody being there; and the time asleep was nobody's idleness.
        idle.activity()
        path.doubt()
        sleepAnnounced = false
        session.dispatch({ type: event, at: clock.wallNow() })
        // After it: the recovery that this begins is the answer to what the clocks did meanwhile.
        wake.look()
        return
      case 'lock':
        listeners.presence('away')
        return
      case 'unlock':
        idle.activity()
        listeners.presence('here')
        listeners.hopeful()
    }
  }

  function onNetwork(online: boolean): void {
    record('network', { online })
    path.doubt()
    void doubts.suspect()
    if (!online) return
    listeners.hopeful()
    listeners.online()
  }

  return {
    start() {
      unsubscribe.push(power.subscribe(onPower), network.subscribe(onNetwork))
      wake.start()
    },
    sleepAnnounced: () => sleepAnnounced,
    stop() {
      wake.stop()
      for (const stop of unsubscribe) stop()
    },
  }
}
