import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maya } from '../../tests/simulation/virtual-server.ts'
import type { SessionState } from '../contract/model.ts'
import { signedOut, transition, type LifecycleEvent } from './lifecycle.ts'

const expiry = { accessExpiresAt: 1, sessionExpiresAt: 2 }
const at = 1000

const states: Record<SessionState['kind'], SessionState> = {
  'signed-out': signedOut('first-start'),
  restoring: { kind: 'restoring' },
  'keychain-unavailable': { kind: 'keychain-unavailable', account: maya, problem: 'locked', message: '' },
  active: { kind: 'active', account: maya, ...expiry },
  refreshing: { kind: 'refreshing', account: maya, ...expiry },
  'idle-warning': { kind: 'idle-warning', account: maya, ...expiry, endsAt: 9 },
  offline: { kind: 'offline', account: maya, since: 0, nextTryAt: 5 },
  suspended: { kind: 'suspended', account: maya, since: 0 },
  recovering: { kind: 'recovering', account: maya, since: 0, step: 'network', cause: 'resume' },
  'reauth-required': { kind: 'reauth-required', account: maya, reason: 'revoked', message: '', at },
}

const events: Record<LifecycleEvent['type'], LifecycleEvent> = {
  'vault-empty': { type: 'vault-empty' },
  'vault-found': { type: 'vault-found', account: maya, at },
  'vault-unavailable': { type: 'vault-unavailable', account: maya, problem: 'locked', message: '' },
  'signed-in': { type: 'signed-in', account: maya, expiry },
  'refresh-started': { type: 'refresh-started' },
  refreshed: { type: 'refreshed', expiry },
  'refresh-failed': { type: 'refresh-failed' },
  'path-lost': { type: 'path-lost', at },
  doubt: { type: 'doubt', cause: 'clock-jump', at },
  'try-failed': { type: 'try-failed', at, nextTryAt: at + 250 },
  step: { type: 'step', step: 'refresh', at },
  recovered: { type: 'recovered', expiry },
  ended: { type: 'ended', reason: 'revoked', message: '', at },
  idle: { type: 'idle', endsAt: 9 },
  activity: { type: 'activity' },
  suspend: { type: 'suspend', at },
  resume: { type: 'resume', at },
  'asked-to-retry': { type: 'asked-to-retry', at },
  'signed-out': { type: 'signed-out' },
}

/** State, event and the kind that follows; every pair that is not named stays as it is. */
const table: [SessionState['kind'], LifecycleEvent['type'], SessionState['kind']][] = [
  ['restoring', 'vault-empty', 'signed-out'],
  ['restoring', 'vault-found', 'recovering'],
  ['restoring', 'vault-unavailable', 'keychain-unavailable'],
  ['active', 'vault-unavailable', 'keychain-unavailable'],
  ['refreshing', 'vault-unavailable', 'keychain-unavailable'],
  ['offline', 'vault-unavailable', 'keychain-unavailable'],
  ['suspended', 'vault-unavailable', 'keychain-unavailable'],
  ['recovering', 'vault-unavailable', 'keychain-unavailable'],
  ['active', 'refresh-started', 'refreshing'],
  ['refreshing', 'refreshed', 'active'],
  ['refreshing', 'refresh-failed', 'active'],
  ['active', 'path-lost', 'recovering'],
  ['refreshing', 'path-lost', 'recovering'],
  ['active', 'doubt', 'recovering'],
  ['refreshing', 'doubt', 'recovering'],
  ['recovering', 'try-failed', 'offline'],
  ['offline', 'step', 'recovering'],
  ['recovering', 'recovered', 'active'],
  ['offline', 'recovered', 'active'],
  ['active', 'suspend', 'suspended'],
  ['refreshing', 'suspend', 'suspended'],
  ['offline', 'suspend', 'suspended'],
  ['recovering', 'suspend', 'suspended'],
  ['suspended', 'resume', 'recovering'],
  ['active', 'resume', 'recovering'],
  ['refreshing', 'resume', 'recovering'],
  ['active', 'idle', 'idle-warning'],
  ['refreshing', 'idle', 'idle-warning'],
  ['idle-warning', 'activity', 'active'],
  ['idle-warning', 'vault-unavailable', 'keychain-unavailable'],
  ['idle-warning', 'path-lost', 'recovering'],
  ['idle-warning', 'doubt', 'recovering'],
  ['idle-warning', 'suspend', 'suspended'],
  ['idle-warning', 'resume', 'recovering'],
  ['idle-warning', 'asked-to-retry', 'recovering'],
  ['keychain-unavailable', 'resume', 'restoring'],
  ['keychain-unavailable', 'asked-to-retry', 'restoring'],
  ['active', 'asked-to-retry', 'recovering'],
  ['refreshing', 'asked-to-retry', 'recovering'],
]

/** The same from every state, but for those that say nobody is signed in. */
function alwaysNext(from: SessionState['kind'], event: LifecycleEvent['type']): SessionState['kind'] | null {
  if (event === 'signed-in') return 'active'
  if (event === 'signed-out') return 'signed-out'
  if (event === 'ended' && from !== 'signed-out' && from !== 'restoring') return 'reauth-required'
  return null
}

describe('transition', () => {
  const pairs = Object.keys(states).flatMap((from) =>
    Object.keys(events).map((event) => [from, event] as const),
  )

  it.each(pairs)('%s + %s', (from, event) => {
    const named = table.find(([state, type]) => state === from && type === event)
    const expected =
      named?.[2] ?? alwaysNext(from as SessionState['kind'], event as LifecycleEvent['type']) ?? from
    const next = transition(states[from as SessionState['kind']], events[event as LifecycleEvent['type']])
    expect(next.state.kind).toBe(expected)
  })

  it('signs nobody out without their own word or the server’s, whatever happens', () => {
    const harmless = Object.values(events).filter(
      ({ type }) => !['signed-out', 'ended', 'vault-empty'].includes(type),
    )
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...harmless), { maxLength: 60 }), (happening) => {
        let state: SessionState = states.active
        for (const event of happening) state = transition(state, event).state
        expect(['signed-out', 'reauth-required']).not.toContain(state.kind)
        if ('account' in state) expect(state.account).toEqual(maya)
      }),
    )
  })

  it('stops everything that runs whenever it leaves the states in which things run', () => {
    for (const [from, event] of pairs) {
      const { state, effects } = transition(
        states[from as SessionState['kind']],
        events[event as LifecycleEvent['type']],
      )
      const stopped = ['suspended', 'reauth-required', 'signed-out', 'keychain-unavailable']
      const entered = stopped.includes(state.kind) && from !== state.kind && from !== 'restoring'
      if (entered) expect(effects).toContainEqual({ type: 'halt' })
    }
  })
})
