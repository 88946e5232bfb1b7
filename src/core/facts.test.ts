import { describe, expect, it } from 'vitest'
import { maya, password } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'
import type { SessionFacts } from '../contract/diagnostics.ts'

async function signedIn(prepare: (world: World) => void = () => {}) {
  const world = new World()
  prepare(world)
  const told: { at: number; facts: SessionFacts }[] = []
  world.session.subscribe({ facts: (facts) => told.push({ at: world.clock.monotonicNow(), facts }) })
  await world.signIn()
  return { world, told }
}

describe('the facts of a session', () => {
  it('say when the token was given, when it ends and when it is renewed', async () => {
    const { world } = await signedIn((w) => (w.server.accessTtl = 900))
    const now = world.clock.wallNow()
    const { accessIssuedAt, accessExpiresAt, nextRefreshAt, lastRefreshAt } = world.session.facts()
    expect(accessIssuedAt).toBeCloseTo(now, -3)
    expect(accessExpiresAt).toBeCloseTo(now + 900_000, -3)
    expect(nextRefreshAt).toBeGreaterThan(now + 690_000)
    expect(nextRefreshAt).toBeLessThanOrEqual(now + 720_000)
    expect(lastRefreshAt).toBeNull()
    await world.run(730)
    const after = world.session.facts()
    expect(after.lastRefreshAt).toBeGreaterThan(now + 690_000)
    expect(after.nextRefreshAt).toBeGreaterThan(world.clock.wallNow())
  })

  it('say how the clocks differ, which server it is and how fast it answers', async () => {
    const { world } = await signedIn((w) => {
      w.clock.wallError = 90_000
      w.latencyMs = 120
    })
    await world.finish(world.session.check())
    const { clockOffset, serverVersion, latencies, memoryOnly, serverUrl } = world.session.facts()
    expect(Math.abs((clockOffset ?? 0) + 90_000)).toBeLessThan(1500)
    expect(serverVersion).toBe('0')
    expect(latencies.at(-1)?.ms).toBe(240)
    expect({ memoryOnly, serverUrl }).toEqual({
      memoryOnly: false,
      serverUrl: 'https://lectern.northfield.example',
    })
  })

  it('hold the last 60 answers', async () => {
    const { world } = await signedIn()
    for (let n = 0; n < 80; n++) await world.finish(world.session.call({ endpoint: 'listLiveSessions' }))
    expect(world.session.facts().latencies).toHaveLength(60)
  })

  it('say what the last recovery was for and how long it took', async () => {
    const { world } = await signedIn()
    await world.sleep(3600)
    await world.until('the session to be active', () => world.state.kind === 'active')
    const { lastRecovery } = world.session.facts()
    expect(lastRecovery).toMatchObject({ cause: 'resume' })
    expect(lastRecovery?.tookMs).toBeGreaterThan(0)
    world.networkUp = false
    world.session.retry()
    await world.run(60)
    world.networkUp = true
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(world.session.facts().lastRecovery).toMatchObject({ cause: 'asked' })
    expect(world.session.facts().lastRecovery?.tookMs).toBeGreaterThan(59_000)
  })

  it('are told once a second at most, and never because of time alone', async () => {
    const { world, told } = await signedIn()
    for (let n = 0; n < 100; n++) {
      await world.finish(world.session.call({ endpoint: 'listLiveSessions' }))
    }
    await world.run(2)
    const gaps = told.slice(1).map(({ at }, index) => at - (told[index]?.at ?? 0))
    expect(told.length).toBeGreaterThan(2)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
    expect(told.at(-1)?.facts.latencies).toEqual(world.session.facts().latencies)
    const count = told.length
    // Until the next "still here".
    await world.run(15)
    expect(told.length).toBe(count)
  })
})

describe('signing out everywhere', () => {
  it('ends the other sign-ins of this person, and then this one', async () => {
    const { world } = await signedIn()
    // Somebody signed in on another computer of the same server.
    world.server.families.set('elsewhere', { account: maya, expires: Infinity, ended: null })
    expect(await world.finish(world.session.signOutEverywhere())).toMatchObject({ ok: true })
    expect(world.state).toMatchObject({ kind: 'signed-out', reason: 'signed-out' })
    await world.run(5)
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual([
      'signed-out',
      'signed-out',
    ])
  })

  it('changes nothing when the server cannot be told', async () => {
    const { world } = await signedIn()
    world.networkUp = false
    const failed = await world.finish(world.session.signOutEverywhere(), 90)
    expect(failed).toMatchObject({ ok: false, failure: { code: 'offline' } })
    expect(world.keychain.has('credential')).toBe(true)
    world.networkUp = true
    await world.until('the session to be active', () => world.state.kind === 'active')
  })
})

describe('the end of a session', () => {
  it('is told with the time at which the server says it was', async () => {
    const { world } = await signedIn()
    await world.sleep(60)
    const ended = world.time.now
    world.server.endSessions(maya, 'revoked')
    world.networkUp = false
    await world.run(600)
    world.networkUp = true
    await world.until('the end', () => world.state.kind === 'reauth-required')
    expect(world.state).toMatchObject({ reason: 'revoked', at: ended })
    const again = { email: maya.email, password, memoryOnly: false }
    expect(await world.finish(world.session.signIn(again))).toMatchObject({ ok: true })
  })
})
