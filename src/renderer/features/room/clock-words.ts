import type { LiveSession } from '../../../contract/model.ts'
import { clockTime, lengthInWords } from '../../ui/time.ts'

const MINUTE = 60_000

/** `Ends 11:30, 18 min left`; minutes only, since seconds run above it. */
export function plannedEnd(
  { scheduledEnd, endedAt }: Pick<LiveSession, 'scheduledEnd' | 'endedAt'>,
  now: number,
): string {
  if (endedAt) return `Ended ${clockTime(endedAt)}`
  const left = Date.parse(scheduledEnd) - now
  const ends = `Ends ${clockTime(scheduledEnd)}`
  if (left >= MINUTE) return `${ends}, ${lengthInWords(left)} left`
  if (left > -MINUTE) return `${ends}, now`
  return `${ends}, ${lengthInWords(-left)} over`
}
