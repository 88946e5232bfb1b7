/**
 * How real products lost their sessions, one test per story (docs/field-notes.md tells them and names the tests that
 * stand elsewhere). They all run the real core in the virtual world.
 */
import { describe, expect, it } from 'vitest'
import { ben, maya, password, roomId } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'

const REFRESH = 'POST /auth/token'
const lists = (world: World) => world.session.call({ endpoint: 'listLiveSessions' })
const ends = (world: World) => [...world.server.families.values()].map(({ ended }) => ended)
const texts = (world: World) => world.room?.messages.map(({ text }) => text)
const isRefresh = ({ url }: { url: string }) => url.endsWith('/auth/token')

async function signedIn(prepare: (world: World) => void = () => {}): Promise<World> {
  const world = new World()
  world.server.accessTtl = 600
  prepare(world)
  await world.signIn()
  return world
}

async function inRoom(prepare?: (world: World) => void): Promise<World> {
  const world = await signedIn(prepare)
  await world.openRoom()
  return world
}

/** The session is active again within a minute, nobody was signed out meanwhile, and the server suspects nothing. */
async function expectUnharmed(world: World): Promise<void> {
  await world.until('the session to be active', () => world.state.kind === 'active')
  expect(world.states.map(({ kind }) => kind)).not.toContain('reauth-required')
  expect(ends(world)).toEqual([null])
  expect(await world.finish(lists(world))).toMatchObject({ ok: true })
}

describe('sleep', () => {
  it('story 1: dark wakes that rotate the token and sleep again before the answer is stored', async () => {
    const world = await signedIn()
    for (let night = 0; night < 20; night++) {
      await world.sleep(3600)
      // Awake for as long as it takes the server to act, and not as long as its answer takes.
      await world.run(0.05 + 0.01 * night)
    }
    await world.sleep(3600)
    await expectUnharmed(world)
  })

  it('story 2: a rotation that dies of a changing network on wake, and the next attempt', async () => {
    const world = await signedIn()
    for (let morning = 0; morning < 10; morning++) {
      let lost = false
      world.fate = (request) => {
        if (lost || !isRefresh(request)) return 'carry'
        lost = true
        return 'lose-answer'
      }
      await world.sleep(3600)
      await expectUnharmed(world)
      expect(lost).toBe(true)
    }
  })

  it('story 3: name resolution that is not up yet after a wake never touches the credential', async () => {
    const world = await signedIn()
    const before = world.keychain.get('credential')
    for (let night = 0; night < 9; night++) {
      world.fate = () => ({ kind: 'no-answer', reason: 'unreachable', sent: false, detail: 'ENOTFOUND' })
      await world.sleep(3600)
      await world.run(5)
      expect(world.keychain.get('credential')).toBe(before)
    }
    world.fate = () => 'carry'
    await expectUnharmed(world)
  })

  it('story 4: a renewal that fails while the access token lives is no news', async () => {
    const world = await signedIn()
    world.fate = (request) => (isRefresh(request) ? 'lose-request' : 'carry')
    await world.run(550)
    expect(new Set(world.states.map(({ kind }) => kind))).toEqual(
      new Set(['signed-out', 'active', 'refreshing']),
    )
    world.fate = () => 'carry'
    await expectUnharmed(world)
  })

  it('story 7: the room is not closed by going to sleep', async () => {
    const world = await inRoom()
    world.power('suspend')
    expect(world.room?.session.id).toBe(roomId)
    await world.sleep(1800)
    await expectUnharmed(world)
    expect(world.room?.connection).toBe('live')
  })

  it('story 8: messages that were written during the sleep are there after it', async () => {
    const world = await inRoom()
    const asleep = world.sleep(1800)
    for (const text of ['one', 'two', 'three']) world.server.say(ben, text)
    await asleep
    await expectUnharmed(world)
    expect(texts(world)).toEqual(['one', 'two', 'three'])
  })

  it('story 10: a network that stays away for a day is tried again for a day', async () => {
    const world = await inRoom()
    world.networkUp = false
    await world.run(24 * 3600)
    expect(world.state.kind).toBe('offline')
    world.networkUp = true
    await world.until('the session to be active', () => world.state.kind === 'active', 20)
    await expectUnharmed(world)
  })

  it('story 11: "online" and "offline" are hints, and may be wrong for hours', async () => {
    const world = await inRoom()
    world.hint(false)
    await world.run(5)
    expect(await world.finish(lists(world))).toMatchObject({ ok: true })
    world.networkUp = false
    world.hint(true)
    await world.run(60)
    expect(world.state.kind).toBe('offline')
    world.networkUp = true
    await expectUnharmed(world)
  })

  it.each([true, false])(
    'story 12 and 13: no power event at all, on clocks that stop in sleep or do not (stops: %s)',
    async (stops) => {
      const world = await inRoom((w) => (w.clock.monotonicStopsInSleep = stops))
      for (let nap = 0; nap < 5; nap++) {
        await world.sleep(1200, { announced: false })
        // Nothing says that the machine woke but the next tick.
        await world.run(3)
        await expectUnharmed(world)
        expect(world.room?.connection).toBe('live')
        await world.run(60)
      }
    },
  )

  it('story 12: "suspend" that is delivered only after the wake', async () => {
    const world = await inRoom()
    await world.sleep(1200, { announced: false })
    world.power('suspend')
    await world.run(0.2)
    world.power('resume')
    await expectUnharmed(world)
    expect(world.room?.connection).toBe('live')
  })

  it('story 14: sockets that are half open after a wake are replaced at once', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.server.say(ben, 'while the cable was out')
    await world.run(2)
    world.networkUp = true
    world.power('resume')
    await world.until('the message', () => texts(world)?.length === 1, 10)
  })

  it('story 16: presence is right at once after a lock, a sleep and a wake', async () => {
    const world = await inRoom()
    const presence = () => world.server.participants.get(maya.id)?.presence
    world.power('lock')
    await world.run(1)
    expect(presence()).toBe('away')
    await world.sleep(1800)
    world.power('unlock')
    await expectUnharmed(world)
    await world.run(1)
    expect(presence()).toBe('here')
  })

  it('story 16: a thousand laptops that wake together do not come back in the same second', async () => {
    const waits: number[] = []
    for (let seed = 1; seed <= 40; seed++) {
      const world = new World(seed)
      world.server.accessTtl = 600
      await world.signIn()
      world.networkUp = false
      await world.sleep(3600)
      await world.run(120)
      world.networkUp = true
      const back = world.time.now
      await world.until('the session to be active', () => world.state.kind === 'active')
      waits.push((world.time.now - back) / 1000)
    }
    const perSecond = new Map<number, number>()
    for (const wait of waits) perSecond.set(Math.floor(wait), (perSecond.get(Math.floor(wait)) ?? 0) + 1)
    expect(Math.max(...perSecond.values())).toBeLessThan(waits.length / 4)
    expect(Math.max(...waits)).toBeLessThan(17)
  })
})

describe('rotation', () => {
  it('story 5: the renewal after a replayed one works, and the one after that', async () => {
    const world = await signedIn()
    let lost = false
    world.fate = (request) => {
      if (lost || !isRefresh(request)) return 'carry'
      lost = true
      return 'lose-answer'
    }
    await world.run(3 * 3600)
    expect(world.server.count(REFRESH, 200)).toBeGreaterThan(15)
    await expectUnharmed(world)
  })

  it('story 6: a lost answer is replayed days later as well as seconds later', async () => {
    const world = await signedIn()
    world.fate = (request) => (isRefresh(request) ? 'lose-answer' : 'carry')
    await world.until('the server to rotate', () => world.server.count(REFRESH) === 1, 700)
    world.networkUp = false
    await world.sleep(4 * 86_400)
    world.fate = () => 'carry'
    world.networkUp = true
    await expectUnharmed(world)
  })

  it('story 29: rests on a deadline and not on polling: one renewal per lifetime, however short', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 30))
    await world.run(3600)
    // Renewed 6 s before the end, or up to 0.6 s earlier.
    expect(world.server.count(REFRESH)).toBeGreaterThanOrEqual(Math.floor(3600 / 24))
    expect(world.server.count(REFRESH)).toBeLessThanOrEqual(Math.ceil(3600 / 23.4))
    await expectUnharmed(world)
  })
})

describe('the end of a session', () => {
  const endings: [string, (world: World) => unknown][] = [
    ['signed-out', (world) => world.session.signOut()],
    ['revoked', (world) => world.server.endSessions(maya, 'revoked')],
  ]
  it.each(endings)(
    'story 17: has a recorded reason that an administrator can read: %s',
    async (reason, end) => {
      const world = await inRoom()
      void end(world)
      await world.run(60)
      const recorded = world.journal.filter(({ event }) => event === 'session-ended')
      expect(recorded.map(({ detail }) => detail)).toEqual([expect.objectContaining({ reason })])
    },
  )
})

describe('the keychain', () => {
  it('story 18: another keychain than last time is said in words, and signing in anew is a way on', async () => {
    const world = await signedIn()
    world.keychain.clear()
    world.kill()
    await world.start()
    expect(world.state).toMatchObject({ kind: 'keychain-unavailable', account: maya })
    const again = await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    expect(again).toMatchObject({ ok: true })
    expect(world.state.kind).toBe('active')
  })

  it('story 19: no keychain at all is no reason not to teach', async () => {
    const world = new World()
    world.keychainTrouble = { problem: 'missing', message: 'There is no keychain.' }
    await world.signIn(maya.email, true)
    await world.run(3600)
    await expectUnharmed(world)
  })

  it('story 20: a keychain that refuses in the middle of a session does not stop it while the token lives', async () => {
    const world = await inRoom()
    world.keychainTrouble = { problem: 'locked', message: 'The keychain is locked.' }
    await world.run(550)
    expect(await world.finish(lists(world))).toMatchObject({ ok: true })
    await world.sleep(20)
    expect(await world.finish(lists(world))).toMatchObject({ ok: true })
    world.keychainTrouble = null
    await expectUnharmed(world)
  })

  it('story 20: a keychain that comes late is found without anybody’s help', async () => {
    const world = await signedIn()
    world.keychainTrouble = { problem: 'missing', message: 'There is no keychain yet.' }
    world.kill()
    await world.start()
    expect(world.state.kind).toBe('keychain-unavailable')
    world.keychainTrouble = null
    await expectUnharmed(world)
  })
})

describe('a restart of the server', () => {
  it('story 30: is noticed by the bootId of any answer, once, and recovered from with a cool-down', async () => {
    const world = await inRoom()
    await world.run(120)
    const recoveries = () => world.journal.filter(({ event }) => event === 'recovery').length
    const before = recoveries()
    for (let n = 0; n < 5; n++) {
      world.server.restart()
      await world.run(3)
    }
    await world.run(60)
    expect(recoveries() - before).toBeGreaterThanOrEqual(1)
    expect(recoveries() - before).toBeLessThanOrEqual(4)
    await expectUnharmed(world)
  })
})
