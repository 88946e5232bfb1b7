/**
 * The journal as a person can look at it: what lasted, from when to when, in one lane for each kind. Pure.
 */
import type { TimelineEntry } from '../../../contract/diagnostics.ts'

export const laneKinds = ['access', 'refresh', 'sleep', 'outage', 'recovery', 'sign-in'] as const
export type LaneKind = (typeof laneKinds)[number]

/** What happens at a point in time; everything else lasts. */
export const isMoment = (kind: LaneKind) => kind === 'refresh' || kind === 'sign-in'

/** One thing in a lane. Times are epoch milliseconds; `from` equals `to` for what has no length. */
export interface Mark {
  readonly kind: LaneKind
  readonly from: number
  readonly to: number
  /** `open`: it goes on. */
  readonly outcome: 'good' | 'bad' | 'open'
  /** What exactly; the page has words for it. */
  readonly code: MarkCode
  /** Why, as the journal says it: a cause, a failure's code, a reason. */
  readonly why: string | null
  /** Milliseconds of work where that is known better than by `to - from`. */
  readonly tookMs: number | null
  /** Of an access token: when the next one took its place, or the sign-in ended. */
  readonly usedUntil: number | null
}

export type MarkCode =
  | 'token'
  | 'renewed'
  | 'not-renewed'
  | 'asleep'
  | 'standstill'
  | 'not-running'
  | 'outage'
  | 'recovered'
  | 'recovery-stopped'
  | 'signed-in'
  | 'signed-out'
  | 'session-ended'

export type Lanes = Readonly<Record<LaneKind, readonly Mark[]>>

const connected = ['active', 'refreshing', 'idle-warning']
/** A recovery does not go on in these. */
const ends = ['suspended', 'signed-out', 'reauth-required']

interface Begun {
  readonly from: number
  readonly why: string | null
}

/**
 * @param entries oldest first, as the journal gives them
 * @param since where the journal was cut: what was under way then began at the latest there
 * @param now where what still goes on ends
 */
export function lanesOf(entries: readonly TimelineEntry[], since: number, now: number): Lanes {
  const lanes: Record<LaneKind, Mark[]> = {
    access: [],
    refresh: [],
    sleep: [],
    outage: [],
    recovery: [],
    'sign-in': [],
  }
  let token: (Begun & { readonly expires: number }) | null = null
  let refresh: Begun | null = null
  let sleep: Begun | null = null
  let outage: Begun | null = null
  let recovery: Begun | null = null
  /** When Lectern last said anything, or that it quits. */
  let last: number | null = null
  let quit = false

  const put = (kind: LaneKind, code: MarkCode, mark: Pick<Mark, 'from' | 'to'> & Partial<Mark>) =>
    lanes[kind].push({
      kind,
      code,
      outcome: 'good',
      why: null,
      tookMs: null,
      usedUntil: null,
      ...mark,
      // A clock that was set back must not turn a bar inside out.
      to: Math.max(mark.from, mark.to),
    })

  const endToken = (at: number) => {
    if (token)
      put('access', 'token', { from: token.from, to: token.expires, usedUntil: Math.min(at, token.expires) })
    token = null
  }
  const beginToken = (at: number, lastsMs: number | null) => {
    endToken(at)
    token = lastsMs === null ? null : { from: at, why: null, expires: at + lastsMs }
  }
  const endOutage = (at: number) => {
    if (outage) put('outage', 'outage', { ...outage, to: at, outcome: 'bad' })
    outage = null
  }
  const stopRecovery = (at: number) => {
    if (recovery) put('recovery', 'recovery-stopped', { ...recovery, to: at, outcome: 'bad' })
    recovery = null
  }
  const endSleep = (at: number) => {
    if (sleep) put('sleep', 'asleep', { ...sleep, to: at })
    sleep = null
  }
  const endAll = (at: number) => {
    endToken(at)
    endOutage(at)
    stopRecovery(at)
    refresh = null
  }

  for (const { wall, event, detail } of entries) {
    const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : null)
    const number = (name: string) => (typeof detail[name] === 'number' ? detail[name] : null)

    switch (event) {
      case 'app-started': {
        const before = last ?? since
        if (last !== null && !quit) endAll(last)
        // Whoever lets Lectern be killed while asleep has slept until now, for all anybody knows.
        endSleep(before)
        if (last !== null)
          put('sleep', 'not-running', { from: before, to: wall, why: quit ? 'quit' : 'killed' })
        break
      }
      case 'app-quit':
        endAll(wall)
        endSleep(wall)
        break
      case 'signed-in':
        put('sign-in', 'signed-in', {
          from: wall,
          to: wall,
          why: detail['memoryOnly'] === true ? 'memory-only' : null,
        })
        beginToken(wall, number('lastsMs'))
        break
      case 'session-ended': {
        const reason = text('reason')
        const asked = reason === 'signed-out'
        put('sign-in', asked ? 'signed-out' : 'session-ended', {
          from: wall,
          to: wall,
          outcome: asked ? 'good' : 'bad',
          why: reason,
        })
        endToken(wall)
        break
      }
      case 'refresh-started':
        refresh = { from: wall, why: text('cause') }
        break
      case 'refresh-succeeded':
      case 'refresh-failed': {
        const good = event === 'refresh-succeeded'
        put('refresh', good ? 'renewed' : 'not-renewed', {
          from: wall,
          to: wall,
          outcome: good ? 'good' : 'bad',
          why: good ? (refresh?.why ?? null) : text('code'),
          tookMs: refresh ? Math.max(0, wall - refresh.from) : null,
        })
        refresh = null
        if (good) beginToken(wall, number('lastsMs'))
        break
      }
      case 'suspend':
        sleep ??= { from: wall, why: null }
        break
      case 'resume':
        sleep ??= last === null ? { from: since, why: null } : null
        endSleep(wall)
        break
      case 'sleep-did-not-come':
        sleep = null
        break
      case 'clock-jump': {
        const stoodStill = number('wallMs') ?? 0
        const from = wall - stoodStill
        const before = lanes.sleep.at(-1)
        // The jump that an announced sleep makes is no second one; a clock that was set back is none at all.
        if (!sleep && stoodStill > 0 && !(before && before.to > from)) {
          put('sleep', 'standstill', { from, to: wall })
        }
        break
      }
      case 'recovery':
        recovery ??= { from: wall, why: text('cause') }
        break
      case 'recovered': {
        const tookMs = number('tookMs')
        const from = recovery?.from ?? Math.max(since, wall - (tookMs ?? 0))
        put('recovery', 'recovered', { from, to: wall, why: recovery?.why ?? null, tookMs })
        recovery = null
        break
      }
      case 'state': {
        const to = text('to') ?? ''
        if (to === 'offline') outage ??= { from: wall, why: null }
        else if (last === null && text('from') === 'offline') outage = { from: since, why: null }
        if (connected.includes(to) || ends.includes(to)) endOutage(wall)
        if (ends.includes(to)) stopRecovery(wall)
      }
    }
    last = wall
    quit = event === 'app-quit'
  }

  if (token) {
    const { from, expires } = token
    put('access', 'token', { from, to: expires, outcome: expires > now ? 'open' : 'good' })
  }
  if (sleep) put('sleep', 'asleep', { ...sleep, to: now, outcome: 'open' })
  if (outage) put('outage', 'outage', { ...outage, to: now, outcome: 'open' })
  if (recovery) put('recovery', 'recovered', { ...recovery, to: now, outcome: 'open' })
  return lanes
}
