/**
 * How often a password may be tried (NIST SP 800-63B §5.2.2). Guessing is slowed down for whoever guesses, not for
 * whoever is guessed at: the account is not locked, so nobody can lock another person out.
 *
 * An attempt is counted before the password is looked at, so that many at once do not slip through, and given back when
 * the password was right. Three things are counted for a minute each: this account from this address, this address with
 * any account, this account from anywhere. Once an account has been guessed at from many addresses, an address with no
 * other failure may still try it once; a limit that nobody gets past comes much later.
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { tooMany, type Limit, type Limits, type Taken } from '../limits.ts'

export interface SignInLimits {
  /**
   * Runs `check` unless it was tried too often, and counts it when null comes of it.
   * @throws {Problem} `rate-limited`
   */
  attempt<T>(email: string, address: string, check: () => Promise<T | null>): Promise<T | null>
}

/** In terms of the limit for one account from one address. */
const PER_ADDRESS = 10
const PER_ACCOUNT = 5
const PER_ACCOUNT_AT_MOST = 20
/** As many as Node computes at once. The rest wait, and those of one person do not count against each other. */
const AT_ONCE = 4

/**
 * @param perMinute attempts for one account from one address
 * @param refused hears of every attempt that was too many
 */
export function createSignInLimits(
  limits: Limits,
  perMinute: number,
  refused: () => void = () => undefined,
): SignInLimits {
  const both = limits.perMinute('sign-in', perMinute)
  const fromAddress = limits.perMinute('sign-in-address', perMinute * PER_ADDRESS)
  const ofAccount = limits.perMinute('sign-in-account', perMinute * PER_ACCOUNT_AT_MOST)
  const inTurn = createTurns(AT_ONCE)

  return {
    attempt: (email, address, check) =>
      inTurn(async () => {
        const account = email.toLowerCase()
        const network = networkOf(address)
        const counted: [Limit, string][] = []
        const giveBack = () => Promise.all(counted.map(([limit, key]) => limit.giveBack(key)))
        const count = async (limit: Limit, key: string): Promise<Taken & { ok: true }> => {
          const taken = await limit.take(key)
          if (!taken.ok) throw await refuse(taken.waitMs)
          counted.push([limit, key])
          return taken
        }
        const refuse = async (waitMs: number) => {
          await giveBack()
          refused()
          return tooMany('Too many sign-in attempts. Wait a minute before trying again.', waitMs)
        }
        await count(both, digest(account, network))
        const here = await count(fromAddress, digest(network))
        const everywhere = await count(ofAccount, digest(account))
        if (everywhere.used > perMinute * PER_ACCOUNT && here.used > 1) throw await refuse(everywhere.waitMs)

        let counts = false
        try {
          const result = await check()
          counts = result === null
          return result
        } finally {
          if (!counts) await giveBack()
        }
      }),
  }
}

/** As long as the table's keys may be, and no list of who signs in from where. */
const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('base64url')

/** An IPv6 host has 2^64 addresses of its own (RFC 4291 §2.5.4): they count as one. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped || !isIPv6(address)) return mapped ?? address
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...groups(tail)]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

function createTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
