import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 20

/**
 * Waits until `look` finds something.
 *
 * @param what completes "There was no … within 10 s."
 * @throws Error when it has found nothing within `deadlineMs`
 */
export async function eventually<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs = 10_000,
): Promise<T> {
  const giveUp = performance.now() + deadlineMs
  do {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await wait(LOOK_MS)
  } while (performance.now() < giveUp)
  throw new Error(`There was no ${what} within ${deadlineMs / 1000} s.`)
}
