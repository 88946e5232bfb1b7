import { useState } from 'react'
import { useStore } from 'zustand'
import { timing } from '../../../contract/settings.ts'
import { useStores } from '../../stores.tsx'
import { useNow } from '../../ui/time.ts'

const [dayLeft, hourLeft] = timing.sessionEndWarnings
const MINUTE = 60_000

/** How near the end of a sign-in is; null while nobody has to know. Both in epoch milliseconds. */
export function nearnessOf(endsAt: number | null, now: number): 'day' | 'hour' | null {
  if (endsAt === null || endsAt <= now) return null
  const left = (endsAt - now) / 1000
  return left <= hourLeft ? 'hour' : left <= dayLeft ? 'day' : null
}

/**
 * Read from the state and from no event, so that a window which opens late warns as well.
 * @returns null also after a person dismissed it, until the next threshold
 */
export function useSignInEnding() {
  const endsAt = useStore(useStores().window, (state) => state.signInEndsAt)
  const near = nearnessOf(endsAt, useNow(MINUTE))
  const [dismissed, setDismissed] = useState<{ near: typeof near; endsAt: number } | null>(null)
  if (near === null || endsAt === null) return null
  // Each renewal names the end anew, a second here or there; a new sign-in moves it on.
  const isDismissed = dismissed?.near === near && Math.abs(dismissed.endsAt - endsAt) < MINUTE
  return isDismissed ? null : { near, dismiss: () => setDismissed({ near, endsAt }) }
}
