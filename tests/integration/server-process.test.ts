import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  call,
  CHEMISTRY,
  enterSocket,
  newKey,
  PASSWORD,
  say,
  sessionTitled,
  signIn,
  until,
} from './server-client.ts'
import { startServerChild, temporaryFolder, type ServerChild } from './server-child.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const running = new Set<ServerChild>()

beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  for (const server of running) await server.kill()
  await folder.remove()
})

function start(environment: Record<string, string> = {}, options = {}): ServerChild {
  const settings = {
    LECTERN_DATA_DIR: folder.path,
    LECTERN_SEED: 'demo',
    LECTERN_DEMO_PASSWORD: PASSWORD,
    LECTERN_SIGN_IN_LIMIT: '1000',
    ...environment,
  }
  const server = startServerChild(settings, options)
  running.add(server)
  void server.ended.then(() => running.delete(server))
  return server
}

const names = () => readdir(folder.path)

describe('one data folder through kill -9, again and again', () => {
  test('killed in the middle of its very first start, it starts cleanly the next time', async () => {
    const first = start()
    await until(async () => {
      const unfinished = (await names()).find((name) => name.startsWith('postgres.new-'))
      return unfinished !== undefined && (await readdir(join(folder.path, unfinished))).length > 3
    }, 'a cluster in the making')
    await first.kill()
    expect(await names()).not.toContain('postgres')

    const second = start()
    await until(async () => (await names()).includes('postgres'), 'a whole cluster')
    await second.kill()

    const third = start()
    const { event, url } = await third.said
    expect(event).toBe('listening')
    expect((await names()).filter((name) => name.startsWith('postgres.new-'))).toEqual([])
    const { access_token: token } = await signIn(url)
    expect((await call(url, token, 'listLiveSessions')).items).toHaveLength(25)
    await third.kill()
  })

  test('what the server said yes to is there after it was killed, once and in order', async () => {
    let server = start()
    let { url } = await server.said
    const { access_token: token } = await signIn(url)
    const { id } = await sessionTitled(url, token, CHEMISTRY)
    const accepted = new Map<string, { id: string; seq: number }>()

    for (let round = 0; round < 3; round++) {
      const enough = accepted.size + 20 + round * 13
      let killed = false
      const speak = async (speaker: number) => {
        for (let line = 0; !killed; line++) {
          const key = newKey()
          try {
            accepted.set(key, await say(url, token, id, `${round}.${speaker}.${line}`, key))
          } catch (error) {
            if (!killed) throw error
          }
        }
      }
      const speaking = Promise.all([speak(1), speak(2), speak(3)])
      await until(() => accepted.size >= enough, 'enough accepted messages')
      killed = true
      await server.kill()
      await speaking
      server = start()
      ;({ url } = await server.said)
    }

    // The same access token: it outlives the server's restarts.
    const socket = await enterSocket(url, id, token, 0)
    const { seq: last } = await socket.frame('welcome')
    await until(() => socket.events.length === last, 'the whole log')
    expect(socket.events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, n) => n + 1))
    const kept = socket.events.flatMap(({ event }) =>
      event.type === 'message-posted' ? [event.message] : [],
    )
    for (const [key, { id, seq }] of accepted) {
      expect(kept.filter(({ idempotencyKey }) => idempotencyKey === key)).toMatchObject([{ id, seq }])
    }
    const [key, message] = [...accepted].at(-1)!
    expect(await say(url, token, id, 'asked again', key)).toEqual(message)
    await server.kill()
  })

  test('a second server on the same folder is told so, and the first is not disturbed', async () => {
    const first = start()
    const { url } = await first.said
    const second = start()
    expect(await second.said).toMatchObject({ event: 'failed', code: 'data-folder-in-use' })
    expect(await second.ended).toBe(1)
    await signIn(url)
    await first.kill()
  })

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
    const second = start({}, { asUtility: true })
    const [refusal] = (await once(second.child, 'message')) as [unknown]
    expect(refusal).toEqual({ type: 'failed', message: expect.stringContaining('Another Lectern server') })
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
})

test('the data folder is readable by its owner only', async () => {
  const inner = join(folder.path, 'inner')
  const server = start({ LECTERN_DATA_DIR: inner, LECTERN_SEED: 'none' })
  await until(
    () =>
      stat(inner)
        .then(() => true)
        .catch(() => false),
    'the folder',
  )
  await server.kill()
  expect((await stat(inner)).mode & 0o077).toBe(0)
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
