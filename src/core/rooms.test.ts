import { describe, expect, it } from 'vitest'
import { ben } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'

const texts = (world: World) => world.room?.messages.map(({ text }) => text)

/** Asleep for ten minutes, in which this happens. */
async function sleepOver(world: World, happens: () => void): Promise<void> {
  const asleep = world.sleep(600)
  await Promise.resolve()
  happens()
  await asleep
}

async function inRoom(): Promise<World> {
  const world = new World()
  await world.signIn()
  await world.openRoom()
  return world
}

describe('what was said during a sleep', () => {
  it('is all there when the room is live again, for "while you were away" to stand above it', async () => {
    const world = await inRoom()
    const shown: (readonly [string | undefined, number])[] = []
    world.session.subscribe({
      roomPatch: ({ patch }) => {
        if (patch.set.connection === 'live') shown.push(['live', world.room?.messages.length ?? 0])
      },
    })
    await sleepOver(world, () => {
      for (let n = 1; n <= 5; n++) world.server.say(ben, `missed ${n}`)
    })
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(shown).toEqual([['live', 5]])
  })

  it('is shown, though the class was over before the lid was opened', async () => {
    const world = await inRoom()
    world.server.say(ben, 'before')
    await sleepOver(world, () => {
      world.server.say(ben, 'Thank you all, see you on Thursday')
      world.server.endClass()
    })
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(texts(world)).toEqual(['before', 'Thank you all, see you on Thursday'])
    expect(world.room).toMatchObject({ connection: 'closed', session: { status: 'ended' } })
  })
})

describe('a server that takes no token in-band', () => {
  it('may be slower on the new socket than on the old one: nothing is taken for lost', async () => {
    const world = new World()
    world.server.accessTtl = 60
    world.server.reauth = 'reconnect'
    await world.signIn()
    await world.openRoom()
    world.latencyMs = 900
    await world.until('the second socket', () => world.server.connections.size === 2)
    // Its welcome is on the way then.
    await world.run(2)
    world.server.say(ben, 'Heard on the old socket first')
    await world.run(5)
    expect(world.server.connections.size).toBe(1)
    expect(texts(world)).toEqual(['Heard on the old socket first'])
    expect(world.journal.map(({ event }) => event)).not.toContain('room-restored')
  })
})

it('a history that the server will not give keeps nobody from coming back', async () => {
  const world = new World()
  await world.signIn()
  world.fate = ({ url }) =>
    url.includes('/messages?')
      ? { kind: 'response', status: 403, headers: { 'lectern-boot-id': world.server.bootId }, body: '' }
      : 'carry'
  await world.openRoom()
  await world.sleep(600)
  await world.until('the session to be active', () => world.state.kind === 'active')
})
