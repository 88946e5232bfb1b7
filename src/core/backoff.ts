import type { Random } from './ports.ts'

/**
 * Exponential back-off with full jitter, so that a room full of laptops does not come back in the same second.
 *
 * @param attempt 0 for the first wait
 * @returns milliseconds, uniform in [0, min(cap, base · 2^attempt)], but at least a quarter of that so that a
 *   lucky draw does not become a busy loop
 */
export function backoff(attempt: number, random: Random, { baseMs = 250, capMs = 15_000 } = {}): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
  return ceiling * (0.25 + 0.75 * random.next())
}
