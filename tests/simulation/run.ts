/** What `npm run simulate` runs, in its workers and by itself: the day of a seed, its trace, its smallest form. */
import { parentPort } from 'node:worker_threads'
import fc from 'fast-check'
import { playDay, type Outcome } from './day.ts'
import { properties } from './oracle.ts'
import { anyPlan, drawing, planOf, type Plan } from './plan.ts'

export { properties }

let rejected: string[] = []
process.on('unhandledRejection', (reason) => {
  rejected.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason))
})

async function play(plan: Plan, tracing = false): Promise<Outcome> {
  rejected = []
  const outcome = await playDay(plan, { tracing })
  // Node tells of unhandled rejections only when the stack is empty.
  await new Promise((resolve) => setImmediate(resolve))
  const crashes = rejected.map((what) => ({ property: 'no-crash' as const, what }))
  return { ...outcome, violations: [...outcome.violations, ...crashes] }
}

export const simulate = (seed: number) => play(planOf(seed), true)

/** The fewest and simplest steps that still break something, and what came of them. */
export async function shrink(seed: number): Promise<{ plan: Plan; outcome: Outcome }> {
  const holds = fc.asyncProperty(anyPlan, async (plan) => (await play(plan)).violations.length === 0)
  const { counterexample } = await fc.check(holds, drawing(seed))
  const plan = counterexample?.[0] ?? planOf(seed)
  return { plan, outcome: await play(plan, true) }
}

parentPort?.on('message', (seeds: number[]) => {
  void (async () => {
    const results = []
    for (const seed of seeds) {
      const plan = planOf(seed)
      const { violations, measures } = await play(plan)
      results.push({ seed, kind: plan.kind, violations, measures })
    }
    parentPort?.postMessage(results)
  })()
})
