/** PostgreSQL itself is killed under a server that goes on running. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { createDatabase, startPostgres, type Postgres } from '../harness/postgres.ts'
import { temporaryFolder } from './server-child.ts'
import {
  call,
  callReply,
  CHEMISTRY,
  enterSocket,
  expectProblem,
  newKey,
  PASSWORD,
  rotate,
  rotated,
  say,
  sessionTitled,
  signIn,
  until,
} from './server-client.ts'

let postgres: Postgres
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: RunningServer

beforeAll(async () => {
  postgres = await startPostgres()
  folder = await temporaryFolder()
  server = await createServer(
    readSettings({
      DATABASE_URL: await createDatabase(postgres.administrator),
      LECTERN_DATA_DIR: folder.path,
      LECTERN_PORT: '0',
      LECTERN_SEED: 'demo',
      LECTERN_DEMO_PASSWORD: PASSWORD,
      LECTERN_LOG: 'silent',
    }),
  )
})
afterAll(async () => {
  await server.close()
  await postgres.dispose()
  await folder.remove()
})

test('while it is away the server says so, and nobody is signed out; when it is back, all goes on', async () => {
  const { url } = server
  let tokens = await signIn(url)
  const { id: sessionId } = await sessionTitled(url, tokens.access_token, CHEMISTRY)
  const socket = await enterSocket(url, sessionId, tokens.access_token)
  const { seq } = await socket.frame('welcome')
  const accepted: string[] = []

  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 10; n++) {
      const text = `round ${round}, message ${n}`
      await say(url, tokens.access_token, sessionId, text)
      accepted.push(text)
    }
    await postgres.kill9()
    const key = newKey()
    // Neither is a verdict on a token: a client that hears this keeps it and asks again.
    expectProblem(await callReply(url, tokens.access_token, 'listLiveSessions'), 503, 'unavailable')
    expectProblem(await rotate(url, tokens.refresh_token, key), 503, 'unavailable')
    expectProblem(await callReply(url, tokens.access_token, 'ready'), 503, 'unavailable')
    expect(await callReply(url, tokens.access_token, 'health')).toMatchObject({ status: 200 })
    await postgres.start()
    await until(
      async () => (await callReply(url, tokens.access_token, 'ready')).status === 200,
      'a server that is ready again',
    )
    tokens = await rotated(url, tokens.refresh_token, key)
  }

  await call(url, tokens.access_token, 'listLiveSessions')
  const heard = () =>
    socket.events.flatMap(({ event }) => (event.type === 'message-posted' ? [event.message.text] : []))
  await until(() => heard().length === accepted.length, 'every message on the socket that stayed open')
  expect(heard()).toEqual(accepted)
  expect(socket.events.map((event) => event.seq)).toEqual(socket.events.map((_, n) => seq + 1 + n))
  socket.close()
}, 300_000)
