/**
 * How many WebSockets and streams one account may have open on this server. Each costs memory for as long as its
 * client likes, and is one request: no limit on how often something may be done would notice.
 */
export interface Places {
  /** @returns what gives the place back, to be called once; null when the account has all it may have */
  take(accountId: string): (() => void) | null
}

/**
 * Several laptops with some rooms each, and what they have left behind on a bad network: a connection that broke without
 * a word is noticed with its next token at the latest.
 */
export const MOST_PLACES = 200

export function createPlaces(): Places {
  const taken = new Map<string, number>()
  return {
    take(accountId) {
      const others = taken.get(accountId) ?? 0
      if (others >= MOST_PLACES) return null
      taken.set(accountId, others + 1)
      return () => {
        const left = (taken.get(accountId) ?? 0) - 1
        if (left > 0) taken.set(accountId, left)
        else taken.delete(accountId)
      }
    },
  }
}
