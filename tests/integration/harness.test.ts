import { afterEach, beforeEach, expect, it } from 'vitest'
import { signInColleague, type Colleague } from '../harness/colleague.ts'
import { eventually } from '../harness/eventually.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'

let server: ServerProcess

beforeEach(async () => {
  server = await startServer({ accessTtl: 2 })
})
afterEach(() => server.dispose())

const signIn = (name: string) =>
  signInColleague({
    serverUrl: server.url,
    email: `${name}@northfield.example`,
    password: server.demoPassword,
  })

async function liveRoom(colleague: Colleague): Promise<string> {
  const { items } = await colleague.call('listLiveSessions', { query: { status: 'live' } })
  const id = items[0]?.id
  if (id === undefined) throw new Error('The demo school has no live session.')
  return id
}

it('lets two people of the demo school talk in a room across several lives of their tokens', async () => {
  const maya = await signIn('maya.okafor')
  const priya = await signIn('priya.nair')
  const room = await liveRoom(maya)
  await maya.join(room)
  await priya.join(room)
  const heard = await maya.listen(room)
  const started = performance.now()
  const said: string[] = []
  while (performance.now() - started < 5000) {
    said.push(`message ${said.length + 1}`)
    await priya.say(room, `message ${said.length}`)
    await eventually('message in the room', () => heard.messages().length === said.length)
    await eventually('while', () => performance.now() - started > said.length * 250)
  }
  expect(heard.messages().map(({ text }) => text)).toEqual(said)
  expect(heard.messages().every(({ author }) => author.id === priya.account.id)).toBe(true)
  maya.goAway()
})

it.each(['stop', 'kill9'] as const)(
  'finds everything again on the same address after %s and a restart',
  async (end) => {
    const before = server.url
    const maya = await signIn('maya.okafor')
    const room = await liveRoom(maya)
    await maya.join(room)
    const message = await maya.say(room, 'before the restart')
    await server[end]()
    await expect(signIn('maya.okafor')).rejects.toThrow('fetch failed')
    await server.restart()
    expect(server.url).toBe(before)
    const { items } = await (await signIn('maya.okafor')).call('listMessages', { sessionId: room })
    expect(items.at(-1)).toEqual(message)
  },
)
