/** Where a session stands against its planned end, by the server's clock. */
import type { LiveSession } from '../../../contract/model.ts'

const MINUTE = 60_000

export type PlannedEnd =
  | { readonly kind: 'ended' | 'now' }
  /** @property length milliseconds */
  | { readonly kind: 'left' | 'over'; readonly length: number }

/** @param now epoch milliseconds. Whole minutes only, since seconds run above it. */
export function plannedEnd(
  { scheduledEnd, endedAt }: Pick<LiveSession, 'scheduledEnd' | 'endedAt'>,
  now: number,
): PlannedEnd {
  if (endedAt) return { kind: 'ended' }
  const left = Date.parse(scheduledEnd) - now
  if (left >= MINUTE) return { kind: 'left', length: left }
  if (left > -MINUTE) return { kind: 'now' }
  return { kind: 'over', length: -left }
}

/** Minutes before the planned end at which an instructor is told, the last first. */
const WARNINGS = [1, 5, 10] as const
export type ClockWarning = (typeof WARNINGS)[number] | 'over'

/** What to warn of now; null while there is time, and in a session that is not on. */
export function clockWarning(
  { status, scheduledEnd }: Pick<LiveSession, 'status' | 'scheduledEnd'>,
  now: number,
): ClockWarning | null {
  if (status !== 'live') return null
  const left = Date.parse(scheduledEnd) - now
  if (left <= 0) return 'over'
  return WARNINGS.find((minutes) => left <= minutes * MINUTE) ?? null
}
