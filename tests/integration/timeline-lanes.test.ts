/** What the chart of the diagnostics page makes of a journal that core itself has written. */
import { expect, it } from 'vitest'
import type { TimelineEntry } from '../../src/contract/diagnostics.ts'
import { lanesOf, type Mark } from '../../src/renderer/features/diagnostics/lanes.ts'
import { World } from '../simulation/world.ts'

const MINUTE = 60_000

/** A laptop at which somebody has signed in, and its journal with the times that core gave. */
async function teaching() {
  const world = new World()
  const entries: TimelineEntry[] = []
  const push = world.journal.push.bind(world.journal)
  world.journal.push = (...items) => {
    for (const { event, detail } of items) {
      entries.push({
        wall: world.clock.wallNow(),
        monotonic: world.clock.monotonicNow(),
        event,
        detail: { ...detail },
      })
    }
    return push(...items)
  }
  world.server.accessTtl = 900
  const since = world.clock.wallNow()
  await world.signIn()
  const lanes = () => lanesOf(entries, since, world.clock.wallNow())
  return { world, lanes }
}
const minutes = ({ from, to }: Mark) => (to - from) / MINUTE

it('two hours of teaching are a chain of access tokens without a gap', async () => {
  const { world, lanes } = await teaching()
  await world.run(2 * 3600)
  const { access, refresh, outage, recovery, sleep } = lanes()
  expect([...outage, ...recovery, ...sleep]).toEqual([])
  expect(refresh.length).toBeGreaterThanOrEqual(9)
  expect(refresh.every(({ outcome, why }) => outcome === 'good' && why === 'due')).toBe(true)
  expect(access).toHaveLength(refresh.length + 1)
  for (const [n, token] of access.entries()) {
    expect(minutes(token)).toBeCloseTo(15, 0)
    const next = access[n + 1]
    expect(token.usedUntil).toBe(next ? next.from : null)
  }
})

it.each([
  ['announced', 'asleep'],
  ['not announced', 'standstill'],
] as const)('a lid closed for an hour, %s, is one sleep and one recovery', async (how, code) => {
  const { world, lanes } = await teaching()
  await world.run(300)
  await world.sleep(3600, { announced: how === 'announced' })
  await world.until('the connection', () => world.state.kind === 'active')
  const { sleep, recovery, access } = lanes()
  expect(sleep.map((mark) => mark.code)).toEqual([code])
  expect(sleep.map(minutes)[0]).toBeCloseTo(60, 0)
  expect(recovery).toMatchObject([{ code: 'recovered', outcome: 'good' }])
  expect(recovery[0]?.why).toBe(how === 'announced' ? 'resume' : 'clock-jump')
  expect(access).toHaveLength(2)
})

it('an outage of ten minutes is shown as such, with the recovery that ended it', async () => {
  const { world, lanes } = await teaching()
  await world.run(60)
  world.networkUp = false
  world.hint(false)
  await world.until('offline', () => world.state.kind === 'offline')
  await world.run(600)
  expect(lanes().outage).toMatchObject([{ outcome: 'open' }])
  world.networkUp = true
  world.hint(true)
  await world.until('the connection', () => world.state.kind === 'active')
  const { outage, recovery } = lanes()
  expect(outage).toHaveLength(1)
  expect(outage.map(minutes)[0]).toBeCloseTo(10, 0)
  expect(recovery.at(-1)).toMatchObject({ code: 'recovered', why: 'outage', to: outage[0]?.to })
})

it('signing out ends the access token at once', async () => {
  const { world, lanes } = await teaching()
  await world.run(60)
  await world.finish(world.session.signOut())
  const { access, 'sign-in': signIns } = lanes()
  expect(signIns.map(({ code }) => code)).toEqual(['signed-in', 'signed-out'])
  expect(access).toMatchObject([{ usedUntil: signIns[1]?.from, outcome: 'good' }])
})
