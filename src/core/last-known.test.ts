import { describe, expect, it } from 'vitest'
import { VirtualTime } from '../../tests/simulation/virtual-clock.ts'
import { ben, maya, password, roomId, VirtualServer } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'
import type { ChatMessage, LiveSessionStatus } from '../contract/model.ts'
import { createLastKnown } from './last-known.ts'
import { filesOrMemory } from './memory.ts'
import type { FileStore } from './ports.ts'
import { newRoom } from './room-state.ts'

const FILE = 'last-known.json'

const time = new VirtualTime()
const session = new VirtualServer(time).session()
const owner = { accountId: maya.id, serverUrl: 'https://lectern.northfield.example' }
const idOf = (n: number) => `0190a000-0000-7000-8000-0000000000c${n}`
const message = (seq: number): ChatMessage => ({
  id: '0190a000-0000-7000-8000-000000000099',
  seq,
  author: { id: ben.id, displayName: ben.displayName, role: ben.role },
  text: `message ${seq}`,
  sentAt: '2026-11-21T08:00:00.000Z',
  idempotencyKey: `key-of-message-${seq}`,
})

/** A file in memory, and who reads it after a start. */
function onDisk() {
  let now = 1_000_000
  const clock = { wallNow: () => now, monotonicNow: () => now, setTimer: () => ({ cancel() {} }) }
  const files = filesOrMemory({} as FileStore, () => true)
  return {
    lastKnown: createLastKnown(clock, files),
    reopened: () => createLastKnown(clock, files),
    pass: (ms: number) => (now += ms),
  }
}

/** Maya has seen her list and was in her room, and Lectern was killed and has no network now. */
async function withoutNetwork(): Promise<World> {
  const world = new World()
  for (let n = 1; n <= 2; n++) world.server.say(ben, `message ${n}`)
  await world.signIn()
  await world.openRoom()
  await world.finish(world.session.call({ endpoint: 'listLiveSessions' }))
  await world.run(40)
  world.kill()
  world.mayTakeSnapshots = true
  world.networkUp = false
  await world.run(3600)
  await world.start()
  return world
}

const texts = (world: World) => world.room?.messages.map(({ text }) => text)

describe('a start without a network', () => {
  it('shows the room as it was last known, and says since when', async () => {
    const world = await withoutNetwork()
    const before = world.clock.wallNow()
    await world.showRoom()
    expect(world.clock.wallNow() - before).toBeLessThan(5000)
    expect(world.room).toMatchObject({
      connection: 'reconnecting',
      session: { id: roomId, title: 'Organic Chemistry II' },
    })
    expect(texts(world)).toEqual(['message 1', 'message 2'])
    expect(world.room?.participants.map(({ id }) => id)).toEqual([maya.id])
    const ageMs = world.clock.wallNow() - (world.room?.asOf ?? 0)
    expect(ageMs).toBeGreaterThanOrEqual(3600_000)
    expect(ageMs).toBeLessThan(3660_000)
  })

  it('is followed by the room as it is, once the server answers', async () => {
    const world = await withoutNetwork()
    await world.showRoom()
    for (const text of ['message 3', 'message 4']) world.server.say(ben, text)
    world.server.visit(ben)
    world.networkUp = true
    await world.until('the room to be live', () => world.room?.connection === 'live')
    await world.until('it to be known', () => world.room?.asOf === null)
    expect(texts(world)).toEqual(['message 1', 'message 2', 'message 3', 'message 4'])
    expect(world.room?.participants).toEqual([...world.server.participants.values()])
    world.server.say(ben, 'message 5')
    await world.until('what is said now', () => texts(world)?.at(-1) === 'message 5')
  })

  it('shows no gap when more was said meanwhile than comes at once', async () => {
    const world = await withoutNetwork()
    await world.showRoom()
    for (let n = 3; n <= 150; n++) world.server.say(ben, `message ${n}`)
    world.networkUp = true
    await world.until('it to be known', () => world.room?.asOf === null)
    expect(texts(world)).toEqual(Array.from({ length: 100 }, (_, n) => `message ${n + 51}`))
    expect(world.room?.hasEarlier).toBe(true)
  })

  it('takes messages, and sends them once the server answers', async () => {
    const world = await withoutNetwork()
    await world.showRoom()
    await world.finish(world.session.postMessage(roomId, 'Written without a network'))
    expect(world.room?.pending.map(({ text }) => text)).toEqual(['Written without a network'])
    world.networkUp = true
    await world.until('the message', () => texts(world)?.at(-1) === 'Written without a network')
    expect(world.room?.pending).toEqual([])
  })

  it('shows the list of sessions as it was last known', async () => {
    const world = await withoutNetwork()
    const known = await world.finish(world.session.lastKnownSessions())
    expect(known).toMatchObject({ ok: true, value: { items: [{ id: roomId }], total: 1 } })
  })

  it('waits for the server with a room that was never seen', async () => {
    const world = await withoutNetwork()
    world.sealed.delete(FILE)
    world.kill()
    await world.start()
    const opened = await world.finish(world.session.openRoom(roomId))
    expect(opened).toMatchObject({ ok: false, failure: { code: 'offline' } })
  })

  it('shows nothing of what another person saw', async () => {
    const world = await withoutNetwork()
    const kept = world.sealed.get(FILE) ?? ''
    await world.finish(world.session.signOut())
    world.networkUp = true
    await world.finish(world.session.signIn({ email: ben.email, password, memoryOnly: false }))
    world.kill()
    // As if the removal had been lost to a kill.
    world.sealed.set(FILE, kept)
    world.networkUp = false
    await world.start()
    expect(await world.finish(world.session.lastKnownSessions())).toEqual({ ok: true, value: null })
    expect(await world.finish(world.session.openRoom(roomId))).toMatchObject({ ok: false })
    expect(world.state).toMatchObject({ account: { id: ben.id } })
  })

  it('is no trouble when the file is not what it was', async () => {
    const world = await withoutNetwork()
    world.kill()
    world.sealed.set(FILE, '{"version":1}')
    await world.start()
    expect(await world.finish(world.session.lastKnownSessions())).toEqual({ ok: true, value: null })
  })
})

describe('what was last known', () => {
  it('leaves the disk with a sign-out', async () => {
    const world = await withoutNetwork()
    expect(world.sealed.has(FILE)).toBe(true)
    await world.finish(world.session.signOut())
    expect(world.sealed.has(FILE)).toBe(false)
    await world.run(60)
    expect(world.sealed.has(FILE)).toBe(false)
  })

  it('is written every 30 s at most, however much happens', async () => {
    const world = new World()
    await world.signIn()
    await world.openRoom()
    let writes = 0
    const set = world.sealed.set.bind(world.sealed)
    world.sealed.set = (name, text) => {
      if (name === FILE) writes++
      return set(name, text)
    }
    for (let second = 0; second < 300; second++) {
      world.server.say(ben, `message ${second}`)
      await world.run(1)
    }
    expect(writes).toBeGreaterThanOrEqual(9)
    expect(writes).toBeLessThanOrEqual(11)
  })

  it('is of the last five rooms and 200 messages each', async () => {
    const { lastKnown, reopened } = onDisk()
    const messages = Array.from({ length: 240 }, (_, n) => message(n + 1))
    for (let n = 1; n <= 7; n++) {
      lastKnown.sawRoom(owner, { ...newRoom({ ...session, id: idOf(n) }), messages })
    }
    lastKnown.sawRoom(owner, { ...newRoom({ ...session, id: idOf(4) }), messages })
    await lastKnown.save()
    const rooms = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => reopened().room(owner, idOf(n))))
    expect(rooms.map((room) => room !== null)).toEqual([false, false, true, true, true, true, true])
    expect(rooms[6]?.messages).toEqual(messages.slice(40))
    expect(rooms[6]?.hasEarlier).toBe(true)
  })

  it('of a list takes from older ones only what newer ones do not speak of', async () => {
    const { lastKnown, reopened, pass } = onDisk()
    const listed = (n: number, status: LiveSessionStatus) => ({
      ...{ ...session, id: idOf(n), status },
      ...{ attended: 0, tookPart: false, ownStars: null },
    })
    const answer = (total: number, ...items: ReturnType<typeof listed>[]) => ({
      ...{ items, total },
      counts: { live: 1, upcoming: 1, ended: 1 },
    })
    const endpoint = 'listLiveSessions'
    lastKnown.sawSessions(
      owner,
      { endpoint },
      answer(9, listed(1, 'live'), listed(2, 'live'), listed(3, 'upcoming'), listed(4, 'ended')),
    )
    await lastKnown.save()
    const first = await reopened().sessions(owner)
    pass(60_000)
    lastKnown.sawSessions(
      owner,
      { endpoint, query: { status: 'live' } },
      answer(2, listed(2, 'live'), listed(3, 'live')),
    )
    await lastKnown.save()
    const second = await reopened().sessions(owner)
    if (!first.ok || !second.ok) throw new Error('neither was to fail')
    expect(first.value?.items.map(({ id }) => id)).toEqual([1, 2, 3, 4].map(idOf))
    // The first is over since, and the third has begun.
    expect(second.value?.items.map(({ id, status }) => [id, status])).toEqual([
      [idOf(2), 'live'],
      [idOf(3), 'live'],
      [idOf(4), 'ended'],
    ])
    expect(second.value?.at).toBe(first.value?.at)
  })

  it('is on disk when a quit is done', async () => {
    const world = new World()
    await world.signIn()
    await world.openRoom()
    await world.run(40)
    world.server.say(ben, 'said in the last second')
    await world.until('it to be seen', () => world.room?.messages.length === 1)
    expect(world.sealed.get(FILE)).not.toContain('said in the last second')
    await world.session.dispose()
    expect(world.sealed.get(FILE)).toContain('said in the last second')
  })

  it('is in memory only, like everything else, when the keychain is not used', async () => {
    const world = new World()
    await world.signIn(maya.email, true)
    await world.openRoom()
    await world.run(60)
    expect(world.sealed.size).toBe(0)
  })

  it('of a search is no list of what there is', async () => {
    const world = new World()
    await world.signIn()
    await world.finish(world.session.call({ endpoint: 'listLiveSessions', query: { search: 'chem' } }))
    await world.finish(world.session.call({ endpoint: 'listLiveSessions', query: { offset: 100 } }))
    expect(await world.finish(world.session.lastKnownSessions())).toEqual({ ok: true, value: null })
    await world.finish(world.session.call({ endpoint: 'listLiveSessions', query: { status: 'live' } }))
    expect(await world.finish(world.session.lastKnownSessions())).toMatchObject({ value: { total: 1 } })
  })
})
