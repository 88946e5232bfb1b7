import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { startFaultyNetwork, type FaultyNetwork } from '../harness/faulty-network.ts'
import { buildHeadless, type HeadlessBuild, type HeadlessProcess, type Profile } from '../harness/headless.ts'
import { repository } from '../harness/repository.ts'
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

/** As the login screen does it, over the daemon's own socket (gkd-control-codes.h); nothing on the bus can. */
async function unlockKeyring(control: string, password: string): Promise<void> {
  const UNLOCK = 1
  const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).swap32()
  const socket = connect(control)
  const text = Buffer.from(password)
  // The first byte carries the credentials of this process.
  socket.write(
    Buffer.concat([Buffer.of(0), uint32(12 + text.length), uint32(UNLOCK), uint32(text.length), text]),
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  expect(answer.readUInt32BE(4)).toBe(0)
}

const kinds = (client: HeadlessProcess) => client.of('state').map(({ state }) => state.kind)

describe('a keyring that is locked', () => {
  let stage: ChildProcessWithoutNullStreams
  let bus: string
  let control: string
  let answers: AsyncIterator<string>

  /** On a bus of its own, so that the other tests keep theirs open. Each line it reads is carried out. */
  beforeAll(async () => {
    const shell =
      'echo "$DBUS_SESSION_BUS_ADDRESS"; echo "$XDG_RUNTIME_DIR/keyring/control"; while read -r order; do eval "$order"; echo done; done'
    stage = spawn('sh', [join(repository, 'tests/harness/with-keyring.sh'), 'sh', '-c', shell])
    answers = createInterface(stage.stdout)[Symbol.asyncIterator]()
    bus = String((await answers.next()).value)
    control = String((await answers.next()).value)
  })
  afterAll(async () => {
    const ended = once(stage, 'exit')
    stage.stdin.end()
    await ended
  })

  async function onStage(order: string): Promise<void> {
    stage.stdin.write(`${order}\n`)
    expect((await answers.next()).value).toBe('done')
  }
  const lock = () =>
    onStage(
      'dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets' +
        ' org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null',
    )
  const startAnew = () =>
    onStage('printf test | gnome-keyring-daemon --replace --unlock --components=secrets >/dev/null 2>&1')

  it('keeps a person signed in: they unlock it, try again, and carry on', async () => {
    const before = headless.start(profile, { DBUS_SESSION_BUS_ADDRESS: bus })
    await signIn(before)
    await before.kill9()
    await lock()

    const client = headless.start(profile, { DBUS_SESSION_BUS_ADDRESS: bus })
    await client.reaches('keychain-unavailable')
    expect(client.state()).toMatchObject({ problem: 'locked', account: { email: MAYA } })
    await unlockKeyring(control, 'test')
    client.order({ kind: 'retry' })
    await client.reaches('active')
    expect(kinds(client)).not.toContain('signed-out')
    expect(kinds(client)).not.toContain('reauth-required')
    await client.quit()
  })

  it('locked in the middle of the work, renews nothing it cannot store, and goes on when it is open', async () => {
    const client = headless.start(profile, { DBUS_SESSION_BUS_ADDRESS: bus })
    await signIn(client)
    await lock()
    await client.reaches('keychain-unavailable')
    await unlockKeyring(control, 'test')
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
    const client = headless.start(profile, { DBUS_SESSION_BUS_ADDRESS: bus })
    await signIn(client)
    const signedIn = client.of('state').length
    await startAnew()
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
