/** Bytes a second that a person can believe: recent, and not jumping about. */

/** What was seen this many milliseconds ago counts for a third. */
const MEMORY_MS = 6000
/** Before this much was seen, nothing is said. */
const ENOUGH_MS = 1500

export interface Speed {
  /** @param tookMs how long these bytes took */
  saw(bytes: number, tookMs: number): void
  /** Null while nobody can tell. */
  now(): number | null
}

export function createSpeed(): Speed {
  let bytesPerMs = 0
  let seenMs = 0
  return {
    saw(bytes, tookMs) {
      const took = Math.max(1, tookMs)
      // Against the time it covers, so that many small parts count as much as one large one.
      const kept = seenMs === 0 ? 0 : Math.exp(-took / MEMORY_MS)
      bytesPerMs = bytesPerMs * kept + (bytes / took) * (1 - kept)
      seenMs += took
    },
    now: () => (seenMs < ENOUGH_MS ? null : bytesPerMs * 1000),
  }
}
