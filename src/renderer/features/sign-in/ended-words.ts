import type { TFunction } from 'i18next'
import type { SessionState } from '../../../contract/model.ts'
import { daysBetween, type TimeWords } from '../../ui/time.ts'

export type Ended = Extract<SessionState, { kind: 'reauth-required' }>

/** Who ended the session and when: "Your organisation ended this session on Tuesday 14:02." */
export function endedInWords(
  { reason, at }: Pick<Ended, 'reason' | 'at'>,
  t: TFunction<'sign-in'>,
  time: TimeWords,
  now: number,
): string {
  const moment = { day: time.dayWithin(at, now), time: time.clockTime(at) }
  const isNear = Math.abs(daysBetween(now, at)) <= 1
  return t(`ended.${reason}`, { when: t(isNear ? 'ended.near' : 'ended.far', moment) })
}
