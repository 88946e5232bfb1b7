/**
 * How long an access token still lives, without trusting this machine's wall clock and without trusting that the
 * monotonic clock runs during sleep (Linux: it stops; macOS and Windows: depends on the timer). Two reckonings are
 * kept, and the shorter counts: by the monotonic clock since the request was sent, and, after a wake, by the
 * server's own time as its next answer gives it.
 */
export interface IssuedToken {
  readonly token: string
  readonly lifetimeMs: number
  /** On the monotonic clock. An upper bound: the clock may have stood still meanwhile, it never ran ahead. */
  readonly expiresMonotonic: number
  /** On the server's clock, epoch milliseconds. */
  readonly expiresServer: number
}

/** A token in use. */
export interface AccessToken extends IssuedToken {
  /** Grows with each token of this process. A 401 earned with an older one is answered by the newer one. */
  readonly generation: number
}

export interface Issue {
  readonly token: string
  /** RFC 6749 `expires_in`, seconds. */
  readonly expiresIn: number
  /** Monotonic time at which the request was sent: the token was not issued before it. */
  readonly sentMonotonic: number
  /** The answer's `Date`, epoch milliseconds on the server's clock, up to one second behind it. */
  readonly serverDate: number
}

export function issued({ token, expiresIn, sentMonotonic, serverDate }: Issue): IssuedToken {
  const lifetimeMs = expiresIn * 1000
  return {
    token,
    lifetimeMs,
    expiresMonotonic: sentMonotonic + lifetimeMs,
    expiresServer: serverDate + lifetimeMs,
  }
}

/** The same token, with its end reckoned again from what the server's clock said at a monotonic instant. */
export function reckonAgain<T extends IssuedToken>(token: T, serverNow: number, monotonic: number): T {
  const byServer = monotonic + (token.expiresServer - serverNow)
  return { ...token, expiresMonotonic: Math.min(token.expiresMonotonic, byServer) }
}

export function remainingMs(token: IssuedToken, monotonicNow: number): number {
  return token.expiresMonotonic - monotonicNow
}

/** How long before its end a token is renewed: a fifth of its life, five minutes at most. */
export function marginMs(token: IssuedToken): number {
  return Math.min(5 * 60_000, token.lifetimeMs / 5)
}

/**
 * Milliseconds from now until the token is due for renewal; 0 when it is due.
 *
 * @param jitter uniform in [0, 1): moves the moment earlier by up to a tenth of the margin, so that a thousand
 *   laptops that woke together do not renew together
 */
export function renewInMs(token: IssuedToken, monotonicNow: number, jitter: number): number {
  return Math.max(0, remainingMs(token, monotonicNow) - marginMs(token) * (1 + 0.1 * jitter))
}
