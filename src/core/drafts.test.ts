import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ben, maya, password, roomId } from '../../tests/simulation/virtual-server.ts'
import { World } from '../../tests/simulation/world.ts'
import type { DraftKind } from '../contract/model.ts'

async function signedIn(): Promise<World> {
  const world = new World()
  await world.signIn()
  return world
}

const save = (world: World, text: string, kind: DraftKind = 'chat', accountId = maya.id) =>
  world.finish(world.session.saveDraft({ accountId, sessionId: roomId, kind, text }))

async function read(world: World, kind: DraftKind = 'chat'): Promise<string> {
  const draft = await world.finish(world.session.draft(roomId, kind))
  if (!draft.ok) throw new Error(draft.failure.message)
  return draft.value
}

async function startAgain(world: World): Promise<void> {
  world.kill()
  await world.start()
  await world.until('somebody to be signed in', () => 'account' in world.state)
}

const forbidden = { ok: false, failure: { code: 'forbidden' } }

describe('notes', () => {
  it('are there beside the draft of the same room, and again after a kill', async () => {
    const world = await signedIn()
    await save(world, 'Ask Noah about the lab', 'notes')
    await save(world, 'Dear all, t')
    await startAgain(world)
    expect(await read(world, 'notes')).toBe('Ask Noah about the lab')
    expect(await read(world)).toBe('Dear all, t')
  })

  it('stay when a message is posted', async () => {
    const world = await signedIn()
    await save(world, 'Ask Noah about the lab', 'notes')
    await world.finish(world.session.postMessage(roomId, 'Hello'))
    await startAgain(world)
    expect(await read(world, 'notes')).toBe('Ask Noah about the lab')
  })
})

describe('a draft', () => {
  it('that was begun with an older version is still there', async () => {
    const world = await signedIn()
    const old = { accountId: maya.id, serverUrl: 'https://lectern.northfield.example', sessionId: roomId }
    world.kill()
    world.sealed.set('drafts.json', JSON.stringify({ version: 1, drafts: [{ ...old, text: 'Dear a' }] }))
    await world.start()
    await world.until('the session to be active', () => world.state.kind === 'active')
    expect(await read(world)).toBe('Dear a')
    await world.finish(world.session.postMessage(roomId, 'Dear all'))
    expect(await read(world)).toBe('')
  })

  it('is not saved for somebody else who is signed in by now', async () => {
    const world = await signedIn()
    await world.finish(world.session.signOut())
    await world.finish(world.session.signIn({ email: ben.email, password, memoryOnly: false }))
    expect(await save(world, 'What Maya still had on her screen')).toMatchObject(forbidden)
    expect(await read(world)).toBe('')
  })

  it('that was posted is gone with the very write that accepts the message, wherever a kill falls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.boolean(), async (microtasks, online) => {
        const world = await signedIn()
        world.networkUp = online
        await save(world, 'Hello every')
        const posted = world.session.postMessage(roomId, 'Hello everybody')
        for (let n = 0; n < microtasks; n++) await Promise.resolve()
        world.kill()
        void posted
        world.networkUp = true
        await world.start()
        await world.until('the session to be active', () => world.state.kind === 'active')
        await world.run(5)
        const arrived = world.server.messages.length
        expect([arrived, await read(world)]).toEqual(arrived ? [1, ''] : [0, 'Hello every'])
      }),
      { numRuns: 60 },
    )
  })

  it('begun after a message is kept, also when both are begun at once', async () => {
    const world = await signedIn()
    await save(world, 'Hello')
    const posted = world.session.postMessage(roomId, 'Hello')
    const saved = world.session.saveDraft({
      accountId: maya.id,
      sessionId: roomId,
      kind: 'chat',
      text: 'One more thing',
    })
    await world.finish(Promise.all([posted, saved]))
    await world.run(5)
    await startAgain(world)
    expect(await read(world)).toBe('One more thing')
  })

  it('of a writer who does not know yet what is kept goes below that, and takes the place of what they added', async () => {
    const world = await signedIn()
    const add = (text: string, added: string) =>
      world.finish(
        world.session.saveDraft({ accountId: maya.id, sessionId: roomId, kind: 'chat', text, added }),
      )
    await save(world, 'from yesterday')
    expect(await add('new', '')).toEqual({ ok: true, value: 'from yesterday\nnew' })
    expect(await add('newer', 'new')).toEqual({ ok: true, value: 'from yesterday\nnewer' })
    expect(await add('x'.repeat(20_000), 'newer')).toMatchObject({ failure: { code: 'invalid-request' } })
    expect(await read(world)).toBe('from yesterday\nnewer')
    expect(await add('', 'newer')).toEqual({ ok: true, value: 'from yesterday' })
  })

  it('handed over a moment before quitting is on disk when that is done, though nothing was read yet', async () => {
    const world = await signedIn()
    await save(world, 'from yesterday')
    await startAgain(world)
    const saved = world.session.saveDraft({
      accountId: maya.id,
      sessionId: roomId,
      kind: 'chat',
      text: 'new',
      added: '',
    })
    await world.session.dispose()
    expect(world.sealed.get('drafts.json')).toContain('from yesterday\\nnew')
    expect(await saved).toMatchObject({ ok: true })
  })

  it('stays when the message could not be accepted', async () => {
    const world = await signedIn()
    await save(world, 'Hello everybody')
    const refused = await world.finish(world.session.postMessage(roomId, 'x'.repeat(1_100_000)))
    expect(refused).toMatchObject({ ok: false, failure: { code: 'storage-failed' } })
    expect(await read(world)).toBe('Hello everybody')
  })
})
