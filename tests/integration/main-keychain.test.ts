import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createFileStore } from '../../src/main/adapters/files.ts'
import { createKeychain, type Keychain, type KeychainOptions } from '../../src/main/adapters/keychain.ts'
import { createSealedFiles } from '../../src/main/adapters/sealed-files.ts'
import { lockStateOfSecretService } from '../../src/main/adapters/secret-service.ts'
import { startKeyring, type Keyring } from '../harness/keyring.ts'
import { buildScript, helperStarter, workFolder } from './main-child.ts'

let folder: Awaited<ReturnType<typeof workFolder>>
let script: string
let start: Awaited<ReturnType<typeof helperStarter>>
const started: number[] = []
const open: Keychain[] = []

const keychainOf = (options: Partial<KeychainOptions> = {}): Keychain => {
  const keychain = createKeychain({
    start: () => {
      const helper = start()
      if (helper.pid !== undefined) started.push(helper.pid)
      return helper
    },
    service: `Lectern test ${randomUUID()}`,
    lockState: lockStateOfSecretService,
    report: () => {},
    ...options,
  })
  open.push(keychain)
  return keychain
}

beforeAll(async () => {
  if ((await lockStateOfSecretService()) !== 'unlocked') {
    throw new Error('These tests need an unlocked keyring. Run them inside tests/harness/with-keyring.sh.')
  }
  folder = await workFolder()
  script = await buildScript('src/main/keychain-process.ts', folder.path, 'keychain-process')
  start = await helperStarter(script, folder.path)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((keychain) => keychain.close()))
  started.length = 0
})
afterAll(() => folder.remove())

describe('an open keyring', () => {
  it('keeps what Lectern writes, also for the next start', async () => {
    const service = `Lectern test ${randomUUID()}`
    const first = keychainOf({ service })
    expect(await first.write('credential', '{"a":"ü"}')).toEqual({ ok: true, value: undefined })
    await first.close()
    expect(await keychainOf({ service }).read('credential')).toEqual({ ok: true, value: '{"a":"ü"}' })
  })

  it('answers null for what was never there, and forgets what is removed', async () => {
    const keychain = keychainOf()
    expect(await keychain.read('credential')).toEqual({ ok: true, value: null })
    await keychain.write('credential', 'one')
    await keychain.write('credential', 'two')
    expect(await keychain.read('credential')).toEqual({ ok: true, value: 'two' })
    expect(await keychain.remove('credential')).toEqual({ ok: true, value: undefined })
    expect(await keychain.remove('credential')).toEqual({ ok: true, value: undefined })
    expect(await keychain.read('credential')).toEqual({ ok: true, value: null })
  })

  it('keeps two profiles apart', async () => {
    await keychainOf({ service: 'Lectern test a' }).write('credential', 'mine')
    expect(await keychainOf({ service: 'Lectern test b' }).read('credential')).toEqual({
      ok: true,
      value: null,
    })
  })

  it('is asked one thing at a time, in the order of the calls', async () => {
    const keychain = keychainOf()
    const writes = Array.from({ length: 20 }, (_, n) => keychain.write('credential', `value ${n}`))
    const read = keychain.read('credential')
    await Promise.all(writes)
    expect(await read).toEqual({ ok: true, value: 'value 19' })
    expect(started).toHaveLength(1)
  })

  it('takes no call after it was closed, and finishes those made before', async () => {
    const service = `Lectern test ${randomUUID()}`
    const keychain = keychainOf({ service })
    const written = keychain.write('credential', 'last')
    await keychain.close()
    expect(await written).toEqual({ ok: true, value: undefined })
    expect(await keychain.read('credential')).toMatchObject({ ok: false })
    expect(await keychainOf({ service }).read('credential')).toEqual({ ok: true, value: 'last' })
  })
})

describe('a keychain that crashes or hangs', () => {
  it('is asked again in a new process when its process is killed', async () => {
    const keychain = keychainOf()
    await keychain.write('credential', 'kept')
    process.kill(started[0] ?? 0, 'SIGKILL')
    expect(await keychain.read('credential')).toEqual({ ok: true, value: 'kept' })
    expect(started).toHaveLength(2)
  })

  it('is called broken, in plain words, when it crashes each time', async () => {
    const crash = await helperStarter('data:text/javascript,process.exit(139)', folder.path)
    const keychain = keychainOf({ start: () => crash() })
    expect(await keychain.read('credential')).toMatchObject({
      ok: false,
      failure: { problem: 'broken', message: expect.stringMatching(/try again/i) },
    })
  })

  it('is ended when it does not answer in time, and works again with a new process', async () => {
    const service = `Lectern test ${randomUUID()}`
    let processes = 0
    const keychain = keychainOf({
      service,
      deadlineMs: 4000,
      start: () => {
        const helper = start()
        processes += 1
        // Stopped, it hears nothing and says nothing, as a process whose threads are all taken.
        if (processes === 1 && helper.pid !== undefined) process.kill(helper.pid, 'SIGSTOP')
        return Object.assign(helper, { kill: () => process.kill(helper.pid ?? 0, 'SIGKILL') })
      },
    })
    expect(await keychain.read('credential')).toMatchObject({ ok: false, failure: { problem: 'broken' } })
    expect(await keychain.write('credential', 'x')).toEqual({ ok: true, value: undefined })
    expect(processes).toBe(2)
  })
})

describe('a keyring that is missing', () => {
  it('is said to be missing when there is no session bus', async () => {
    const keychain = keychainOf({
      start: () => start({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', DISPLAY: undefined }),
    })
    expect(await keychain.read('credential')).toMatchObject({ ok: false, failure: { problem: 'missing' } })
  })
})

describe('a keyring that asks for its password on the screen', () => {
  it('is left to ask, and answers as soon as it is open', async () => {
    const service = `Lectern test ${randomUUID()}`
    const first = keychainOf({ service })
    await first.write('credential', 'kept')

    let waiting = 0
    const keychain = keychainOf({
      service,
      deadlineMs: 500,
      lockState: () => Promise.resolve('locked'),
      start: () => {
        const helper = start()
        waiting = helper.pid ?? 0
        // A call that blocks in libsecret looks the same from outside.
        process.kill(waiting, 'SIGSTOP')
        return helper
      },
    })
    expect(await keychain.read('credential')).toMatchObject({ ok: false, failure: { problem: 'locked' } })
    expect(await keychain.read('credential')).toMatchObject({ ok: false, failure: { problem: 'locked' } })
    process.kill(waiting, 'SIGCONT')
    await expect
      .poll(() => keychain.read('credential'), { timeout: 20_000 })
      .toEqual({ ok: true, value: 'kept' })
  })

  it('is given up when it turns out that nobody is asked anything, and works again with a new process', async () => {
    const service = `Lectern test ${randomUUID()}`
    await keychainOf({ service }).write('credential', 'kept')
    const states = ['locked', 'unknown'] as const
    let asked = 0
    let processes = 0
    const keychain = keychainOf({
      service,
      deadlineMs: 4000,
      lockState: () => Promise.resolve(states[Math.min(asked++, 1)] ?? 'unknown'),
      start: () => {
        const helper = start()
        processes += 1
        if (processes === 1) process.kill(helper.pid ?? 0, 'SIGSTOP')
        return Object.assign(helper, { kill: () => process.kill(helper.pid ?? 0, 'SIGKILL') })
      },
    })
    expect(await keychain.read('credential')).toMatchObject({ ok: false, failure: { problem: 'locked' } })
    expect(await keychain.read('credential')).toEqual({ ok: true, value: 'kept' })
    expect(processes).toBe(2)
  })

  it('never carries out a write that was said to have failed', async () => {
    const service = `Lectern test ${randomUUID()}`
    let ended = 0
    const keychain = keychainOf({
      service,
      deadlineMs: 500,
      lockState: () => Promise.resolve('locked'),
      start: () => {
        const helper = start()
        process.kill(helper.pid ?? 0, 'SIGSTOP')
        const kill = () => {
          ended += 1
          return process.kill(helper.pid ?? 0, 'SIGKILL')
        }
        return Object.assign(helper, { kill })
      },
    })
    expect(await keychain.write('credential', 'x')).toMatchObject({
      ok: false,
      failure: { problem: 'locked' },
    })
    expect(ended).toBe(1)
    expect(await keychainOf({ service }).read('credential')).toEqual({ ok: true, value: null })
  })
})

describe('a keyring that is locked', () => {
  const own = process.env['DBUS_SESSION_BUS_ADDRESS']
  let keyring: Keyring
  beforeAll(async () => {
    keyring = await startKeyring()
    Object.assign(process.env, keyring.env)
  })
  afterAll(async () => {
    process.env['DBUS_SESSION_BUS_ADDRESS'] = own
    await keyring.stop()
  })

  it('is said to be locked and never taken for an empty one, and what was sealed stays sealed', async () => {
    const service = `Lectern test ${randomUUID()}`
    const place = await mkdtemp(join(tmpdir(), 'lectern-sealed-'))
    const files = createFileStore(place)
    const sealedBy = (secrets: Keychain) => createSealedFiles({ files, secrets, keptAside: () => {} })
    const before = keychainOf({ service })
    expect(await sealedBy(before).write('outbox.json', 'see you at nine')).toMatchObject({ ok: true })
    await keyring.lock()

    const keychain = keychainOf({ service })
    const locked = { ok: false, failure: { problem: 'locked' } }
    expect(await keychain.read('sealed-files-key')).toMatchObject(locked)
    expect(await keychain.check()).toMatchObject({ problem: 'locked' })
    expect(await keychain.write('credential', 'x')).toMatchObject(locked)
    expect(await keychain.remove('sealed-files-key')).toMatchObject(locked)

    const onDisk = await readFile(join(place, 'outbox.json'), 'utf8')
    const sealed = sealedBy(keychain)
    const unavailable = { ok: false, failure: { code: 'storage-failed', retryable: true } }
    expect(await sealed.read('outbox.json')).toMatchObject(unavailable)
    expect(await sealed.write('outbox.json', 'something else')).toMatchObject(unavailable)
    expect(await readFile(join(place, 'outbox.json'), 'utf8')).toBe(onDisk)
    await rm(place, { recursive: true })
  })
})

describe('files that only the keychain opens', () => {
  let place: string
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'lectern-sealed-'))
  })
  afterAll(() => rm(place, { recursive: true }))

  it('come back after a restart, and cannot be read on the disk', async () => {
    const service = `Lectern test ${randomUUID()}`
    const files = createFileStore(place)
    const sealedBy = () => createSealedFiles({ files, secrets: keychainOf({ service }), keptAside: () => {} })
    expect(await sealedBy().write('outbox.json', 'see you at nine')).toEqual({ ok: true, value: undefined })
    expect(await sealedBy().read('outbox.json')).toEqual({ ok: true, value: 'see you at nine' })
    expect(await readFile(join(place, 'outbox.json'), 'utf8')).not.toContain('nine')
  })
})
