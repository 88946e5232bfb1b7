import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { playDay } from './day.ts'
import { anyPlan, planOf } from './plan.ts'

describe('a class day on which everything goes wrong', () => {
  it('ends with nobody signed out, nothing lost and nothing doubled', async () => {
    const holds = fc.asyncProperty(anyPlan, async (plan) => {
      const { violations } = await playDay(plan)
      expect(violations).toEqual([])
    })
    await fc.assert(holds, {
      seed: 1,
      numRuns: 300,
      interruptAfterTimeLimit: 110_000,
      markInterruptAsFailure: true,
    })
  })

  it('can be played again exactly', async () => {
    const seeds = [3, 4, 5, 6]
    for (const seed of seeds) {
      const [once, again] = [
        await playDay(planOf(seed), { tracing: true }),
        await playDay(planOf(seed), { tracing: true }),
      ]
      expect(once.trace.length).toBeGreaterThan(100)
      expect(again.trace).toEqual(once.trace)
    }
  })
})
