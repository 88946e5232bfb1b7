import { fork } from 'node:child_process'
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
// @ts-expect-error The package has no types.
import S3rver from 's3rver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectStore } from '../../src/server/storage/object-store.ts'
import { openS3Store } from '../../src/server/storage/s3-store.ts'
import type { S3Settings } from '../../src/server/storage/s3-service.ts'
import { openObjectStore } from '../../src/server/storage/storage.ts'
import { buildScript, workFolder } from './main-child.ts'
import { temporaryFolder } from './server-child.ts'
import { until } from './server-client.ts'

const ACCESS_KEY = 'S3RVER'
const SECRET = 'S3RVER'
const BUCKET = 'school-files'
const MIB = 1024 * 1024

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let s3: S3Server
let path: Path

beforeAll(async () => {
  folder = await temporaryFolder()
  s3 = await startS3(join(folder.path, 's3'))
  path = await pathTo(s3)
})
afterAll(async () => {
  await path.close()
  await s3.stop()
  await folder.remove()
})

const settings = (more: Partial<S3Settings> = {}): S3Settings => ({
  kind: 's3',
  endpoint: path.url,
  region: 'us-east-1',
  bucket: BUCKET,
  accessKeyId: ACCESS_KEY,
  secretAccessKey: SECRET,
  ...more,
})

const kinds = {
  'a disk': (namespace: string) =>
    openObjectStore({ kind: 'disk', folder: join(folder.path, 'disk') }, namespace),
  'an S3 service': (namespace: string) => openObjectStore(settings(), namespace),
}

describe.each(Object.entries(kinds))('files kept on %s', (_kind, open) => {
  let store: ObjectStore
  beforeAll(async () => {
    store = await open('suite')
  })
  afterAll(() => store.close())

  test('come back byte for byte, though many are stored at once', async () => {
    const files = Array.from({ length: 24 }, (_, n) => ({
      key: newKey(),
      bytes: randomBytes(n === 0 ? 8 * MIB : 1 + n * 40_001),
    }))
    const stored = await Promise.all(
      files.map(({ key, bytes }) => store.put(key, inPieces(bytes), { limit: 16 * MIB })),
    )
    expect(stored).toEqual(files.map(({ bytes }) => ({ size: bytes.length, ended: 'complete' })))
    for (const { key, bytes } of files) {
      expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true)
      expect(await store.size(key)).toBe(bytes.length)
    }
  })

  test('can be read in part', async () => {
    const bytes = randomBytes(300_000)
    const key = newKey()
    await store.put(key, inPieces(bytes), { limit: MIB })
    const ranges = [
      [0, 1],
      [299_999, 300_000],
      [0, 300_000],
      [65_535, 200_001],
      [299_990, 400_000],
      [300_000, 300_001],
      [500_000, 600_000],
      [7, 7],
    ] as const
    for (const [start, end] of ranges) {
      const part = await bytesOf(store.read(key, { start, end }))
      expect(part.equals(bytes.subarray(start, end)), `${start} to ${end}`).toBe(true)
    }
    await expect(store.read(key, { start: 5, end: 4 })).rejects.toThrow(RangeError)
  })

  test('keep what had come when the connection broke', async () => {
    const bytes = randomBytes(150_000)
    const key = newKey()
    async function* broken() {
      yield* inPieces(bytes)
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    }
    expect(await store.put(key, broken(), { limit: MIB })).toEqual({ size: 150_000, ended: 'cut' })
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true)
  })

  test('keep what had come when another request takes the upload over', async () => {
    const bytes = randomBytes(100_000)
    const key = newKey()
    const takenOver = new AbortController()
    async function* stalled() {
      yield* inPieces(bytes)
      takenOver.abort()
      await new Promise(() => {})
    }
    const stored = await store.put(key, stalled(), { limit: MIB, signal: takenOver.signal })
    expect(stored).toEqual({ size: 100_000, ended: 'cut' })
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true)
  })

  test('are not made of nothing', async () => {
    const key = newKey()
    expect(await store.put(key, inPieces(Buffer.alloc(0)), { limit: 10 })).toEqual({
      size: 0,
      ended: 'complete',
    })
    const failed = (async function* () {
      yield Buffer.alloc(0)
      throw new Error('aborted')
    })()
    expect(await store.put(key, failed, { limit: 10 })).toEqual({ size: 0, ended: 'cut' })
    expect(await store.size(key)).toBeNull()
    expect(await store.read(key)).toBeNull()
    expect(await store.read(key, { start: 0, end: 0 })).toBeNull()
  })

  test('are no larger than the limit', async () => {
    const bytes = randomBytes(200_000)
    const [over, exact] = [newKey(), newKey()]
    expect(await store.put(over, inPieces(bytes), { limit: 100_001 })).toEqual({
      size: 100_001,
      ended: 'limit',
    })
    expect((await bytesOf(store.read(over))).equals(bytes.subarray(0, 100_001))).toBe(true)
    expect(await store.put(exact, inPieces(bytes), { limit: 200_000 })).toEqual({
      size: 200_000,
      ended: 'complete',
    })
    await expect(store.put(newKey(), inPieces(bytes), { limit: 0 })).rejects.toThrow(RangeError)
  })

  test('whose request is too long are still answered, and the connection goes on being used', async () => {
    const server = createServer((request, response) => {
      void store.put(newKey(), request, { limit: 50_000 }).then((stored) => {
        response.writeHead(413).end(JSON.stringify(stored))
        request.resume()
      })
    })
    const url = await listening(server)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const again of [false, true]) {
      const sending = ask(url, { method: 'POST', agent })
      sending.end(randomBytes(400_000))
      const [answer] = (await once(sending, 'response')) as [IncomingMessage]
      expect(answer.statusCode).toBe(413)
      expect(JSON.parse(String(await buffer(answer)))).toEqual({ size: 50_000, ended: 'limit' })
      expect(sending.reusedSocket).toBe(again)
    }
    agent.destroy()
    await ended(server)
  })

  test('whose reader leaves early hold nothing open', async () => {
    const key = newKey()
    await store.put(key, inPieces(randomBytes(4 * MIB)), { limit: 4 * MIB })
    for (const start of [0, 1]) {
      const stream = await store.read(key, { start, end: 4 * MIB })
      if (start === 1) await once(stream!, 'readable')
      stream!.destroy()
      await once(stream!, 'close')
    }
    await store.remove([key])
    expect(await store.size(key)).toBeNull()
  })

  test('are gone when they were removed, and removing them again is fine', async () => {
    const keys = Array.from({ length: 20 }, newKey)
    await Promise.all(keys.map((key) => store.put(key, inPieces(Buffer.from(key)), { limit: 100 })))
    const [stays, ...goes] = keys
    await store.remove(goes)
    await store.remove([...goes, newKey()])
    expect(await Promise.all(goes.map((key) => store.size(key)))).toEqual(goes.map(() => null))
    expect(String(await bytesOf(store.read(stays!)))).toBe(stays)
  })

  test('have keys that no path and no address can be smuggled in with', async () => {
    const wrong = [
      '',
      '/',
      '..',
      'a/../b',
      '/etc/passwd',
      'a//b',
      'a/',
      'A',
      'a.b',
      'a%2fb',
      'a?b',
      'é',
      'a\n',
    ]
    for (const key of [...wrong, 'a'.repeat(201)]) {
      await expect(store.put(key, inPieces(Buffer.from('x')), { limit: 1 })).rejects.toThrow(TypeError)
      await expect(store.read(key)).rejects.toThrow(TypeError)
      await expect(store.size(key)).rejects.toThrow(TypeError)
      await expect(store.remove([key])).rejects.toThrow(TypeError)
    }
    await store.put('a', inPieces(Buffer.from('one')), { limit: 10 })
    await store.put('a/b', inPieces(Buffer.from('two')), { limit: 10 })
    expect(String(await bytesOf(store.read('a')))).toBe('one')
    expect(String(await bytesOf(store.read('a/b')))).toBe('two')
  })

  test('are swept when nobody knows them, not before their time, and nobody else’s with them', async () => {
    const mine = await open('sweeping')
    const neighbour = await open('sweeping-too')
    const put = (in_: ObjectStore, key: string) => in_.put(key, inPieces(Buffer.from(key)), { limit: 100 })
    // More than the thousand that S3 lists at a time.
    const keys = Array.from({ length: 1030 }, (_, n) => `files/${n % 7}/${randomUUID()}`)
    for (let n = 0; n < keys.length; n += 20)
      await Promise.all(keys.slice(n, n + 20).map((key) => put(mine, key)))
    const theirs = newKey()
    await put(neighbour, theirs)
    const known = new Set(keys.filter((_, n) => n % 100 === 0))
    const asked: string[] = []
    const isKnown = async (some: readonly string[]) => {
      expect(some.length).toBeLessThanOrEqual(1000)
      asked.push(...some)
      return known
    }

    expect(await mine.sweep(new Date(Date.now() - 3_600_000), isKnown)).toBe(0)
    expect(asked).toEqual([])
    const later = new Date(Date.now() + 3_600_000)
    expect(await mine.sweep(later, isKnown)).toBe(keys.length - known.size)
    expect(asked.toSorted()).toEqual(keys.toSorted())
    for (const key of keys.slice(0, 250)) {
      expect(await mine.size(key)).toBe(known.has(key) ? key.length : null)
    }
    expect(await neighbour.size(theirs)).toBe(theirs.length)
    expect(await mine.sweep(later, isKnown)).toBe(0)
    await Promise.all([mine.close(), neighbour.close()])
  })
})

describe('on a disk', () => {
  const place = () => join(folder.path, randomUUID())

  test('what was acknowledged is whole after kill -9 in the middle of other puts, 25 times', async () => {
    const work = await workFolder()
    const script = await buildScript('src/server/storage/storage.ts', work.path, 'storage')
    const writer = join(work.path, 'writer.mjs')
    await writeFile(
      writer,
      `import { randomUUID } from 'node:crypto'
       import { openObjectStore } from ${JSON.stringify(script)}
       const store = await openObjectStore({ kind: 'disk', folder: process.argv[2] }, 'school')
       async function* body(key) {
         for (let piece = 0; piece < 10; piece += 1) yield Buffer.alloc(36_000, key)
       }
       const write = async () => {
         for (;;) {
           const key = 'files/' + randomUUID().slice(0, 2) + '/' + randomUUID()
           await store.put(key, body(key), { limit: 1_000_000 })
           process.send(key)
         }
       }
       await Promise.all([write(), write(), write()])`,
    )
    const where = place()
    const acknowledged = new Set<string>()
    for (let round = 0; round < 25; round += 1) {
      const child = fork(writer, [where])
      child.on('message', (key) => acknowledged.add(String(key)))
      await once(child, 'message')
      // Somewhere in the next puts: more turns of the loop each round.
      for (let turn = 0; turn < round * 40; turn += 1) await new Promise((done) => setImmediate(done))
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(25)

    const store = await openObjectStore({ kind: 'disk', folder: where }, 'school')
    const whole = async (key: string) =>
      expect((await bytesOf(store.read(key))).equals(Buffer.alloc(360_000, key)), key).toBe(true)
    for (const key of acknowledged) await whole(key)
    const unfinished = join(where, 'school', '.unfinished')
    expect((await readdir(unfinished)).length).toBeGreaterThan(0)
    // Also what was never acknowledged is whole or not there.
    const others: string[] = []
    await store.sweep(new Date(Date.now() + 60_000), async (keys) => {
      for (const key of keys) await whole(key)
      others.push(...keys.filter((key) => !acknowledged.has(key)))
      return acknowledged
    })
    for (const key of acknowledged) await whole(key)
    for (const key of others) expect(await store.size(key)).toBeNull()
    expect(await readdir(unfinished)).toEqual([])
    await store.close()
    await work.remove()
  })

  test('a put that finds no room says so and leaves nothing behind', async () => {
    const work = await workFolder()
    const script = await buildScript('src/server/storage/storage.ts', work.path, 'storage')
    const writer = join(work.path, 'writer.mjs')
    await writeFile(
      writer,
      `import { openObjectStore } from ${JSON.stringify(script)}
       const store = await openObjectStore({ kind: 'disk', folder: process.argv[2] }, 'school')
       async function* body(pieces) {
         for (let piece = 0; piece < pieces; piece += 1) yield Buffer.alloc(100_000, 'x')
       }
       const fits = await store.put('fits', body(5), { limit: 10_000_000 })
       const failure = await store.put('too-large', body(50), { limit: 10_000_000 }).catch((error) => error)
       process.send([fits, failure.name, failure.code, failure.said])`,
    )
    const where = place()
    // A megabyte is the largest file this process may make. Filling a real disk needs an administrator.
    const child = fork('-c', ['ulimit -f 1024 && exec "$0" "$@"', process.execPath, writer, where], {
      execPath: '/bin/bash',
      execArgv: [],
    })
    const [said] = await once(child, 'message')
    expect(said).toEqual([{ size: 500_000, ended: 'complete' }, 'StorageFailure', 'storage-full', 'EFBIG'])
    child.kill()
    expect(await readdir(join(where, 'school', '.unfinished'))).toEqual([])
    expect(await readdir(join(where, 'school'))).toEqual(['.unfinished', 'fits.object'])
    await work.remove()
  })

  test('nobody else can read the files', async () => {
    const where = place()
    const store = await openObjectStore({ kind: 'disk', folder: where }, 'school')
    await store.put('class/homework', inPieces(Buffer.from('x')), { limit: 1 })
    const modeOf = async (...names: string[]) => (await stat(join(where, ...names))).mode & 0o777
    expect(await modeOf()).toBe(0o700)
    expect(await modeOf('school', 'class')).toBe(0o700)
    expect(await modeOf('school', 'class', 'homework.object')).toBe(0o600)
    await store.remove(['class/homework'])
    expect(await readdir(join(where, 'school'))).toEqual(['.unfinished'])
  })

  test('a put is safe from the removals that empty its folder', async () => {
    const store = await openObjectStore({ kind: 'disk', folder: place() }, 'school')
    let putting = true
    const remove = async () => {
      while (putting) await store.remove(['class/homework/nothing'])
    }
    const removing = Promise.all([remove(), remove(), remove()])
    for (let n = 0; n < 200; n += 1) {
      const key = `class/homework/${n}`
      await store.put(key, inPieces(Buffer.from(key)), { limit: 100 })
      expect(await store.size(key)).toBe(key.length)
      await store.remove([key])
    }
    putting = false
    await removing
  })

  test('a folder that cannot be one stops the start with a sentence of what to do', async () => {
    const where = place()
    await writeFile(where, 'a file')
    await expect(openObjectStore({ kind: 'disk', folder: where }, 'school')).rejects.toMatchObject({
      name: 'StartFailure',
      code: 'storage-unusable',
      message: expect.stringContaining(where),
    })
  })

  test('a folder that is taken away is a failure and not a missing file', async () => {
    const where = place()
    const store = await openObjectStore({ kind: 'disk', folder: where }, 'school')
    await rm(where, { recursive: true })
    await expect(store.put('a', inPieces(Buffer.from('x')), { limit: 1 })).rejects.toMatchObject({
      code: 'storage-failed',
      said: 'ENOENT',
    })
    await expect(readdir(where)).rejects.toThrow('ENOENT')
  })
})

describe('on an S3 service', () => {
  const open = (more: Partial<S3Settings> = {}) => openObjectStore(settings(more), 'school')

  test('a wrong secret stops the start, and no error repeats it', async () => {
    // s3rver itself checks no signatures of version 4: the way to it does, as AWS writes them down.
    const secretAccessKey = 'not-the-secret-of-this-school'
    const failure = await open({ secretAccessKey }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      name: 'StartFailure',
      code: 'storage-unusable',
      message: expect.stringMatching(/refused \(SignatureDoesNotMatch\)/),
    })
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toMatch(/not-the-secret|AWS4|Signature=/)
  })

  test('an access key that the service does not know stops the start', async () => {
    const unknown = open({ endpoint: s3.url, accessKeyId: 'somebody-else' })
    await expect(unknown).rejects.toMatchObject({
      code: 'storage-unusable',
      message: expect.stringMatching(/refused \(InvalidAccessKeyId\)/),
    })
  })

  test('a bucket that does not exist stops the start', async () => {
    await expect(open({ bucket: 'no-such-school' })).rejects.toMatchObject({
      code: 'storage-unusable',
      message: `There is no bucket no-such-school at ${path.url}. Create it, or correct its name.`,
    })
  })

  test('an address where nobody answers, or somebody else does, stops the start', async () => {
    const free = createServer()
    const nobody = await listening(free)
    await ended(free)
    await expect(open({ endpoint: nobody })).rejects.toMatchObject({
      code: 'storage-unusable',
      message: expect.stringMatching(/cannot be reached or is out of order \(ECONNREFUSED\)/),
    })
    const website = createServer((_request, response) => response.end('<html>Welcome</html>'))
    await expect(open({ endpoint: await listening(website) })).rejects.toMatchObject({
      code: 'storage-unusable',
      message: expect.stringMatching(/^Files cannot be stored/),
    })
    await ended(website)
  })

  test('an address that holds a password is refused and not repeated', async () => {
    for (const endpoint of [
      'https://admin:hunter2@s3.example.edu',
      'admin:hunter2',
      'ftp://hunter2.example',
    ]) {
      const failure = await open({ endpoint }).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'invalid-settings' })
      expect(inspect(failure, { depth: 10 })).not.toContain('hunter2')
    }
  })

  test('answers of 500 and 503 are asked again, with the whole file', async () => {
    const store = await open()
    const bytes = randomBytes(3 * MIB)
    const key = newKey()
    path.answerNext([500, 'InternalError'], [503, 'SlowDown'], 'hang up')
    expect(await store.put(key, inPieces(bytes), { limit: 4 * MIB })).toMatchObject({ size: bytes.length })
    path.answerNext([503, 'SlowDown'], [500, 'InternalError'])
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true)
    path.answerNext('hang up', [502, null])
    await store.remove([key])
    expect(await store.size(key)).toBeNull()
    await store.close()
  })

  test('a service that goes on failing is a failure with its own word for it', async () => {
    const store = await open()
    const put = () => store.put(newKey(), inPieces(randomBytes(100_000)), { limit: MIB })
    const cases = [
      { answer: [503, 'SlowDown'], code: 'storage-unreachable', said: 'SlowDown', asked: 4 },
      { answer: [403, 'AccessDenied'], code: 'storage-denied', said: 'AccessDenied', asked: 1 },
      { answer: [507, 'XMinioStorageFull'], code: 'storage-full', said: 'XMinioStorageFull', asked: 1 },
      { answer: [403, 'QuotaExceeded'], code: 'storage-full', said: 'QuotaExceeded', asked: 1 },
      { answer: [404, 'NoSuchBucket'], code: 'storage-failed', said: 'NoSuchBucket', asked: 1 },
      { answer: [301, 'PermanentRedirect'], code: 'storage-failed', said: 'PermanentRedirect', asked: 1 },
    ] as const
    for (const { answer, code, said, asked } of cases) {
      const before = path.asked()
      path.answerNext(...Array.from({ length: asked }, () => [...answer] as [number, string]))
      await expect(put()).rejects.toMatchObject({ name: 'StorageFailure', code, said })
      expect(path.asked() - before).toBe(asked)
    }
    path.answerNext([404, 'NoSuchBucket'])
    await expect(store.read(newKey())).rejects.toMatchObject({ said: 'NoSuchBucket' })
    expect(await put()).toMatchObject({ ended: 'complete' })
    await store.close()
  })

  test('a download that breaks off is taken up where it was', async () => {
    const store = await open()
    const bytes = randomBytes(2 * MIB)
    const key = newKey()
    await store.put(key, inPieces(bytes), { limit: 2 * MIB })
    for (const range of [undefined, { start: 1000, end: 2 * MIB - 7 }]) {
      path.breakDownloads(3)
      const part = await bytesOf(store.read(key, range))
      expect(part.equals(bytes.subarray(range?.start, range?.end))).toBe(true)
      expect(path.brokenDownloadsLeft()).toBe(0)
    }
    path.breakDownloads(Infinity, 0)
    await expect(bytesOf(store.read(key))).rejects.toMatchObject({ code: 'storage-unreachable' })
    path.breakDownloads(0)
    await store.close()
  })

  test('a service that falls silent is asked again', async () => {
    const store = await openS3Store(settings(), 'school', 400)
    const bytes = randomBytes(MIB)
    const [small, key] = [newKey(), newKey()]
    path.answerNext('say nothing')
    expect(await store.put(small, inPieces(Buffer.from('x')), { limit: 1 })).toMatchObject({ size: 1 })
    await store.put(key, inPieces(bytes), { limit: MIB })
    path.answerNext('say nothing')
    path.breakDownloads(1, 300_000, 'stall')
    expect((await bytesOf(store.read(key))).equals(bytes)).toBe(true)
    expect(path.brokenDownloadsLeft()).toBe(0)
    await store.close()
  })

  test('a service that is stopped and started again is used again, by the same store', async () => {
    const store = await openObjectStore(settings({ endpoint: s3.url }), 'school')
    const [before, after] = [newKey(), newKey()]
    await store.put(before, inPieces(Buffer.from('before')), { limit: 10 })
    await s3.stop()
    await expect(
      store.put(newKey(), inPieces(Buffer.from('meanwhile')), { limit: 10 }),
    ).rejects.toMatchObject({ code: 'storage-unreachable', said: 'ECONNREFUSED' })
    await s3.start()
    await store.put(after, inPieces(Buffer.from('after')), { limit: 10 })
    expect(String(await bytesOf(store.read(before)))).toBe('before')
    expect(String(await bytesOf(store.read(after)))).toBe('after')
    await store.close()
  })

  test('a file that is being stored outlasts a short restart of the service', async () => {
    const store = await open()
    await s3.stop()
    const asked = path.asked()
    const key = newKey()
    const storing = store.put(key, inPieces(Buffer.from('patience')), { limit: 10 })
    await until(() => path.asked() > asked, 'a try')
    await s3.start()
    expect(await storing).toEqual({ size: 8, ended: 'complete' })
    expect(String(await bytesOf(store.read(key)))).toBe('patience')
    await store.close()
  })

  test('a server that stops waits for no service that is away', async () => {
    const store = await open()
    path.answerNext('say nothing')
    const asked = path.asked()
    const storing = store.put(newKey(), inPieces(Buffer.from('x')), { limit: 10 })
    storing.catch(() => undefined)
    await until(() => path.asked() > asked, 'a try')
    await store.close()
    await expect(storing).rejects.toMatchObject({ code: 'storage-unreachable' })
    expect(path.asked()).toBe(asked + 1)
  })

  test('what others keep in the same bucket is not swept', async () => {
    const store = await open()
    const others = ['school/Report.pdf', 'school/2024 &amp; before.txt', 'readme.txt']
    for (const name of others)
      await fetch(`${s3.url}/${BUCKET}/${encodeURI(name)}`, { method: 'PUT', body: 'theirs' })
    await store.sweep(new Date(Date.now() + 3_600_000), async () => [])
    for (const name of others) {
      const answer = await fetch(`${s3.url}/${BUCKET}/${encodeURI(name)}`)
      expect(await answer.text()).toBe('theirs')
    }
    await store.close()
  })

  test('nothing stays behind in the folder for temporary files', async () => {
    const store = await open()
    path.answerNext([403, 'AccessDenied'])
    await store.put(newKey(), inPieces(randomBytes(MIB)), { limit: MIB }).catch(() => undefined)
    await store.put(newKey(), inPieces(randomBytes(MIB)), { limit: MIB })
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('lectern-part-'))).toEqual([])
    await store.close()
  })
})

const newKey = () => `files/${randomUUID()}`

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function bytesOf(reading: Promise<Readable | null>): Promise<Buffer> {
  const stream = await reading
  if (!stream) throw new Error('there is no such object')
  return buffer(stream)
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ended(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

interface S3Server {
  readonly url: string
  stop(): Promise<void>
  /** At the same address, with what it held. */
  start(): Promise<void>
}

async function startS3(directory: string): Promise<S3Server> {
  const options = { address: '127.0.0.1', silent: true, vhostBuckets: false, directory }
  let port = 0
  let server: { run(): Promise<AddressInfo>; httpServer: Server }
  const start = async () => {
    server = new S3rver({ ...options, port, configureBuckets: [{ name: BUCKET }] })
    ;({ port } = await server.run())
  }
  await start()
  return { url: `http://127.0.0.1:${port}`, start, stop: () => ended(server.httpServer) }
}

type Answer = [status: number, code: string | null] | 'hang up' | 'say nothing'

/** The way to the S3 service: it checks what s3rver does not check, and can be made bad. */
interface Path {
  readonly url: string
  /** Requests that came here so far. */
  asked(): number
  /** What the next requests get instead of the service's answer, when all of them has been received. */
  answerNext(...answers: Answer[]): void
  /** Cuts this many downloads, each after so many bytes, or lets them hang there. */
  breakDownloads(times: number, afterBytes?: number, how?: 'cut' | 'stall'): void
  brokenDownloadsLeft(): number
  close(): Promise<void>
}

async function pathTo(service: S3Server): Promise<Path> {
  const answers: Answer[] = []
  let asked = 0
  let toBreak = { times: 0, afterBytes: 0, how: 'cut' }

  const refuse = (response: ServerResponse, status: number, code: string | null) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(code === null ? 'Bad gateway' : `<Error><Code>${code}</Code><Key>${ACCESS_KEY}</Key></Error>`)

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    asked += 1
    const answer = answers.shift()
    if (answer === 'say nothing') return
    if (answer === 'hang up') return void request.socket.destroy()
    if (answer) return void refuse(response, ...answer)
    const wrong = signatureProblem(request, body)
    if (wrong) return void refuse(response, 403, wrong)
    const onward = ask(service.url + request.url, {
      method: request.method ?? 'GET',
      headers: request.headers,
      agent: false,
    })
    onward.on('error', () => request.socket.destroy())
    onward.end(body)
    const [back] = (await once(onward, 'response')) as [IncomingMessage]
    response.writeHead(back.statusCode ?? 502, back.headers)
    const content = await buffer(back)
    if (request.method === 'GET' && back.statusCode! < 300 && toBreak.times > 0) {
      toBreak.times -= 1
      response.flushHeaders()
      const { afterBytes, how } = toBreak
      response.write(content.subarray(0, afterBytes), () => how === 'cut' && request.socket.destroy())
    } else {
      response.end(content)
    }
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy())
  })
  return {
    url: await listening(server),
    asked: () => asked,
    answerNext: (...next) => void answers.push(...next),
    breakDownloads: (times, afterBytes = 300_000, how = 'cut') => {
      toBreak = { times, afterBytes, how }
    },
    brokenDownloadsLeft: () => toBreak.times,
    close: () => ended(server),
  }
}

/**
 * Signature Version 4 as the service reckons it, from what came over the wire.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function signatureProblem(request: IncomingMessage, body: Buffer): string | null {
  const { headers, method } = request
  const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (!parts) return 'AuthorizationHeaderMalformed'
  const [, id, date = '', region = '', signed = '', signature] = parts
  if (id !== ACCESS_KEY) return 'InvalidAccessKeyId'
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch'
  if (headers['content-length'] !== String(body.length) && method === 'PUT') return 'MissingContentLength'
  const names = signed.split(';')
  for (const name of ['host', 'x-amz-content-sha256', 'x-amz-date'])
    if (!names.includes(name)) return 'AccessDenied'
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://any')
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort()
  const canonical = [
    method,
    pathname,
    query.join('&'),
    ...names.map((name) => `${name}:${String(headers[name])}`),
    '',
    signed,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const scope = `${date}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${SECRET}`)
  return hmac(key, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch'
}
