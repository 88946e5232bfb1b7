/** The built server as a process: told to stop, started by the app, started wrongly. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/server/database/database.ts'
import { readSettings } from '../../src/server/settings.ts'
import { CHEMISTRY, demoData, enterSocket, sessionTitled, signIn, temporaryData } from './server-client.ts'
import { startServerChild, type ServerChild } from './server-child.ts'

let data: Awaited<ReturnType<typeof demoData>>
const running = new Set<ServerChild>()

beforeAll(async () => {
  data = await demoData()
})
afterAll(async () => {
  for (const server of running) await server.kill()
  await data.remove()
})

function start(environment: Record<string, string> = {}, options = {}): ServerChild {
  const server = startServerChild({ ...data.environment, ...environment }, options)
  running.add(server)
  void server.ended.then(() => running.delete(server))
  return server
}

test('asked to stop, it tells its sockets and ends by itself', async () => {
  const server = start()
  const { url } = await server.said
  const { access_token: token } = await signIn(url)
  const { id } = await sessionTitled(url, token, CHEMISTRY)
  const socket = await enterSocket(url, id, token)
  server.child.kill('SIGTERM')
  expect(await socket.closed).toBe(1001)
  expect(socket.frames.at(-1)).toEqual({ type: 'going-away' })
  expect(await server.ended).toBe(0)
})

test('started by the app, it tells the app where it listens, and stops when asked to', async () => {
  const server = start({}, { asUtility: true })
  const [message] = (await once(server.child, 'message')) as [unknown]
  const { url } = await server.said
  expect(message).toEqual({
    type: 'listening',
    url,
    demo: { displayName: 'Maya Okafor', email: 'maya.okafor@northfield.example' },
  })
  const second = start(
    { LECTERN_PORT: new URL(url).port, LECTERN_DATA_DIR: `${data.folder}/second` },
    { asUtility: true },
  )
  const [refusal] = (await once(second.child, 'message')) as [unknown]
  expect(refusal).toEqual({ type: 'failed', message: expect.stringMatching(/^Port \d+ is in use/) })
  expect(await second.ended).toBe(1)
  server.child.send({ type: 'stop' })
  expect(await server.ended).toBe(0)
})

test('a port that is taken is named, and the data folder is free again', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const port = String((holder.address() as AddressInfo).port)
  const refused = start({ LECTERN_PORT: port })
  const { event, code, message } = await refused.said
  expect({ event, code }).toEqual({ event: 'failed', code: 'address-in-use' })
  expect(message).toContain(port)
  expect(await refused.ended).toBe(1)
  holder.close()
  const again = start({ LECTERN_PORT: port })
  expect(await again.said).toMatchObject({ event: 'listening', url: `http://127.0.0.1:${port}` })
  await again.kill()
})

test('settings that cannot be used are all named, their values are not', async () => {
  const server = start({ LECTERN_PORT: 'eighty', LECTERN_DEMO_PASSWORD: 'short', LECTERN_ACCESS_TTL: '-1' })
  const { event, code, message } = await server.said
  expect({ event, code }).toEqual({ event: 'failed', code: 'invalid-settings' })
  for (const name of ['LECTERN_PORT', 'LECTERN_DEMO_PASSWORD', 'LECTERN_ACCESS_TTL']) {
    expect(message).toContain(name)
  }
  expect(message).not.toContain('short')
  expect(await server.ended).toBe(1)
})

test('a database of a newer version is left alone', async () => {
  const { environment, remove } = await temporaryData()
  const database = await openDatabase(readSettings(environment), (error) => console.error(error))
  await sql`insert into kysely_migration (name, timestamp) values ('999-tomorrow', now()::text)`.execute(
    database.db,
  )
  await database.close()
  const server = start(environment)
  expect(await server.said).toMatchObject({ event: 'failed', code: 'database-newer' })
  expect(await server.ended).toBe(1)
  await remove()
})
