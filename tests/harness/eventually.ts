import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 20

/**
 * Waits until `look` finds something. The deadline ends what would never come; on a busy machine things take their time.
 *
 * @param what completes "There was no … within 30 s."
 * @throws Error when it has found nothing within `deadlineMs`
 */
export async function eventually<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs = 30_000,
): Promise<T> {
  const giveUp = performance.now() + deadlineMs
  do {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await wait(LOOK_MS)
  } while (performance.now() < giveUp)
  throw new Error(`There was no ${what} within ${deadlineMs / 1000} s.`)
}

/**
 * Waits until nothing is left, for as long as it gets less.
 *
 * @param left how many are left
 * @throws Error when there are as many as 30 s ago
 */
export async function eventuallyNone(what: string, left: () => Promise<number>): Promise<void> {
  let before = await left()
  while (before > 0) {
    const known = before
    const fewer = await eventually(`progress with ${known} ${what}`, async () => {
      const now = await left()
      return now < known && { now }
    })
    before = fewer.now
  }
}
