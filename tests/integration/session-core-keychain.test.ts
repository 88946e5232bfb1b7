import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { startFaultyNetwork, type FaultyNetwork } from '../harness/faulty-network.ts'
import { buildHeadless, type HeadlessBuild, type HeadlessProcess, type Profile } from '../harness/headless.ts'
import { startKeyring, type Keyring } from '../harness/keyring.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'

const MAYA = 'maya.okafor@northfield.example'

let headless: HeadlessBuild
let server: ServerProcess
let network: FaultyNetwork
let place: string
let profile: Profile

beforeAll(async () => {
  headless = await buildHeadless()
  server = await startServer({ accessTtl: 2 })
  network = await startFaultyNetwork(server.url)
  place = await mkdtemp(join(tmpdir(), 'lectern-headless-'))
})
afterAll(async () => {
  await headless.dispose()
  await network.close()
  await server.dispose()
  await rm(place, { recursive: true, force: true })
})
beforeEach(() => {
  const folder = join(place, randomUUID())
  const service = `Lectern test ${randomUUID()}`
  profile = {
    serverUrl: network.url,
    folder,
    sealedFolder: join(folder, 'sealed'),
    service,
    idleTimeout: null,
  }
})

async function signIn(client: HeadlessProcess): Promise<void> {
  await eventually('start', () => client.state())
  const before = client.of('signed-in').length
  client.order({ kind: 'sign-in', email: MAYA, password: server.demoPassword })
  const answer = await eventually('answer to the sign-in', () => client.of('signed-in')[before])
  expect(answer.failure).toBeNull()
}

const kinds = (client: HeadlessProcess) => client.of('state').map(({ state }) => state.kind)

describe('a keyring that is locked', () => {
  let keyring: Keyring
  beforeAll(async () => {
    keyring = await startKeyring()
  })
  afterAll(() => keyring.stop())

  it('keeps a person signed in: they unlock it, try again, and carry on', async () => {
    const before = headless.start(profile, keyring.env)
    await signIn(before)
    await before.kill9()
    await keyring.lock()

    const client = headless.start(profile, keyring.env)
    await client.reaches('keychain-unavailable')
    expect(client.state()).toMatchObject({ problem: 'locked', account: { email: MAYA } })
    await keyring.unlock()
    client.order({ kind: 'retry' })
    await client.reaches('active')
    expect(kinds(client)).not.toContain('signed-out')
    expect(kinds(client)).not.toContain('reauth-required')
    await client.quit()
  })

  it('locked in the middle of the work, renews nothing it cannot store, and goes on when it is open', async () => {
    const client = headless.start(profile, keyring.env)
    await signIn(client)
    await keyring.lock()
    await client.reaches('keychain-unavailable')
    await keyring.unlock()
    client.order({ kind: 'retry' })
    await client.reaches('active')
    client.order({ kind: 'ask', everyMs: 100 })
    await eventually('answer', () => client.of('answered').length > 3)
    expect(kinds(client).slice(1)).not.toContain('signed-out')
    expect(kinds(client)).not.toContain('reauth-required')
    expect(network.requests.filter(({ path, status }) => path === '/auth/token' && status !== 200)).toEqual(
      [],
    )
    await client.quit()
  })

  it('goes on when the keyring itself is started anew', async () => {
    const client = headless.start(profile, keyring.env)
    await signIn(client)
    const signedIn = client.of('state').length
    await keyring.startAnew()
    const renewals = () => client.of('journal').filter(({ event }) => event === 'refresh-succeeded').length
    const before = renewals()
    await eventually('two more renewals', () => renewals() > before + 1)
    const now = kinds(client).slice(signedIn)
    expect(now.filter((kind) => kind !== 'active' && kind !== 'refreshing')).toEqual([])
    await client.quit()
  })
})

describe('nobody at the computer', () => {
  it('ends the session here, in the keychain and on the server, and a sign-in in place carries on', async () => {
    const revoked = network.count('POST', '/auth/revoke')
    const client = headless.start({ ...profile, idleTimeout: 2 })
    await signIn(client)
    await client.reaches('idle-warning')
    await client.reaches('reauth-required')
    expect(client.state()).toMatchObject({ reason: 'idle', account: { email: MAYA } })
    await eventually('revocation', () => network.count('POST', '/auth/revoke') > revoked)
    await signIn(client)
    await client.reaches('active')
    await client.reaches('reauth-required')
    await client.quit()

    const next = headless.start({ ...profile, idleTimeout: 2 })
    await next.reaches('signed-out')
    await next.quit()
  })
})
