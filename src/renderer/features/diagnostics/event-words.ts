/** The journal in plain words. What has none yet is shown as it stands: a support desk can still read it. */
import type { TFunction } from 'i18next'
import type { TimelineEntry } from '../../../contract/diagnostics.ts'
import type { PreciseWords } from '../../ui/precise-time.ts'
import { isMoment, type Mark } from './lanes.ts'

export type Words = TFunction<'diagnostics'>

export const eventGroups = ['all', 'problems', 'sign-in', 'connection', 'rooms', 'computer'] as const
export type EventGroup = (typeof eventGroups)[number]

const groups: readonly (readonly [EventGroup, RegExp])[] = [
  ['sign-in', /^(refresh|sign|session-end|revoked|keychain|idle)/],
  ['connection', /^(state|network|recover|server|channel)/],
  ['rooms', /^(room|outbox)/],
  ['computer', /^(app|suspend|resume|lock|unlock|clock|sleep)/],
]
const problem =
  /(-failed|-refused|-dropped|-not-stored|-not-saved|-unavailable|-waiting)$|^(session-ended|session-ending|clock-jump|server-restarted)$/

export const isProblem = ({ event, detail }: TimelineEntry) =>
  (problem.test(event) && detail['reason'] !== 'signed-out') ||
  (event === 'network' && detail['online'] === false)

export function isOfGroup(entry: TimelineEntry, group: EventGroup): boolean {
  if (group === 'all') return true
  if (group === 'problems') return isProblem(entry)
  return groups.find(([, names]) => names.test(entry.event))?.[0] === group
}

const why = (t: Words, code: string) => t(`why.${code}` as 'why.due', { defaultValue: code })

export function eventInWords({ event, detail }: TimelineEntry, t: Words, precise: PreciseWords): string {
  const text = (name: string) => {
    const value = detail[name]
    return typeof value === 'string' ? value : ''
  }
  const { tookMs } = detail
  const key = event === 'network' ? `network-${detail['online'] === true}` : event
  return t(`event.${key}` as 'event.state', {
    defaultValue: event,
    version: text('version'),
    to: t(`states.${text('to')}` as 'states.active', { defaultValue: text('to') }),
    cause: why(t, text('cause')),
    code: why(t, text('code')),
    reason: why(t, text('reason')),
    problem: why(t, `keychain-${text('problem')}`),
    took: typeof tookMs === 'number' ? precise.work(tookMs) : '',
  })
}

/** As one line for who wants it exactly: `refresh-failed code=offline attempt=2 alive=true`. */
export const rawEvent = ({ event, detail }: TimelineEntry) =>
  [event, ...Object.entries(detail).map(([name, value]) => `${name}=${value}`)].join(' ')

export interface MarkWords {
  readonly title: string
  readonly when: string
  /** How long, why, what then; null when there is nothing to add. */
  readonly more: string | null
}

export function markInWords(mark: Mark, t: Words, precise: PreciseWords): MarkWords {
  const { code, from, to, outcome, tookMs, usedUntil } = mark
  const goesOn = outcome === 'open'
  const title = t(`marks.${code === 'recovered' && goesOn ? 'recovering' : code}`)
  const moment = isMoment(mark.kind)
  const when = moment
    ? precise.dateAndTime(from)
    : goesOn && code !== 'token'
      ? t('mark.since', { from: precise.dateAndTime(from) })
      : precise.range(from, to)
  const parts = [
    code === 'token'
      ? usedUntil !== null && usedUntil < to
        ? t('mark.replaced', { time: precise.clockTime(usedUntil) })
        : null
      : moment
        ? tookMs !== null && t('mark.took', { length: precise.work(tookMs) })
        : precise.work(tookMs ?? to - from),
    mark.why !== null && why(t, mark.why),
  ]
  return { title, when, more: parts.filter(Boolean).join(t('mark.comma')) || null }
}
