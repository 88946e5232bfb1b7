/**
 * How often something may be done in a minute. Counted in the database when several servers share one, so that they
 * count together; in memory otherwise, and also while the database does not count: a limit keeps nobody out by failing.
 */
import type { Pool } from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from './http/problem.ts'

/** `used`: how many are counted at the moment, this one among them. `waitMs`: until they are forgotten. */
export type Taken =
  | { readonly ok: true; readonly used: number; readonly waitMs: number }
  | { readonly ok: false; readonly waitMs: number }

export interface Limit {
  /** Counts one for this key, unless there are too many already. */
  take(key: string): Promise<Taken>
  giveBack(key: string): Promise<void>
}

export interface Limits {
  /** @param name of its own: two limits of one name count together */
  perMinute(name: string, most: number): Limit
  /** Deletes what has been forgotten anyway. */
  cleanup(): Promise<void>
}

const MINUTE = 60
const TABLE = 'rate_limits'

/** @param pool null: in memory */
export function createLimits(pool: Pool | null): Limits {
  function limiter(keyPrefix: string, points: number): RateLimiterMemory | RateLimiterPostgres {
    const options = { keyPrefix, points, duration: MINUTE }
    const memory = new RateLimiterMemory(options)
    if (!pool) return memory
    return new RateLimiterPostgres({
      ...options,
      storeClient: pool,
      tableName: TABLE,
      tableCreated: true,
      // It would go on after the pool has ended.
      clearExpiredByTimeout: false,
      insuranceLimiter: memory,
    })
  }

  return {
    perMinute(name, most) {
      const counter = limiter(name, most)
      const giveBack = async (key: string) => void (await counter.reward(key))
      return {
        giveBack,
        async take(key) {
          try {
            const { consumedPoints: used, msBeforeNext: waitMs } = await counter.consume(key)
            return { ok: true, used, waitMs }
          } catch (refused) {
            if (!(refused instanceof RateLimiterRes)) throw refused
            // Being refused does not count: otherwise it would keep out what is given back meanwhile.
            await giveBack(key)
            return { ok: false, waitMs: refused.msBeforeNext }
          }
        },
      }
    },
    async cleanup() {
      await pool?.query(`delete from ${TABLE} where expire < $1`, [Date.now()])
    },
  }
}

/** @param waitMs milliseconds until another try makes sense */
export const tooMany = (detail: string, waitMs: number) =>
  new Problem('rate-limited', detail, {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  })
