/** The folder that PGlite lives in, through kill -9 and two servers at once. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServerChild, temporaryFolder, type ServerChild } from './server-child.ts'
import { call, PASSWORD, signIn, until } from './server-client.ts'

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
    LECTERN_SEED: 'demo',
    LECTERN_DEMO_PASSWORD: PASSWORD,
    LECTERN_SIGN_IN_LIMIT: '1000',
    LECTERN_DATA_DIR: folder.path,
    ...environment,
  }
  const server = startServerChild(settings, options)
  running.add(server)
  void server.ended.then(() => running.delete(server))
  return server
}

const names = () => readdir(folder.path)

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

test('a second server on the same folder is told so, and the first is not disturbed', async () => {
  const first = start()
  const { url } = await first.said
  const second = start()
  expect(await second.said).toMatchObject({ event: 'failed', code: 'data-folder-in-use' })
  expect(await second.ended).toBe(1)
  await signIn(url)
  await first.kill()
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
