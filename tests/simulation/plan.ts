/**
 * What happens on one class day: how the laptop and the server are set up, what goes wrong, and what people do. A plan
 * is plain data that fast-check draws from a seed, so that a day that fails can be shrunk to the few steps that matter.
 */
import fc from 'fast-check'

export interface Setup {
  /** Seeds what is random within the day: jitter, and which request a lossy network loses. */
  readonly luck: number
  /** Of access tokens, minutes. */
  readonly accessTtl: number
  /** Of the refresh token family, hours. */
  readonly sessionTtl: number
  /** One way, milliseconds. */
  readonly latencyMs: number
  /** Of one call of a healthy keychain, milliseconds. */
  readonly keychainMs: number
  /** How wrong the wall clock is at first, seconds. */
  readonly wallError: number
  readonly monotonicStopsInSleep: boolean
  readonly reauth: 'in-band' | 'reconnect'
  /** Seconds. */
  readonly idleTimeout: number | null
  readonly memoryOnly: boolean
  /** Length of the day, seconds. */
  readonly length: number
}

/** `for`, `down` and `every` are seconds. */
type Action =
  | { readonly do: 'outage'; readonly for: number; readonly said: boolean; readonly cut: boolean }
  | { readonly do: 'stall'; readonly for: number }
  | { readonly do: 'cut' }
  | {
      readonly do: 'lose'
      readonly for: number
      readonly way: 'lose-request' | 'lose-answer'
      readonly of: Target
      readonly share: number
    }
  | { readonly do: 'portal'; readonly for: number; readonly status: number }
  | {
      readonly do: 'status'
      readonly for: number
      readonly status: number
      readonly of: Target
      /** Seconds, or none. */
      readonly retryAfter: number | null
      /** Whether it is our server that says so; a balancer or proxy otherwise. */
      readonly ours: boolean
    }
  | { readonly do: 'latency'; readonly ms: number }
  | { readonly do: 'keychain'; readonly for: number; readonly trouble: KeychainTrouble }
  | { readonly do: 'wall'; readonly by: number }
  | {
      readonly do: 'sleep'
      readonly for: number
      readonly said: 'both' | 'neither' | 'late' | 'resume'
      /** Seconds of failing DNS after the wake. */
      readonly dns: number
      /** Falls asleep at this call of a port from now; at once when null. */
      readonly call: number | null
    }
  | { readonly do: 'dark-wakes'; readonly count: number; readonly every: number; readonly said: boolean }
  | ({ readonly do: 'kill' } & Kill)
  | { readonly do: 'second'; readonly for: number }
  | { readonly do: 'restart'; readonly down: number }
  | { readonly do: 'revoke' }
  /** What is accepted must be kept: `killed` soon after it was asked, or not. */
  | { readonly do: 'say' | 'draft' | 'hand'; readonly killed: Kill | null }
  | { readonly do: 'hear' | 'list' | 'ask' | 'open' | 'leave' | 'check' | 'try-now' }
  | { readonly do: 'visit'; readonly for: number }
  | { readonly do: 'lock'; readonly for: number }
  | { readonly do: 'sign-out'; readonly for: number; readonly next: Who }
  | { readonly do: 'sign-in-again' }

/** At this call of a port from now: before it takes effect, or between that and its answer. */
export interface Kill {
  readonly call: number
  readonly when: 'before' | 'after'
  readonly down: number
}

export type Who = 'maya' | 'ben'
/** Which requests a fault meets. */
export type Target = 'token' | 'message' | 'health' | 'join' | 'history' | 'other' | 'all'
export type KeychainTrouble = 'null-answers' | 'locked' | 'denied' | 'missing' | 'slow' | 'late'

/** `at` is in millionths of the day's length; `app` says which of two running apps a person turns to. */
export type Step = Action & { readonly at: number; readonly app: number }

export interface Plan {
  readonly kind: 'calm' | 'day' | 'storm'
  readonly setup: Setup
  readonly steps: readonly Step[]
}

const whole = (min: number, max: number) => fc.integer({ min, max })
const act = <D extends Action['do'], R extends object>(
  name: D,
  rest: { [K in keyof R]: fc.Arbitrary<R[K]> },
) => fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Action>
const target = fc.constantFrom<Target[]>(
  'token',
  'token',
  'message',
  'health',
  'join',
  'history',
  'other',
  'all',
  'all',
)
/** Short ones matter as much as long ones. */
const span = (max: number) => fc.oneof(whole(1, 10), whole(1, 60), whole(1, max))
const portCall = fc.oneof(whole(1, 12), whole(1, 60))
const when = fc.constantFrom<Kill['when'][]>('before', 'after')
/** The write that accepts something is among the first calls after it was asked. */
const killed = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.record<Kill>({ call: whole(1, 4), when, down: span(120) }) },
)
const unharmed = { killed: fc.constant(null) }

const weighted = (choices: readonly (readonly [number, fc.Arbitrary<Action>])[]) =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))

const fault = weighted([
  [4, act('outage', { for: span(900), said: fc.boolean(), cut: fc.boolean() })],
  [2, act('stall', { for: span(120) })],
  [2, act('cut', {})],
  [
    4,
    act('lose', {
      for: span(120),
      way: fc.constantFrom('lose-request', 'lose-answer'),
      of: target,
      share: fc.constantFrom(1, 0.5, 0.2),
    }),
  ],
  [2, act('portal', { for: span(300), status: fc.constantFrom(200, 302, 400, 401, 403, 407, 511) })],
  [
    5,
    act('status', {
      for: span(120),
      status: fc.constantFrom(401, 403, 408, 429, 500, 502, 503, 504),
      of: target,
      retryAfter: fc.constantFrom(null, null, 1, 20, 120),
      ours: fc.boolean(),
    }),
  ],
  [1, act('latency', { ms: whole(5, 1500) })],
  [
    4,
    act('keychain', {
      for: span(180),
      trouble: fc.constantFrom<KeychainTrouble[]>(
        'null-answers',
        'locked',
        'denied',
        'missing',
        'slow',
        'late',
      ),
    }),
  ],
  [2, act('wall', { by: whole(-600, 600) })],
  [
    5,
    act('sleep', {
      for: span(5400),
      said: fc.constantFrom('both', 'both', 'neither', 'late', 'resume'),
      dns: fc.constantFrom(0, 0, 3, 30),
      call: fc.option(portCall),
    }),
  ],
  [1, act('dark-wakes', { count: whole(2, 8), every: whole(20, 900), said: fc.boolean() })],
  [6, act('kill', { call: portCall, when, down: span(120) })],
  [1, act('second', { for: span(1800) })],
  [2, act('restart', { down: span(60) })],
  [1, act('revoke', {})],
])

const deed = weighted([
  [6, act('say', { killed })],
  [6, act('hear', {})],
  [4, act('list', {})],
  [3, act('ask', {})],
  [2, act('open', {})],
  [1, act('leave', {})],
  [3, act('draft', { killed })],
  [3, act('hand', { killed })],
  [1, act('check', {})],
  [1, act('try-now', {})],
  [2, act('visit', { for: span(300) })],
  [1, act('lock', { for: span(600) })],
  [1, act('sign-out', { for: span(120), next: fc.constantFrom<Who[]>('maya', 'maya', 'ben') })],
  [1, act('sign-in-again', {})],
])

/** What people do on a day on which nothing goes wrong. */
const calmDeed = weighted([
  [5, act('say', unharmed)],
  [5, act('hear', {})],
  [3, act('list', {})],
  [2, act('ask', {})],
  [1, act('draft', unharmed)],
  [1, act('hand', unharmed)],
  [2, act('visit', { for: span(300) })],
])

const setup = (length: fc.Arbitrary<number>, accessTtl: fc.Arbitrary<number>): fc.Arbitrary<Setup> =>
  fc.record({
    luck: whole(1, 2 ** 31 - 1),
    accessTtl,
    sessionTtl: fc.oneof({ weight: 5, arbitrary: fc.constant(720) }, { weight: 1, arbitrary: whole(1, 3) }),
    latencyMs: fc.oneof(whole(2, 60), whole(2, 400)),
    keychainMs: fc.constantFrom(0, 3, 40),
    wallError: whole(-600, 600),
    monotonicStopsInSleep: fc.boolean(),
    reauth: fc.constantFrom('in-band', 'in-band', 'reconnect'),
    idleTimeout: fc.constantFrom(null, 3600, 900),
    memoryOnly: fc.oneof(
      { weight: 19, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    length,
  })

const plan = (
  kind: Plan['kind'],
  given: fc.Arbitrary<Setup>,
  action: fc.Arbitrary<Action>,
  maxLength: number,
): fc.Arbitrary<Plan> =>
  fc.record({
    kind: fc.constant(kind),
    setup: given,
    steps: fc
      .array(
        fc
          .tuple(whole(0, 1_000_000), whole(0, 1), action)
          .map(([at, app, what]) => ({ ...what, at, app }) as Step),
        { maxLength, size: 'max' },
      )
      .map((steps) => steps.toSorted((a, b) => a.at - b.at)),
  })

const anyTtl = fc.oneof(whole(1, 5), whole(5, 60))
const hours = (min: number, max: number) => whole(min * 3600, max * 3600)

const calmSetup = setup(hours(3, 8), anyTtl).map((given) => ({
  ...given,
  sessionTtl: 720,
  idleTimeout: null,
  memoryOnly: false,
}))

export const anyPlan: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 1, arbitrary: plan('calm', calmSetup, calmDeed, 30) },
  {
    weight: 4,
    arbitrary: plan('day', setup(hours(2, 8), anyTtl), fc.oneof(fault, deed), 120),
  },
  {
    weight: 4,
    arbitrary: plan('storm', setup(whole(300, 1800), whole(1, 3)), fc.oneof(fault, fault, deed), 40),
  },
)

/** Every other seed draws evenly; the rest prefer what is small, early and at the same moment. */
export const drawing = (seed: number) => ({ seed, numRuns: 1, unbiased: seed % 2 === 1 })

/** The plan of a seed, the same for ever. */
export function planOf(seed: number): Plan {
  return fc.sample(anyPlan, drawing(seed))[0]!
}
