import { describe, expect, it } from 'vitest'
import { ben, maya, password, roomId } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'
import type { DraftKind } from '../contract/model.ts'
import type { HttpOutcome } from './ports.ts'

const REFRESH = 'POST /auth/token'
const POST = `POST /live-sessions/${roomId}/messages`
const lists = (world: World) => world.session.call({ endpoint: 'listLiveSessions' })
const kinds = (world: World) => world.states.map(({ kind }) => kind)
const texts = (world: World) => world.room?.messages.map(({ text }) => text)
const pending = (world: World) => world.room?.pending.map(({ text, status }) => `${text}: ${status}`)

/** What each was begun for. */
const recoveries = (world: World) =>
  world.journal.filter(({ event }) => event === 'recovery').map(({ detail }) => detail['cause'])

async function signedIn(prepare: (world: World) => void = () => {}): Promise<World> {
  const world = new World()
  prepare(world)
  await world.signIn()
  expect(world.state.kind).toBe('active')
  return world
}

async function inRoom(prepare?: (world: World) => void): Promise<World> {
  const world = await signedIn(prepare)
  await world.openRoom()
  return world
}

async function say(world: World, text: string): Promise<void> {
  expect(await world.finish(world.session.postMessage(roomId, text))).toMatchObject({ ok: true })
}

async function saveDraft(world: World, text: string, kind: DraftKind = 'chat'): Promise<void> {
  const draft = { accountId: maya.id, sessionId: roomId, kind, text }
  expect(await world.finish(world.session.saveDraft(draft))).toMatchObject({ ok: true })
}

/** Starts the app again on what a kill left behind. */
async function startAgain(world: World): Promise<void> {
  world.kill()
  await world.start()
}

const page = (status: number, headers: Record<string, string> = {}): HttpOutcome => ({
  kind: 'response',
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body: '<html>Welcome to Hotel WiFi</html>',
})

describe('refreshing', () => {
  it('renews once per lifetime, whatever the number of calls, and never loses one', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    for (let minute = 0; minute < 10; minute++) {
      const results = await world.finish(Promise.all(Array.from({ length: 20 }, () => lists(world))))
      expect(results.every(({ ok }) => ok)).toBe(true)
      await world.run(60)
    }
    // A lifetime of 60 s with a margin of 12 s, for 600 s.
    expect(world.server.count(REFRESH)).toBeGreaterThanOrEqual(12)
    expect(world.server.count(REFRESH)).toBeLessThanOrEqual(13)
    expect(new Set(kinds(world))).toEqual(new Set(['signed-out', 'active', 'refreshing']))
  })

  it('answers many calls that were rejected at once with one renewal', async () => {
    const world = await signedIn()
    // The server forgets the token, as after a change of its signing key.
    let rejecting = true
    world.fate = ({ url }) => {
      if (!rejecting || !url.includes('/live-sessions')) return 'carry'
      return { ...page(401), headers: { 'lectern-boot-id': world.server.bootId } }
    }
    const calls = Promise.all(Array.from({ length: 25 }, () => lists(world)))
    await world.until('a renewal', () => world.server.count(REFRESH) === 1)
    rejecting = false
    expect((await world.finish(calls)).every(({ ok }) => ok)).toBe(true)
    expect(world.server.count(REFRESH)).toBe(1)
  })

  it('does not care that the wall clock is wrong or jumps', async () => {
    const world = await signedIn((w) => {
      w.server.accessTtl = 60
      w.clock.wallError = -600_000
    })
    await world.run(120)
    world.clock.wallError = 600_000
    await world.run(300)
    expect((await world.finish(lists(world))).ok).toBe(true)
    expect(world.state.kind).toBe('active')
  })

  it.each([408, 429, 500, 502, 503, 504])(
    'keeps the session when the refresh endpoint answers %i for a while',
    async (status) => {
      const world = await signedIn((w) => (w.server.accessTtl = 60))
      world.fate = ({ url }) =>
        url.endsWith('/auth/token') ? page(status, { 'lectern-boot-id': world.server.bootId }) : 'carry'
      await world.run(200)
      expect(['offline', 'recovering']).toContain(world.state.kind)
      world.fate = () => 'carry'
      await world.until('the session to be back', () => world.state.kind === 'active')
    },
  )

  it('goes on working while a renewal fails and the access token still lives', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 600))
    world.fate = ({ url }) =>
      url.endsWith('/auth/token') ? page(500, { 'lectern-boot-id': world.server.bootId }) : 'carry'
    await world.run(500)
    expect((await world.finish(lists(world))).ok).toBe(true)
    world.fate = () => 'carry'
    await world.run(60)
    expect(world.state.kind).toBe('active')
    expect(world.server.count(REFRESH, 200)).toBe(1)
  })

  it.each([
    ['a captive portal', page(200)],
    ['a proxy that wants a password', page(407)],
    ['a portal that redirects', page(302, { location: 'http://portal.hotel' })],
    ['a filter that forbids', page(403)],
    ['a portal that says 401', page(401)],
  ])('does not take %s for the server', async (_, answer) => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    world.fate = () => answer
    await world.run(300)
    expect(world.state.kind).toBe('offline')
    world.fate = () => 'carry'
    await world.until('the session to be back', () => world.state.kind === 'active')
    // Nothing was rotated over a path that had not proven itself.
    expect(world.server.count(REFRESH)).toBe(1)
  })
})

describe('rotation', () => {
  it('is sent only over a path that has just answered', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    await world.run(30)
    const sent: string[] = []
    world.fate = ({ url }) => {
      sent.push(url.replace(/^https:..[^/]+/, ''))
      return page(200)
    }
    world.hint(true)
    await world.run(60)
    expect(new Set(sent)).toEqual(new Set(['/health']))
  })

  it('is not refused by somebody who answers in place of the server, whatever they say', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    world.fate = ({ url }) =>
      url.endsWith('/auth/token')
        ? {
            ...page(400),
            body: JSON.stringify({ error: 'invalid_grant', error_description: 'Please log in' }),
          }
        : 'carry'
    await world.run(120)
    expect(kinds(world)).not.toContain('reauth-required')
    world.fate = () => 'carry'
    await world.until('the session to be back', () => world.state.kind === 'active')
  })

  it('survives an answer that never came', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    let lost = 0
    world.fate = ({ url }) => (url.endsWith('/auth/token') && lost++ < 3 ? 'lose-answer' : 'carry')
    await world.run(300)
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual([null])
  })

  it('survives a kill between the answer of the server and the keychain', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    world.fate = ({ url }) => (url.endsWith('/auth/token') ? 'lose-answer' : 'carry')
    await world.until('the server to rotate', () => world.server.count(REFRESH) === 1)
    world.fate = () => 'carry'
    await startAgain(world)
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual([null])
  })

  it('survives a kill at any moment of a hundred', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 5))
    for (let round = 0; round < 100; round++) {
      await world.time.advance(37 * round)
      await startAgain(world)
      if (round % 3 === 0) await world.until('the session to be active', () => world.state.kind === 'active')
    }
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual([null])
  })

  it('is not started after the machine announced sleep', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    await world.run(40)
    world.power('suspend')
    await world.run(14)
    expect(world.server.count(REFRESH)).toBe(0)
    expect(world.state.kind).toBe('suspended')
  })

  it('is not started by a keychain that answers after sleep was announced', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 60))
    world.kill()
    const started = world.session.start()
    world.power('suspend')
    await world.finish(started)
    await world.run(10)
    expect(world.state.kind).toBe('suspended')
    expect(world.server.count(REFRESH)).toBe(0)
    world.power('resume')
    await world.until('the session to be active', () => world.state.kind === 'active')
  })

  it('that finishes after a sign-out resurrects nothing', async () => {
    const world = await signedIn((w) => {
      w.server.accessTtl = 60
      w.latencyMs = 2000
    })
    await world.until('a renewal under way', () => world.state.kind === 'refreshing')
    await world.run(3)
    await world.finish(world.session.signOut())
    await world.run(30)
    expect(world.state).toMatchObject({ kind: 'signed-out', reason: 'signed-out' })
    expect([...world.keychain.keys()]).toEqual([])
    await startAgain(world)
    await world.run(10)
    expect(world.state.kind).toBe('signed-out')
  })
})

describe('the end of a session', () => {
  it('is noticed within a heartbeat also by somebody who is in no room and does nothing', async () => {
    const world = await signedIn()
    world.server.endSessions(maya, 'revoked')
    await world.until('the end', () => world.state.kind === 'reauth-required', 31)
  })

  it('by signing out wins over a sign-in that is under way', async () => {
    const world = await signedIn()
    const again = world.session.signIn({ email: maya.email, password, memoryOnly: false })
    const out = world.session.signOut()
    expect(await world.finish(again)).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    await world.finish(out)
    await world.run(60)
    expect(world.state.kind).toBe('signed-out')
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual([
      'signed-out',
      'signed-out',
    ])
    expect([...world.keychain.keys()]).toEqual([])
  })

  it('by signing out wins over a sign-in that is stored and not announced yet', async () => {
    const world = new World()
    await world.start()
    const out: Promise<unknown>[] = []
    const read = world.sealed.get.bind(world.sealed)
    world.sealed.get = (name) => {
      if (out.length === 0) out.push(world.session.signOut())
      return read(name)
    }
    const signIn = world.session.signIn({ email: maya.email, password, memoryOnly: false })
    expect(await world.finish(signIn)).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    await world.finish(Promise.all(out))
    await world.run(60)
    expect(world.state.kind).toBe('signed-out')
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual(['signed-out'])
    expect([...world.keychain.keys()]).toEqual([])
  })

  it('comes only with the word of the refresh endpoint, and says why', async () => {
    const world = await inRoom()
    world.server.endSessions(maya, 'revoked')
    await world.until('the end', () => world.state.kind === 'reauth-required', 5)
    expect(world.state).toMatchObject({
      reason: 'revoked',
      message: expect.stringContaining('Your organisation'),
    })
    expect(world.room?.session.title).toBe('Organic Chemistry II')
  })

  it('keeps what was written, and sends it after signing in again in place', async () => {
    const world = await inRoom()
    world.networkUp = false
    await say(world, 'Question three is for everybody')
    world.server.endSessions(maya, 'expired')
    world.cutSockets()
    await world.run(20)
    world.networkUp = true
    await world.until('the end', () => world.state.kind === 'reauth-required')
    expect(pending(world)).toEqual(['Question three is for everybody: waiting'])

    const again = await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    expect(again.ok).toBe(true)
    await world.until('the message to arrive', () => texts(world)?.length === 1)
    expect(pending(world)).toEqual([])
    expect(world.room?.connection).toBe('live')
    expect(world.server.participants.size).toBe(1)
  })

  it('happens here at once when signing out offline, and at the server as soon as it can be told', async () => {
    const world = await inRoom()
    world.networkUp = false
    expect((await world.finish(world.session.signOut())).ok).toBe(true)
    expect(world.state.kind).toBe('signed-out')
    await startAgain(world)
    expect(world.state.kind).toBe('signed-out')
    world.networkUp = true
    world.hint(true)
    await world.until('the revocation', () => world.server.count('POST /auth/revoke') === 1)
    await world.run(1)
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual(['signed-out'])
    expect([...world.keychain.keys()]).toEqual([])
  })

  it('never sends what one person wrote as the next who signs in', async () => {
    const world = await inRoom()
    world.networkUp = false
    await say(world, 'Only Maya wrote this')
    await world.finish(world.session.signOut())
    world.networkUp = true
    const other = await world.finish(world.session.signIn({ email: ben.email, password, memoryOnly: false }))
    expect(other.ok).toBe(true)
    await world.run(60)
    expect(world.server.messages).toEqual([])

    await world.finish(world.session.signOut())
    await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    await world.run(10)
    expect(world.server.messages.map(({ author, text }) => [author.id, text])).toEqual([
      [maya.id, 'Only Maya wrote this'],
    ])
  })
})

describe('sleep', () => {
  it.each([true, false])('of ten lifetimes is recovered from (announced: %s)', async (announced) => {
    const world = await inRoom((w) => (w.server.accessTtl = 60))
    await world.sleep(600, { announced })
    await world.run(3)
    expect((await world.finish(lists(world))).ok).toBe(true)
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(kinds(world)).toContain('recovering')
    expect(world.room?.connection).toBe('live')
    expect(world.server.participants.size).toBe(1)
  })

  it('restores the room and every message missed, in order, though the network comes back late', async () => {
    const world = await inRoom((w) => (w.server.accessTtl = 60))
    await say(world, 'before')
    await world.until('the message', () => texts(world)?.length === 1)
    const asleep = world.sleep(600)
    await Promise.resolve()
    for (let n = 1; n <= 5; n++) world.server.say(ben, `missed ${n}`)
    world.networkUp = false
    await asleep
    await world.until('to be offline', () => world.state.kind === 'offline')
    await world.run(7)
    world.networkUp = true
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(texts(world)).toEqual(['before', 'missed 1', 'missed 2', 'missed 3', 'missed 4', 'missed 5'])
    expect(world.room?.participants.map(({ id }) => id)).toEqual([maya.id])
  })

  it('that was announced and did not come ends by itself', async () => {
    const world = await inRoom()
    world.power('suspend')
    await world.until('to carry on', () => world.state.kind === 'active', 30)
  })

  it.each([true, false])(
    'that was announced is recovered from once (clock stands still: %s)',
    async (stops) => {
      const world = await inRoom((w) => (w.clock.monotonicStopsInSleep = stops))
      await world.sleep(600)
      await world.run(120)
      expect(recoveries(world)).toEqual(['resume'])
      expect(world.session.facts().lastRecovery?.cause).toBe('resume')
      const jumps = world.journal.filter(({ event }) => event === 'clock-jump')
      expect(jumps.length).toBe(1)
    },
  )

  it('that only its end was announced of is recovered from once, too', async () => {
    const world = await inRoom()
    world.clock.sleep()
    world.cutSockets()
    await world.run(600)
    world.clock.wake()
    world.power('resume')
    await world.run(120)
    expect(recoveries(world)).toEqual(['resume'])
  })

  it('does not hide a clock that is changed after it', async () => {
    const world = await inRoom()
    await world.sleep(600)
    await world.until('the session to be active', () => world.state.kind === 'active')
    world.clock.wallError += 60_000
    await world.run(60)
    expect(recoveries(world)).toEqual(['resume', 'clock-jump'])
  })

  it('succeeds with a call within one probe, one refresh and one call of the network’s return', async () => {
    const world = await inRoom((w) => (w.server.accessTtl = 60))
    world.networkUp = false
    await world.sleep(600)
    await world.run(30)
    world.networkUp = true
    const from = world.server.log.length
    world.hint(true)
    expect((await world.finish(lists(world))).ok).toBe(true)
    const needed = world.server.log.slice(from).map(({ request }) => request)
    expect(needed.slice(0, 2)).toEqual(['GET /health', REFRESH])
    expect(needed.indexOf('GET /live-sessions')).toBeLessThan(8)
  })
})

describe('a restart of the server', () => {
  it('is noticed before the person does anything, and nothing typed meanwhile is lost or doubled', async () => {
    const world = await inRoom()
    await world.run(60)
    world.networkUp = false
    world.cutSockets()
    await world.until('to notice', () => world.state.kind === 'offline')
    await say(world, 'first')
    await say(world, 'second')
    expect(pending(world)).toEqual(['first: waiting', 'second: waiting'])
    await world.run(20)
    world.server.restart()
    world.networkUp = true
    await world.until('the session to be active', () => world.state.kind === 'active')
    await world.until('both to arrive', () => texts(world)?.length === 2)
    expect(texts(world)).toEqual(['first', 'second'])
    expect(pending(world)).toEqual([])
  })
})

describe('the outbox', () => {
  it('delivers once though the answer is lost', async () => {
    const world = await inRoom()
    let lost = 0
    world.fate = ({ method, url }) =>
      method === 'POST' && url.endsWith('/messages') && lost++ < 3 ? 'lose-answer' : 'carry'
    await say(world, 'once')
    await say(world, 'then')
    await world.until('both to be confirmed', () => pending(world)?.length === 0, 180)
    expect(texts(world)).toEqual(['once', 'then'])
    expect(world.server.count(POST)).toBeGreaterThan(2)
  })

  it('survives a kill', async () => {
    const world = await inRoom()
    world.networkUp = false
    await say(world, 'written on the train')
    await startAgain(world)
    world.networkUp = true
    await world.until('the message to arrive', () => world.server.messages.length === 1)
    await world.run(60)
    expect(world.server.messages.map(({ text }) => text)).toEqual(['written on the train'])
  })

  it('shows a refused message with its reason, and lets it be removed', async () => {
    const world = await inRoom()
    world.fate = ({ method, url }) =>
      method === 'POST' && url.endsWith('/messages')
        ? page(403, { 'lectern-boot-id': world.server.bootId })
        : 'carry'
    await say(world, 'not allowed')
    await world.until('the refusal', () => world.room?.pending[0]?.status === 'failed')
    expect(world.room?.pending[0]?.problem).toMatchObject({ code: 'forbidden' })
    const key = world.room?.pending[0]?.idempotencyKey ?? ''
    await world.finish(world.session.discardMessage(roomId, key))
    expect(pending(world)).toEqual([])
  })
})

describe('the keychain', () => {
  it('that lies like a locked Linux keyring does not sign anybody out', async () => {
    const world = await signedIn()
    world.keychainTrouble = 'null-answers'
    await startAgain(world)
    expect(world.state).toMatchObject({ kind: 'keychain-unavailable', problem: 'locked' })
    world.keychainTrouble = null
    world.session.retry()
    await world.until('the session to be active', () => world.state.kind === 'active')
  })

  it('that refuses a new sign-in leaves nothing behind at the server', async () => {
    const world = new World()
    await world.start()
    world.keychainTrouble = { problem: 'denied', message: 'The keychain said no.' }
    const result = await world.finish(
      world.session.signIn({ email: maya.email, password, memoryOnly: false }),
    )
    expect(result).toMatchObject({ ok: false, failure: { code: 'keychain-denied' } })
    await world.until('the revocation', () => world.server.count('POST /auth/revoke') === 1)
    expect(world.state.kind).toBe('signed-out')
  })

  it('is not needed for a session kept in memory, which also accepts messages', async () => {
    const world = new World()
    world.keychainTrouble = { problem: 'missing', message: 'There is no keychain.' }
    world.server.accessTtl = 60
    await world.signIn(maya.email, true)
    await world.openRoom()
    await say(world, 'hello')
    await world.run(300)
    expect(texts(world)).toEqual(['hello'])
    expect(world.state.kind).toBe('active')
    expect([...world.keychain.keys(), ...world.sealed.keys()]).toEqual([])
  })

  it('never holds a token anywhere else', async () => {
    const world = await inRoom((w) => (w.server.accessTtl = 60))
    await say(world, 'hello')
    await world.run(200)
    const elsewhere = JSON.stringify([
      [...world.files],
      [...world.sealed],
      world.journal,
      world.states,
      world.room,
    ])
    expect(elsewhere).not.toMatch(/refresh-token-|access-token-/)
    expect([...world.keychain.values()].join()).toMatch(/refresh-token-/)
  })
})

describe('nobody being there', () => {
  const idle = (world: World) => (world.idleTimeout = 3600)
  const boot = async () => {
    const world = new World()
    idle(world)
    world.kill()
    await world.signIn()
    return world
  }

  it('is warned of two minutes before the session is locked, and one click keeps it', async () => {
    const world = await boot()
    await world.until('the warning', () => world.state.kind === 'idle-warning', 3500)
    expect(world.state).toMatchObject({ endsAt: expect.closeTo(world.clock.wallNow() + 120_000, -3) })
    await world.run(60)
    world.session.reportActivity()
    await world.run(1)
    expect(world.state.kind).toBe('active')
    await world.run(3400)
    expect(world.state.kind).toBe('active')
  })

  it('is not assumed while this person teaches', async () => {
    const world = await boot()
    await world.openRoom()
    await world.run(4 * 3600)
    expect(world.state.kind).toBe('active')
  })

  it('is not assumed of a closed lid', async () => {
    const world = await boot()
    await world.sleep(5 * 3600)
    await world.until('the session to be active', () => world.state.kind === 'active')
    await world.run(3000)
    expect(world.state.kind).toBe('active')
  })

  it('keeps drafts and unsent messages for the person who signs in again', async () => {
    const world = await boot()
    await world.until('the lock', () => world.state.kind === 'reauth-required', 3700)
    expect(world.state).toMatchObject({ reason: 'idle', message: expect.stringContaining('60 minutes') })
    await world.run(5)
    expect([...world.keychain.keys()]).toEqual([])
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual(['signed-out'])
    await say(world, 'typed before signing in again')
    await saveDraft(world, 'half a thought')
    await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    await world.until('the message to arrive', () => world.server.messages.length === 1)
    expect(await world.finish(world.session.draft(roomId, 'chat'))).toEqual({
      ok: true,
      value: 'half a thought',
    })
  })
})

describe('the end of the sign-in itself', () => {
  it('is announced a day and an hour before, once each, also across sleeps', async () => {
    const world = await signedIn()
    for (let day = 0; day < 30; day++) {
      await world.run(3600)
      await world.sleep(22 * 3600)
      await world.run(3600 - 60)
    }
    await world.run(3600)
    expect(world.notices.map((text) => /ends within (a day|an hour)/.exec(text)?.[1])).toEqual([
      'a day',
      'an hour',
    ])
    expect(world.state.kind).toBe('reauth-required')
  })

  it('can be put off by signing in again before, without leaving the room', async () => {
    const world = await inRoom()
    const again = await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    expect(again.ok).toBe(true)
    await world.until('the session to be active', () => world.state.kind === 'active')
    await world.run(5)
    expect([...world.server.families.values()].map(({ ended }) => ended)).toEqual(['signed-out', null])
    expect(world.room?.connection).toBe('live')
  })
})

describe('drafts', () => {
  it('are there again after a kill, per room and person, and gone when emptied', async () => {
    const world = await signedIn()
    await saveDraft(world, 'Dear all, t')
    await startAgain(world)
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(await world.finish(world.session.draft(roomId, 'chat'))).toEqual({
      ok: true,
      value: 'Dear all, t',
    })
    await saveDraft(world, '')
    await world.finish(world.session.signOut())
    await world.finish(world.session.signIn({ email: ben.email, password, memoryOnly: false }))
    expect(await world.finish(world.session.draft(roomId, 'chat'))).toEqual({ ok: true, value: '' })
  })
})

describe('a reply that streams', () => {
  const replyId = '0190a000-0000-7000-8000-0000000000bb'
  function ask(world: World) {
    const heard = { text: '', ended: null as unknown }
    const stop = world.session.stream(
      { stream: 'assistantReply', params: { sessionId: roomId, replyId } },
      {
        event: (event) => event.type === 'text' && (heard.text += event.text),
        ended: (result) => (heard.ended = result),
      },
    )
    return { heard, stop }
  }

  it('continues when the token expires in the middle of it, no letter lost or doubled', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 4))
    const { heard } = ask(world)
    await world.until('the end', () => heard.ended !== null, 90)
    expect(heard).toEqual({ text: world.server.reply, ended: { ok: true, value: undefined } })
    expect(world.server.log.filter(({ request }) => request.includes('/replies/')).length).toBeGreaterThan(3)
  })

  it('continues where it stopped after a cut, a sleep and a dead network', async () => {
    const world = await signedIn()
    const { heard } = ask(world)
    await world.until('some letters', () => heard.text.length > 5)
    world.cutSockets()
    await world.until('some more', () => heard.text.length > 12)
    world.networkUp = false
    world.cutSockets()
    await world.run(20)
    world.networkUp = true
    await world.until('some more', () => heard.text.length > 20)
    await world.sleep(300)
    await world.until('the end', () => heard.ended !== null, 120)
    expect(heard.text).toBe(world.server.reply)
  })

  it('is asked for no more, and neither is anything else, once the session object is let go of', async () => {
    const world = await inRoom()
    const { heard } = ask(world)
    await world.until('some letters', () => heard.text.length > 5)
    world.networkUp = false
    world.cutSockets()
    await world.run(5)
    void lists(world)
    await world.session.dispose()
    world.networkUp = true
    const before = world.server.log.length
    await world.run(120)
    expect(world.server.log.length).toBe(before)
    expect(heard.ended).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
  })

  it('that falls silent is noticed and asked for again', async () => {
    const world = await signedIn()
    const { heard } = ask(world)
    await world.until('some letters', () => heard.text.length > 5)
    world.networkUp = false
    await world.run(20)
    world.networkUp = true
    await world.until('the end', () => heard.ended !== null, 120)
    expect(heard.text).toBe(world.server.reply)
  })

  it('stops when it is asked to', async () => {
    const world = await signedIn()
    const { heard, stop } = ask(world)
    await world.until('some letters', () => heard.text.length > 5)
    stop()
    const before = heard.text
    await world.run(30)
    expect(heard).toEqual({ text: before, ended: null })
  })

  it('ends with a plain failure when the session ends', async () => {
    const world = await signedIn((w) => (w.server.accessTtl = 10))
    const { heard } = ask(world)
    await world.until('some letters', () => heard.text.length > 5)
    world.server.endSessions(maya, 'revoked')
    await world.until('the end', () => heard.ended !== null, 30)
    expect(heard.ended).toMatchObject({ ok: false, failure: { code: 'session-ended' } })
  })
})

describe('data that look gone', () => {
  it('after a restart are asked for again before anybody sees them', async () => {
    const world = await signedIn()
    await world.finish(lists(world))
    let empty = 2
    const asked: (string | undefined)[] = []
    world.fate = ({ url, headers }) => {
      if (!url.includes('/live-sessions?') || empty-- <= 0) return 'carry'
      asked.push(headers['cache-control'])
      const body = JSON.stringify({ items: [], total: 0, counts: { live: 0, upcoming: 0, ended: 0 } })
      return { kind: 'response', status: 200, headers: { 'lectern-boot-id': world.server.bootId }, body }
    }
    expect(await world.finish(lists(world))).toMatchObject({ ok: true, value: { counts: { live: 1 } } })
    expect(asked).toEqual([undefined, 'no-cache'])
  })
})

describe('a check', () => {
  it('tells apart a server that is gone, one that does not know us, and one that has no data', async () => {
    const world = await signedIn()
    const ok = ({ api, auth, data }: Awaited<ReturnType<World['session']['check']>>) =>
      [api, auth, data].map(({ result }) => result.ok)
    expect(ok(await world.finish(world.session.check()))).toEqual([true, true, true])
    world.fate = ({ url }) =>
      url.includes('/live-sessions') ? page(500, { 'lectern-boot-id': world.server.bootId }) : 'carry'
    expect(ok(await world.finish(world.session.check()))).toEqual([true, true, false])
    world.networkUp = false
    expect(ok(await world.finish(world.session.check()))).toEqual([false, false, false])
  })
})

describe('a room', () => {
  it('shows everybody when one welcome cannot name them all, before what happened since', async () => {
    const world = await signedIn()
    const people = Array.from({ length: 5 }, (_, n) => ({ ...ben, id: ben.id.replace(/.$/, `${n + 3}`) }))
    for (const person of people) world.server.visit(person)
    await world.openRoom()
    await world.run(1)
    const ids = () => world.room?.participants.map(({ id }) => id)
    expect(ids()).toEqual([...people.map(({ id }) => id), maya.id])
    world.cutSockets()
    world.server.leave(people[0]!)
    await world.until('the room to be back', () => world.room?.connection === 'live')
    await world.run(1)
    expect(ids()).toEqual([...people.slice(1).map(({ id }) => id), maya.id])
    expect(world.room?.session.participantCount).toBe(5)
  })

  it('on a server that takes no token in-band gets a new socket before the old one ends', async () => {
    const world = await inRoom((w) => {
      w.server.accessTtl = 60
      w.server.reauth = 'reconnect'
    })
    const connections: unknown[] = []
    world.session.subscribe({ roomPatch: ({ patch }) => connections.push(patch.set.connection) })
    for (let n = 1; n <= 30; n++) {
      await world.run(20)
      world.server.say(ben, `message ${n}`)
    }
    await world.run(1)
    expect(texts(world)).toEqual(Array.from({ length: 30 }, (_, n) => `message ${n + 1}`))
    expect(new Set(connections)).toEqual(new Set([undefined]))
    expect(world.room?.connection).toBe('live')
    expect(world.server.connections.size).toBe(1)
  })

  it('keeps one socket over many token lifetimes', async () => {
    const world = await inRoom((w) => (w.server.accessTtl = 60))
    await world.run(1800)
    expect(world.journal.filter(({ event }) => event === 'channel-opening')).toHaveLength(1)
    expect(world.journal.filter(({ event }) => event === 'channel-reauthenticated').length).toBeGreaterThan(
      20,
    )
    expect(world.room?.connection).toBe('live')
  })

  it('shows its history though the first answers to it were lost', async () => {
    const world = await signedIn()
    world.server.say(ben, 'before anybody came')
    let lost = 0
    world.fate = ({ method, url }) =>
      method === 'GET' && url.includes('/messages') && lost++ < 3
        ? page(500, { 'lectern-boot-id': world.server.bootId })
        : 'carry'
    await world.openRoom()
    world.server.say(ben, 'and after')
    await world.until('both messages', () => texts(world)?.length === 2, 10)
    expect(texts(world)).toEqual(['before anybody came', 'and after'])
  })

  it('finds a half-open connection and opens a new one after the last event', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.server.say(ben, 'lost on the way')
    await world.run(25)
    world.networkUp = true
    await world.until('the message', () => texts(world)?.length === 1, 60)
    expect(texts(world)).toEqual(['lost on the way'])
  })

  it('says "still here" every 30 s, and "away" while the screen is locked', async () => {
    const world = await inRoom()
    const before = world.server.count(`POST /live-sessions/${roomId}/heartbeat`)
    await world.run(300)
    expect(world.server.count(`POST /live-sessions/${roomId}/heartbeat`) - before).toBe(10)
  })

  it('is entered again when the server took the person for gone', async () => {
    const world = await inRoom()
    world.server.participants.clear()
    await world.run(31)
    expect(world.server.participants.size).toBe(1)
  })

  it('that was left and entered again is shown right by a window that watched both', async () => {
    const world = await inRoom()
    await world.finish(world.session.leaveRoom(roomId))
    expect(world.room?.connection).toBe('closed')
    const left = world.roomVersion
    world.server.say(ben, 'said meanwhile')
    const versions: number[] = []
    world.session.subscribe({ roomPatch: ({ version }) => versions.push(version) })
    world.room = null
    const again = await world.finish(world.session.openRoom(roomId))
    expect(again.ok && again.value.version).toBeGreaterThan(left)
    await world.run(1)
    // A window that still shows the first visit misses a version, and asks for a new snapshot.
    expect(versions).not.toContain(left + 1)
  })

  it('is left for good', async () => {
    const world = await inRoom()
    expect((await world.finish(world.session.leaveRoom(roomId))).ok).toBe(true)
    await world.run(120)
    expect(world.server.participants.size).toBe(0)
    expect(world.server.connections.size).toBe(0)
  })
})

describe('calls', () => {
  it('that one person made are not repeated for the next', async () => {
    const world = await inRoom()
    world.fate = ({ method, url }) =>
      method === 'POST' && url.endsWith('/messages')
        ? page(503, { 'lectern-boot-id': world.server.bootId, 'retry-after': '10' })
        : 'carry'
    const call = world.session.call({
      endpoint: 'postMessage',
      params: { sessionId: roomId },
      body: { text: 'Maya wrote this' },
      idempotencyKey: 'maya-wrote-this-0001',
    })
    await world.run(1)
    await world.finish(world.session.signOut())
    await world.finish(world.session.signIn({ email: ben.email, password, memoryOnly: false }))
    world.fate = () => 'carry'
    expect(await world.finish(call)).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    expect(world.server.messages).toEqual([])
  })

  it('wait for a session that is coming back', async () => {
    const world = await signedIn()
    world.networkUp = false
    const call = lists(world)
    await world.run(12)
    world.networkUp = true
    expect((await world.finish(call)).ok).toBe(true)
  })

  it('fail in plain words when the server stays out of reach', async () => {
    const world = await signedIn()
    world.networkUp = false
    expect(await world.finish(lists(world))).toMatchObject({
      ok: false,
      failure: { code: 'offline', retryable: true },
    })
  })

  it('that are not in the contract are refused before anything is sent', async () => {
    const world = await signedIn()
    const before = world.server.log.length
    const result = await world.finish(
      world.session.call({ endpoint: 'getLiveSession', params: { sessionId: '../../auth/revoke' } }),
    )
    expect(result).toMatchObject({ ok: false, failure: { code: 'invalid-request' } })
    expect(world.server.log.length).toBe(before)
  })
})
