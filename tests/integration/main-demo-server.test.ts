import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createFileStore } from '../../src/main/adapters/files.ts'
import { startDemoServer, type DemoServer } from '../../src/main/demo-server.ts'
import { buildScript, helperStarter, workFolder } from './main-child.ts'

let built: Awaited<ReturnType<typeof workFolder>>
let script: string
let place: string
let pids: number[]
const running: DemoServer[] = []

beforeAll(async () => {
  built = await workFolder()
  script = await buildScript('src/server/index.ts', built.path, 'server')
})
afterAll(() => built.remove())
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'lectern-demo-'))
  pids = []
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((demo) => demo.stop()))
  await rm(place, { recursive: true, force: true })
})

async function start(environment: NodeJS.ProcessEnv = process.env): Promise<DemoServer> {
  const startHelper = await helperStarter(script, built.path)
  const demo = await startDemoServer({
    start: (env) => {
      const helper = startHelper({ ...env, LECTERN_LOG: 'silent' })
      if (helper.pid !== undefined) pids.push(helper.pid)
      return helper
    },
    environment,
    folder: join(place, 'demo-server'),
    files: createFileStore(place),
    accessTtl: null,
    report: () => {},
  })
  running.push(demo)
  return demo
}

const bootId = async (url: string): Promise<unknown> => {
  try {
    return ((await (await fetch(`${url}/health`)).json()) as { bootId: string }).bootId
  } catch {
    return null
  }
}

const signIn = (demo: DemoServer, email: string, password: string) =>
  fetch(`${demo.url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, device: { name: 'a test', platform: 'test' } }),
  })

it('lets its person in with the password of this start, at the same address as last time', async () => {
  const first = await start()
  expect(await first.ready()).toMatchObject({ ok: true, value: { email: expect.stringContaining('@') } })
  await first.stop()
  const second = await start()
  const person = await second.ready()
  if (!person.ok) throw new Error(person.failure.message)
  expect(second).toMatchObject({ url: first.url, moved: false })
  expect(second.password).not.toBe(first.password)
  expect((await signIn(second, person.value.email, second.password)).status).toBe(200)
  expect((await signIn(second, person.value.email, first.password)).status).toBe(401)
})

it('keeps to itself on the computer of somebody who runs a server of their own', async () => {
  const demo = await start({
    ...process.env,
    DATABASE_URL: 'postgres://school@127.0.0.1:1/records',
    LECTERN_FILES_DIR: join(place, 'files-of-the-school'),
    LECTERN_HOST: '0.0.0.0',
  })
  expect(await demo.ready()).toMatchObject({ ok: true })
  expect((await readdir(place)).toSorted()).toEqual(['demo-server', 'demo-server.json'])
})

it('comes back by itself when its process is killed', async () => {
  const demo = await start()
  await demo.ready()
  const before = await bootId(demo.url)
  expect(before).toEqual(expect.any(String))
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await expect
    .poll(() => bootId(demo.url), { timeout: 30_000 })
    .toSatisfy((now) => typeof now === 'string' && now !== before)
  await demo.stop()
  expect(await bootId(demo.url)).toBe(null)
  expect(pids).toHaveLength(2)
})

it('moves, and says so, when another program has taken its place', async () => {
  const first = await start()
  await first.ready()
  await first.stop()
  const other = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  await once(other, 'listening')
  const second = await start()
  expect(second.moved).toBe(true)
  expect(second.url).not.toBe(first.url)
  expect(await second.ready()).toMatchObject({ ok: true })
  await second.stop()
  other.close()
  const third = await start()
  expect(third).toMatchObject({ url: second.url, moved: false })
})
