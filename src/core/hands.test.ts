import { describe, expect, it } from 'vitest'
import { ben, maya, password, roomId } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'

const HAND = `PUT /live-sessions/${roomId}/hand`

async function inRoom(): Promise<World> {
  const world = new World()
  await world.signIn(ben.email)
  await world.openRoom()
  return world
}

async function setHand(world: World, raised: boolean): Promise<void> {
  expect(await world.finish(world.session.setHand(roomId, raised))).toMatchObject({ ok: true })
}

const ownHand = (world: World) => {
  const own = world.room?.participants.find(({ id }) => id === ben.id)
  return own ? own.handRaisedAt !== null : null
}
const told = (world: World) => world.server.hands.map(({ raised }) => raised)

describe('a hand', () => {
  it('is up at once and stays up while the server hears of it', async () => {
    const world = await inRoom()
    const shown: boolean[] = []
    world.session.subscribe({
      roomPatch: () => shown.push(world.room?.handWaiting ?? ownHand(world) ?? false),
    })
    await setHand(world, true)
    expect(world.room?.handWaiting).toBe(true)
    await world.until('the server to say so', () => world.room?.handWaiting === null)
    expect(ownHand(world)).toBe(true)
    expect(shown).not.toContain(false)
  })

  it('that was up already is not waited for', async () => {
    const world = await inRoom()
    world.server.raise(ben, true)
    await world.until('the hand', () => ownHand(world) === true)
    await setHand(world, true)
    await world.until('the server to say so', () => world.room?.handWaiting === null)
    expect(told(world)).toEqual([true])
  })

  it('raised, lowered and raised again without a network is told once, as it was left', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.cutSockets()
    await world.until('no connection', () => world.state.kind === 'offline')
    for (const raised of [true, false, true]) await setHand(world, raised)
    expect(world.room?.handWaiting).toBe(true)
    world.networkUp = true
    await world.until('the hand to be up', () => ownHand(world) === true && world.room?.handWaiting === null)
    expect(told(world)).toEqual([true])
  })

  it('is told in order with what was written before and after it', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.cutSockets()
    await world.until('no connection', () => world.state.kind === 'offline')
    await world.finish(world.session.postMessage(roomId, 'May I ask something?'))
    await setHand(world, true)
    await world.finish(world.session.postMessage(roomId, 'It is about the exam.'))
    world.networkUp = true
    await world.until('both messages', () => world.server.messages.length === 2)
    const happened = world.server.events.map(({ event }) => event.type)
    expect(happened.slice(-3)).toEqual(['message-posted', 'participant-changed', 'message-posted'])
  })

  it('survives a kill', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.cutSockets()
    await world.until('no connection', () => world.state.kind === 'offline')
    await setHand(world, true)
    world.kill()
    world.networkUp = true
    await world.start()
    await world.openRoom()
    await world.until('the hand to be up', () => ownHand(world) === true)
  })

  it('of somebody who was taken for gone is up once they are in the room again', async () => {
    const world = await inRoom()
    world.server.leave(ben)
    await setHand(world, true)
    await world.until('the hand to be up', () => ownHand(world) === true)
  })

  it('in a session that is over by now is forgotten, with a line in the journal', async () => {
    const world = await inRoom()
    world.fate = ({ url }) => {
      if (!url.endsWith('/hand') && !url.endsWith('/join')) return 'carry'
      const body = JSON.stringify({
        type: 'about:blank',
        title: 'Over',
        status: 409,
        detail: 'This session has ended.',
        code: 'session-ended',
      })
      return { kind: 'response', status: 409, headers: { 'lectern-boot-id': world.server.bootId }, body }
    }
    await setHand(world, true)
    await world.until('it to be dropped', () =>
      world.journal.some(({ event }) => event === 'outbox-hand-dropped'),
    )
    expect(world.room).toMatchObject({ handWaiting: null, pending: [] })
    await world.run(120)
    expect(world.server.count(HAND)).toBe(0)
  })

  it('of one person is never raised for the next', async () => {
    const world = await inRoom()
    world.networkUp = false
    world.cutSockets()
    await world.until('no connection', () => world.state.kind === 'offline')
    await setHand(world, true)
    await world.finish(world.session.signOut())
    world.networkUp = true
    await world.finish(world.session.signIn({ email: maya.email, password, memoryOnly: false }))
    await world.openRoom()
    expect(world.room?.handWaiting).toBeNull()
    await world.run(60)
    expect(told(world)).toEqual([])
  })

  it('and messages that waited in a file of an older version are delivered', async () => {
    const world = new World()
    await world.signIn(ben.email)
    const old = {
      idempotencyKey: 'key-of-an-older-version-0001',
      accountId: ben.id,
      serverUrl: 'https://lectern.northfield.example',
      sessionId: roomId,
      text: 'Written with an older Lectern',
      writtenAt: 0,
      problem: null,
    }
    world.kill()
    world.sealed.set('outbox.json', JSON.stringify({ version: 1, items: [old] }))
    await world.start()
    await world.until('the message', () => world.server.messages.length === 1)
    expect(world.server.messages[0]).toMatchObject({ text: old.text, idempotencyKey: old.idempotencyKey })
  })
})
