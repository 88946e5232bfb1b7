/** Several servers on one PostgreSQL: what a person does on one is known on the others, and any of them may die. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { BOOT_ID_HEADER } from '../../src/contract/endpoint.ts'
import { CLOSE } from '../../src/contract/frames.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { startBalancer, type Balancer } from '../harness/balancer.ts'
import { signInColleague, type Colleague } from '../harness/colleague.ts'
import { eventually, eventuallyNone } from '../harness/eventually.ts'
import { buildHeadless, type HeadlessBuild, type Profile } from '../harness/headless.ts'
import { createDatabase } from '../harness/postgres.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'
import { temporaryFolder } from './server-child.ts'
import {
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  MAYA,
  newKey,
  NOAH,
  PASSWORD,
  rotate,
  rotated,
  say,
  sessionTitled,
  signIn,
  signInReply,
  type RoomSocket,
  type TestServer,
} from './server-client.ts'

function administrator(): string {
  const { postgres } = inject('template')
  if (!postgres) throw new Error('These tests are about PostgreSQL.')
  return postgres.administrator
}

const messagesOf = (socket: RoomSocket) =>
  socket.events.flatMap(({ event }) => (event.type === 'message-posted' ? [event.message.text] : []))
const inOrder = (socket: RoomSocket, first: number) =>
  expect(socket.events.map(({ seq }) => seq)).toEqual(socket.events.map((_, n) => first + n))

describe('two servers, one database', () => {
  let one: TestServer
  let two: RunningServer
  let token: string
  let room: string

  beforeAll(async () => {
    one = await demoServer()
    two = await createServer(readSettings(one.environment))
    token = (await signIn(one.url)).access_token
    room = (await sessionTitled(one.url, token, CHEMISTRY)).id
  })
  afterAll(async () => {
    await two.close()
    await one.end()
  })

  test('a token of one is good on the other, with its refresh token', async () => {
    const tokens = await signIn(one.url, NOAH)
    await call(two.url, tokens.access_token, 'listLiveSessions')
    const next = await rotated(two.url, tokens.refresh_token)
    await call(one.url, next.access_token, 'listLiveSessions')
    await rotated(one.url, next.refresh_token)
  })

  test('what is said through both is heard on both, once, in one order, and soon', async () => {
    const here = await enterSocket(one.url, room, token)
    const there = await enterSocket(two.url, room, token)
    const { seq } = await here.frame('welcome')
    const texts = Array.from({ length: 40 }, (_, n) => `to and fro ${n}`)
    const began = performance.now()
    await Promise.all(texts.map((text, n) => say(n % 2 ? one.url : two.url, token, room, text)))
    for (const socket of [here, there]) {
      await eventually('message of either server', () => messagesOf(socket).length === texts.length)
      inOrder(socket, seq + 1)
      expect(messagesOf(socket).toSorted()).toEqual(texts.toSorted())
    }
    expect(messagesOf(here)).toEqual(messagesOf(there))
    console.log(`40 messages through two servers: ${Math.round(performance.now() - began)} ms to the last`)
    here.close()
    there.close()
  })

  test('hints that are lost lose nothing: the other server looks for itself', async () => {
    const there = await enterSocket(two.url, room, token)
    const { seq } = await there.frame('welcome')
    const client = new Client({ connectionString: administrator() })
    await client.connect()
    let cut = 0
    for (let n = 0; n < 20; n++) {
      // Whoever listens is cut off, again and again, while there is something to hear.
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lectern notices'`,
      )
      cut += rowCount ?? 0
      await say(one.url, token, room, `into the void ${n}`)
    }
    await client.end()
    expect(cut).toBeGreaterThanOrEqual(2)
    await eventually('message that nobody was told of', () => messagesOf(there).length === 20)
    inOrder(there, seq + 1)
    there.close()
  })

  test('what a stranger says on the channel of the servers harms nobody', async () => {
    const there = await enterSocket(two.url, room, token)
    const client = new Client({ connectionString: one.environment['DATABASE_URL'] })
    await client.connect()
    const strangers = [
      '',
      'hello',
      '[]',
      '{"from":"me","hints":[["error","x"]]}',
      '{"from":"me","hints":[["room"]]}',
    ]
    for (const payload of strangers) await client.query('select pg_notify($1, $2)', ['lectern', payload])
    await client.end()
    await say(one.url, token, room, 'after the stranger')
    await eventually('message from the other server', () => messagesOf(there).includes('after the stranger'))
    there.close()
  })

  test('a sign-out on one ends the sockets on the other, and its tokens', async () => {
    const tokens = await signIn(two.url, NOAH)
    const socket = await enterSocket(two.url, room, tokens.access_token)
    await call(one.url, tokens.access_token, 'signOutEverywhere', { body: {} })
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(socket.frames.at(-1)).toMatchObject({ type: 'revoked' })
    expect(await callReply(two.url, tokens.access_token, 'listLiveSessions')).toMatchObject({ status: 401 })
  })

  test('a storm of refreshes split over both gives each token one successor', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => signIn(one.url, NOAH)))
    const storm = await Promise.all(
      people.map(async ({ refresh_token: token }) => {
        const key = newKey()
        const replies = await Promise.all(
          Array.from({ length: 12 }, (_, n) => rotated(n % 2 ? one.url : two.url, token, key)),
        )
        return new Set(replies.map((reply) => reply.refresh_token))
      }),
    )
    expect(storm.map((successors) => successors.size)).toEqual(people.map(() => 1))
    // And it is the one that goes on.
    for (const [successor] of storm) await rotated(two.url, successor!)
  })

  test('a token presented to both with different keys at once is theft, and ends the sign-in everywhere', async () => {
    const { refresh_token: stolen, access_token: access } = await signIn(one.url, NOAH)
    const replies = await Promise.all([rotate(one.url, stolen, newKey()), rotate(two.url, stolen, newKey())])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400])
    for (const { url } of [one, two]) {
      expect(await callReply(url, access, 'listLiveSessions')).toMatchObject({ status: 401 })
    }
  })

  test('one person who enters by both a hundred times at once is in the room once', async () => {
    const { access_token: noah } = await signIn(one.url, NOAH)
    await call(one.url, noah, 'leaveLiveSession', { params: { sessionId: room } })
    const watcher = await enterSocket(two.url, room, token)
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        call(n % 2 ? one.url : two.url, noah, 'joinLiveSession', { params: { sessionId: room } }),
      ),
    )
    const { items } = await call(two.url, token, 'listParticipants', { params: { sessionId: room } })
    expect(items.filter(({ displayName }) => displayName === 'Noah Bennett')).toHaveLength(1)
    await say(one.url, token, room, 'after the crowd')
    await eventually('end of the crowd', () => messagesOf(watcher).includes('after the crowd'))
    const joins = watcher.events.filter(({ event }) => event.type === 'participant-joined')
    expect(joins).toHaveLength(1)
    watcher.close()
  })
})

test('servers that start on an empty database at the same moment make one school, and all of them run', async () => {
  const environment = {
    LECTERN_PORT: '0',
    LECTERN_LOG: 'silent',
    LECTERN_SEED: 'demo',
    LECTERN_DEMO_PASSWORD: PASSWORD,
    LECTERN_ADMIN_EMAIL: 'office@northfield.example',
    LECTERN_ADMIN_PASSWORD: 'office-the-admin-password',
    DATABASE_URL: await createDatabase(administrator()),
  }
  const folders = await Promise.all([temporaryFolder(), temporaryFolder(), temporaryFolder()])
  const servers = await Promise.all(
    folders.map(({ path }) => createServer(readSettings({ ...environment, LECTERN_DATA_DIR: path }))),
  )
  for (const { url } of servers) {
    const { access_token: token } = await signIn(url)
    expect(await call(url, token, 'getCredits')).toMatchObject({ balance: 200 })
    expect((await signInReply(url, 'office@northfield.example', 'office-the-admin-password')).status).toBe(
      200,
    )
  }
  for (const server of servers) await server.close()
  for (const { remove } of folders) await remove()
})

describe('one of two servers is killed behind the balancer', () => {
  const WRITERS = ['maya.okafor', 'kenji.watanabe', 'ingrid.solberg'].map(
    (name) => `${name}@northfield.example`,
  )
  let headless: HeadlessBuild
  let servers: [ServerProcess, ServerProcess]
  let balancer: Balancer | undefined
  let serverUrl: string
  let place: string
  let colleague: Colleague

  beforeAll(async () => {
    headless = await buildHeadless()
    place = await mkdtemp(join(tmpdir(), 'lectern-instances-'))
    const env = { DATABASE_URL: await createDatabase(administrator()) }
    const first = await startServer({ accessTtl: 5, env })
    servers = [first, await startServer({ accessTtl: 5, env })]
    balancer = await startBalancer([servers[0].url, servers[1].url])
    serverUrl = balancer.url
    colleague = await signInColleague({ serverUrl, email: MAYA, password: first.demoPassword })
  })
  afterAll(async () => {
    await headless.dispose()
    await balancer?.close()
    for (const server of servers) await server.dispose()
    await rm(place, { recursive: true, force: true })
  })

  test('nobody reads the metrics through it, in whatever letters', async () => {
    for (const path of ['/metrics', '/metrics?', '/%6Detrics', '/%6d%65trics']) {
      const response = await fetch(serverUrl + path)
      expect(response.status).toBe(404)
      expect(response.headers.get(BOOT_ID_HEADER), path).toBeNull()
    }
  })

  test('everybody moves over, nobody is signed out, and every accepted message arrives once', async () => {
    const { items } = await colleague.call('listLiveSessions', { query: { search: CHEMISTRY } })
    const sessionId = items[0]?.id ?? ''
    const clients = WRITERS.map((email, n) => {
      const folder = join(place, String(n))
      const profile: Profile = {
        serverUrl,
        folder,
        sealedFolder: join(folder, 'sealed'),
        service: `Lectern test ${randomUUID()}`,
        idleTimeout: null,
      }
      return { email, client: headless.start(profile), prefix: `writer ${n}` }
    })
    for (const { client, email } of clients) {
      await eventually('start', () => client.state())
      client.order({ kind: 'sign-in', email, password: servers[0].demoPassword })
      await client.reaches('active')
    }
    for (const { client, prefix } of clients) client.order({ kind: 'write', sessionId, prefix, everyMs: 40 })
    const accepted = () => clients.map(({ client }) => client.of('accepted').length)
    const grown = async (by: number) => {
      const before = accepted()
      await eventually(
        'progress of everybody',
        () => accepted().every((n, at) => n >= (before[at] ?? 0) + by),
        40_000,
      )
    }
    await grown(20)
    for (const [round, server] of [...servers, ...servers].entries()) {
      if (round % 2) await server.stop()
      else await server.kill9()
      await grown(20)
      for (const { client } of clients) await client.reaches('active', 30_000)
      await server.restart()
    }
    for (const { client, prefix } of clients) {
      const wrote = client.of('accepted').map(({ text }) => text)
      const mine = async () =>
        (await colleague.history(sessionId)).filter((text) => text.startsWith(`${prefix}.`))
      await eventuallyNone(`accepted messages of ${prefix} that are not in the room`, async () => {
        const said = new Set(await mine())
        return wrote.filter((text) => !said.has(text)).length
      })
      expect((await mine()).slice(0, wrote.length)).toEqual(wrote)
      const endings = client
        .of('state')
        // The first state is that nobody has signed in yet.
        .slice(1)
        .filter(({ state }) => ['signed-out', 'reauth-required'].includes(state.kind))
      expect(endings).toEqual([])
      await client.quit()
    }
  }, 300_000)
})
