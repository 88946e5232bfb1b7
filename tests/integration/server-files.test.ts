import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readlink, rm, stat, truncate, utimes } from 'node:fs/promises'
import { request, type ClientRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
// @ts-expect-error The package has no types.
import S3rver from 's3rver'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { MAX_UPLOAD_PART_BYTES, type ContentType, type StoredFile } from '../../src/contract/library.ts'
import { lifetimes } from '../../src/contract/lifetimes.ts'
import { installationId } from '../../src/server/database/installation.ts'
import { createLibrary, type Library } from '../../src/server/library/library.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { openObjectStore } from '../../src/server/storage/storage.ts'
import type { ObjectStore } from '../../src/server/storage/object-store.ts'
import {
  ask,
  call,
  callReply,
  demoServer,
  expectProblem,
  MAYA,
  newKey,
  onPostgres,
  signIn,
  until,
  type Reply,
  type TestServer,
  uploadHeaders,
} from './server-client.ts'

const MIB = 1024 ** 2

let server: TestServer
/** Another server on the same data; on PGlite, which has one only, the same. */
let other: RunningServer
let filesFolder: string
let token: string
let accountId: string
const logged: string[] = []

beforeAll(async () => {
  filesFolder = await mkdtemp(join(tmpdir(), 'lectern-files-'))
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => logged.push(String(line)) > 0)
  server = await demoServer({ LECTERN_FILES_DIR: filesFolder, LECTERN_LOG: 'info' })
  other = onPostgres ? await createServer(readSettings(server.environment)) : server
  await signInAs(MAYA)
})
afterAll(async () => {
  if (other !== server) await other.close()
  await server.end()
  await rm(filesFolder, { recursive: true, force: true })
  vi.restoreAllMocks()
})

async function signInAs(email: string): Promise<void> {
  const signedIn = await signIn(server.url, email)
  token = signedIn.access_token
  accountId = signedIn.account.id
}

/* ── a client of files ────────────────────────────────────────────────────────────────────────────────── */

const announce = (size: number, contentType: ContentType = 'text/csv', name = 'people.csv', key = newKey()) =>
  call(server.url, token, 'createUpload', { body: { name, contentType, size }, key })

const announceReply = (size: number, contentType: ContentType = 'text/csv') =>
  callReply(server.url, token, 'createUpload', {
    body: { name: 'people.csv', contentType, size },
    key: newKey(),
  })

async function patch(
  fileId: string,
  offset: number,
  bytes: Uint8Array,
  { at = server as RunningServer, headers = {} as Record<string, string> } = {},
): Promise<Reply> {
  const response = await fetch(`${at.url}/files/${fileId}/bytes`, {
    method: 'PATCH',
    headers: { ...uploadHeaders(token, offset), ...headers },
    body: bytes as BodyInit,
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  }
}

async function offsetOf(fileId: string, at: RunningServer = server): Promise<number> {
  const reply = await ask(at.url, 'HEAD', `/files/${fileId}/bytes`, { headers: uploadHeaders(token, 0) })
  expect(reply.status).toBe(200)
  expect(reply.headers.get('tus-resumable')).toBe('1.0.0')
  return Number(reply.headers.get('upload-offset'))
}

const getFile = (fileId: string) => call(server.url, token, 'getFile', { params: { fileId } })

/** In as many parts as it takes. */
async function upload(bytes: Uint8Array, contentType: ContentType = 'text/csv', name = 'people.csv') {
  const { id } = await announce(bytes.length, contentType, name)
  for (let offset = 0; offset < bytes.length; offset += MAX_UPLOAD_PART_BYTES) {
    const reply = await patch(id, offset, bytes.subarray(offset, offset + MAX_UPLOAD_PART_BYTES))
    expect(reply.status).toBe(204)
  }
  return getFile(id)
}

interface Download {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

async function download(
  path: string,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
  method = 'GET',
): Promise<Download> {
  const response = await fetch(server.url + path, { method, headers })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

const contentOf = (fileId: string, headers: Record<string, string> = {}, method = 'GET') =>
  download(`/files/${fileId}/content`, { authorization: `Bearer ${token}`, ...headers }, method)

const problemOf = ({ status, headers, bytes }: Download, expected: number, code: string) =>
  expectProblem({ status, headers, json: JSON.parse(bytes.toString()) }, expected, code)

/** A request that has said it will send all of `bytes`. */
function sending(
  fileId: string,
  offset: number,
  bytes: Uint8Array,
  at: RunningServer = server,
): ClientRequest {
  const sent = request(`${at.url}/files/${fileId}/bytes`, {
    method: 'PATCH',
    headers: { ...uploadHeaders(token, offset), 'content-length': bytes.length },
  })
  sent.on('error', () => undefined)
  return sent
}

/** Sends the first bytes and then breaks the connection. */
async function sendCut(
  fileId: string,
  offset: number,
  bytes: Uint8Array,
  sentBytes: number,
  at: RunningServer,
) {
  const sent = sending(fileId, offset, bytes, at)
  const first = bytes.subarray(0, sentBytes)
  await new Promise<void>((resolve) => sent.write(first, () => resolve()))
  const closed = new Promise<void>((resolve) => sent.once('close', resolve))
  sent.destroy()
  await closed
}

/** A request of which exactly the first bytes have arrived, and the rest is still to come. */
async function stalled(fileId: string, bytes: Uint8Array, arrived: number): Promise<ClientRequest> {
  const sent = sending(fileId, 0, bytes)
  sent.write(bytes.subarray(0, arrived))
  await until(
    async () => (await stored()).some((file) => isUnfinished(file) && file.size === arrived),
    'these bytes on disk',
  )
  return sent
}

/** Every file in the store's folder, in no order; those half written among them. */
async function stored(): Promise<{ path: string; size: number; writtenAt: number }[]> {
  const entries = await readdir(filesFolder, { recursive: true })
  const found = entries.map(async (entry) => {
    const path = join(filesFolder, entry)
    const status = await stat(path).catch(() => null)
    return status?.isFile() ? [{ path, size: status.size, writtenAt: status.mtimeMs }] : []
  })
  return (await Promise.all(found)).flat()
}

const isUnfinished = ({ path }: { path: string }) => path.includes('/.unfinished/')

/** Every object, in the order they were written. */
const objects = async () =>
  (await stored())
    .filter((file) => !isUnfinished(file))
    .toSorted((a, b) => a.writtenAt - b.writtenAt)
    .map(({ path }) => path)

const objectsOf = async (file: StoredFile) => (await objects()).filter((path) => path.includes(file.id))

/* ── contents ─────────────────────────────────────────────────────────────────────────────────────────── */

const text = (length: number) =>
  Buffer.from('name,email\nAda,ada@example.org\n'.repeat(Math.ceil(length / 31))).subarray(0, length)

function wav(length: number): Buffer {
  const bytes = randomBytes(length)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  return bytes
}

const ascii = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  )
const zeros = Array<number>(64).fill(0)

const samples: Readonly<Record<ContentType, Buffer>> = {
  'audio/wav': wav(200),
  'audio/mpeg': ascii('ID3', [3, 0, 0, 0, 0, 0, 0], [0xff, 0xfb, 0x90, 0x64], zeros),
  'audio/flac': ascii('fLaC', zeros),
  'audio/ogg': ascii('OggS', [0, 2], zeros.slice(0, 20), [1, 0x1e], [1], 'vorbis', zeros),
  'audio/mp4': ascii([0, 0, 0, 0x20], 'ftypM4A ', zeros),
  'text/csv': Buffer.from('\ufeffname,email\nZoë,zoe@example.org\n'),
  'application/pdf': ascii('%PDF-1.7\n', zeros),
  'image/png': ascii(
    [0x89],
    'PNG\r\n',
    [0x1a, 0x0a],
    [0, 0, 0, 13],
    'IHDR',
    zeros.slice(0, 17),
    [0, 0, 0, 1],
    'IDAT',
    zeros,
  ),
  'image/jpeg': ascii([0xff, 0xd8, 0xff, 0xe0], zeros),
  'image/webp': ascii('RIFF', [64, 0, 0, 0], 'WEBPVP8 ', zeros),
}

/* ── uploading ────────────────────────────────────────────────────────────────────────────────────────── */

describe('an upload', () => {
  test('comes back as it was, in one part or in several', async () => {
    for (const length of [1, 1000, MAX_UPLOAD_PART_BYTES, MAX_UPLOAD_PART_BYTES * 2 + 17]) {
      const bytes = length < 100 ? text(length) : wav(length)
      const file = await upload(bytes, length < 100 ? 'text/csv' : 'audio/wav')
      expect(file).toMatchObject({
        status: 'ready',
        received: length,
        size: length,
        problem: null,
        expiresAt: null,
      })
      expect((await contentOf(file.id)).bytes.equals(bytes)).toBe(true)
      expect(await call(server.url, token, 'deleteFile', { params: { fileId: file.id } })).toEqual({
        deleted: true,
      })
    }
  })

  test('that is cut anywhere, again and again, on either server, goes on where it was and is whole in the end', async () => {
    const cuts = fc.array(fc.tuple(fc.nat(60_000), fc.boolean()), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300_000 }), cuts, async (length, places) => {
        const bytes = text(length)
        const { id } = await announce(length)
        let known = 0
        let sentTo = 0
        for (const [sent, elsewhere] of places) {
          const at = elsewhere ? other : server
          const rest = bytes.subarray(known)
          // A whole request is no cut.
          if (sent >= rest.length) continue
          await sendCut(id, known, rest, sent, at)
          sentTo = Math.max(sentTo, known + sent)
          const now = await offsetOf(id, at)
          // An earlier one may still have been on its way, but nothing is taken back or made up.
          expect(now).toBeGreaterThanOrEqual(known)
          expect(now).toBeLessThanOrEqual(sentTo)
          known = now
        }
        for (let tries = 0; known < length; tries++) {
          expect(tries).toBeLessThan(10)
          const reply = await patch(id, known, bytes.subarray(known))
          if (reply.status === 204) known = length
          else known = Number(reply.headers.get('upload-offset'))
        }
        expect(await getFile(id)).toMatchObject({ status: 'ready', received: length })
        expect((await contentOf(id)).bytes.equals(bytes)).toBe(true)
        await call(server.url, token, 'deleteFile', { params: { fileId: id } })
      }),
      // Every run leaves an upload behind when it fails, and an account may not have many.
      { numRuns: 20, endOnFailure: true },
    )
  })

  test('keeps what had arrived when its connection broke', async () => {
    const bytes = text(500_000)
    const { id } = await announce(bytes.length)
    const arrived = 300_000
    const sent = await stalled(id, bytes, arrived)
    sent.destroy()
    await until(async () => (await getFile(id)).received === arrived, 'all that had arrived')
    const { status } = await patch(id, arrived, bytes.subarray(arrived))
    expect(status).toBe(204)
    expect((await contentOf(id)).bytes.equals(bytes)).toBe(true)
  })

  test('whose old connection is still open goes on at once: asking how far it is ends the old request', async () => {
    const bytes = text(400_000)
    const { id } = await announce(bytes.length)
    const half = bytes.subarray(0, 200_000)
    const hanging = await stalled(id, bytes, half.length)
    const answered = once(hanging, 'response')
    expect(await offsetOf(id)).toBe(half.length)
    const [response] = await answered
    expect(response.statusCode).toBe(408)
    response.resume()
    hanging.destroy()
    expect((await patch(id, half.length, bytes.subarray(half.length))).status).toBe(204)
    expect((await contentOf(id)).bytes.equals(bytes)).toBe(true)
  })

  test('that two laptops send at once is taken from one of them, and the other is told where it stands', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await announce(100_000)
      const bodies = [Buffer.alloc(60_000, 'a'), Buffer.alloc(60_000, 'b')]
      const replies = await Promise.all(
        bodies.map((body, turn) => patch(id, 0, body, { at: turn ? other : server })),
      )
      const statuses = replies.map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([204, 409])
      const winner = bodies[statuses.indexOf(204)]
      const loser = replies.find(({ status }) => status === 409)
      expect(loser?.headers.get('upload-offset')).toBe('60000')
      const rest = Buffer.alloc(40_000, 'c')
      expect((await patch(id, 60_000, rest)).status).toBe(204)
      expect((await contentOf(id)).bytes.equals(Buffer.concat([winner ?? rest, rest]))).toBe(true)
      expect(await objectsOf(await getFile(id))).toHaveLength(2)
      await call(server.url, token, 'deleteFile', { params: { fileId: id } })
    }
  })

  test('announced again with the same key is the same upload; with another file it is refused', async () => {
    const key = newKey()
    const first = await announce(10, 'text/csv', 'a.csv', key)
    expect(await announce(10, 'text/csv', 'a.csv', key)).toEqual(first)
    const body = { name: 'b.csv', contentType: 'text/csv', size: 10 }
    expectProblem(await callReply(server.url, token, 'createUpload', { body, key }), 409, 'conflict')
    await call(server.url, token, 'deleteFile', { params: { fileId: first.id } })
  })

  test('sent from the wrong place is refused, and told the right one', async () => {
    const { id } = await announce(100)
    for (const offset of [1, 50, 100, 999_999_999_999]) {
      const reply = await patch(id, offset, text(10))
      expectProblem(reply, 409, 'conflict')
      expect(reply.headers.get('upload-offset')).toBe('0')
      expect(reply.headers.get('tus-resumable')).toBe('1.0.0')
    }
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test('in another version of the protocol is refused, and told which one is spoken', async () => {
    const { id } = await announce(100)
    const reply = await patch(id, 0, text(10), { headers: { 'tus-resumable': '0.2.2' } })
    expectProblem(reply, 412, 'unsupported-version')
    expect(reply.headers.get('tus-version')).toBe('1.0.0')
    const head = await ask(server.url, 'HEAD', `/files/${id}/bytes`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(head.status).toBe(412)
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test('of another content type, with a broken offset or without a token is refused', async () => {
    const { id } = await announce(100)
    const { 'content-type': _type, ...rest } = uploadHeaders(token, 0)
    for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
      const reply = await patch(id, 0, text(10), { headers: { 'content-type': type } })
      expectProblem(reply, 415, 'unsupported-media-type')
    }
    expectProblem(
      await ask(server.url, 'PATCH', `/files/${id}/bytes`, { headers: rest }),
      415,
      'unsupported-media-type',
    )
    for (const offset of ['-1', '1.5', 'x', '', '9999999999999']) {
      const reply = await patch(id, 0, text(10), { headers: { 'upload-offset': offset } })
      expectProblem(reply, 400, 'invalid-request')
    }
    const stranger = await patch(id, 0, text(10), { headers: { authorization: 'Bearer nobody-at-all' } })
    expectProblem(stranger, 401, 'unauthenticated')
    expect(await offsetOf(id)).toBe(0)
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test('that holds more than was announced, or more than one request may, is refused while it is still sent', async () => {
    const { id } = await announce(MAX_UPLOAD_PART_BYTES * 3, 'audio/wav')
    expectProblem(await patch(id, 0, wav(MAX_UPLOAD_PART_BYTES + 1)), 413, 'too-large')
    const small = await announce(100)
    expectProblem(await patch(small.id, 0, text(101)), 413, 'too-large')
    for (const [fileId, bytes] of [
      [id, wav(MAX_UPLOAD_PART_BYTES + 1)],
      [small.id, text(2 * MIB)],
    ] as const) {
      // Without a length, so that only counting shows it.
      const sent = request(`${server.url}/files/${fileId}/bytes`, {
        method: 'PATCH',
        headers: uploadHeaders(token, 0),
      })
      sent.on('error', () => undefined)
      const answered = once(sent, 'response')
      sent.end(bytes)
      const [response] = await answered
      expect(response.statusCode).toBe(413)
      response.resume()
      await once(response, 'close')
      expect(await offsetOf(fileId)).toBe(0)
      expect(await objectsOf(await getFile(fileId))).toEqual([])
      await call(server.url, token, 'deleteFile', { params: { fileId } })
    }
  })

  test('that is whole takes no more, and an empty part changes nothing', async () => {
    const { id } = await announce(50)
    const empty = await patch(id, 0, new Uint8Array())
    expect(empty.status).toBe(204)
    expect(empty.headers.get('upload-offset')).toBe('0')
    await patch(id, 0, text(50))
    expect((await patch(id, 50, new Uint8Array())).status).toBe(204)
    expectProblem(await patch(id, 50, text(1)), 413, 'too-large')
    expectProblem(await patch(id, 0, text(50)), 409, 'conflict')
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test('can be read by nobody before it is whole', async () => {
    const { id } = await announce(50)
    await patch(id, 0, text(20))
    problemOf(await contentOf(id), 409, 'conflict')
    const link = await callReply(server.url, token, 'createMediaLink', { params: { fileId: id } })
    expectProblem(link, 409, 'conflict')
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test('with a name that is a path, or has no plain name, is refused', async () => {
    for (const name of ['', '../x', 'a/b', 'a\\b', 'a\nb', 'a\u0000b', 'x'.repeat(201)]) {
      const body = { name, contentType: 'text/csv', size: 5 }
      const reply = await callReply(server.url, token, 'createUpload', { body, key: newKey() })
      expectProblem(reply, 400, 'invalid-request')
    }
  })

  test('is refused when there are too many unfinished ones, and when a CSV file is too long', async () => {
    await signInAs('kenji.watanabe@northfield.example')
    expectProblem(await announceReply(65 * MIB), 413, 'too-large')
    const replies = await Promise.all(Array.from({ length: 30 }, () => announceReply(100)))
    const taken = replies.filter(({ status }) => status === 200)
    expect(taken).toHaveLength(20)
    for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 409, 'library-full')
    const { items } = await call(server.url, token, 'listFiles')
    expect(items).toHaveLength(20)
    await call(server.url, token, 'deleteFile', { params: { fileId: items[0]?.id ?? '' } })
    expect((await announceReply(100)).status).toBe(200)
  })

  test('is refused when the account keeps as much as it may', async () => {
    await signInAs('thomas.brandt@northfield.example')
    for (let file = 0; file < 10; file++)
      expect((await announceReply(2 * 1024 * MIB, 'audio/wav')).status).toBe(200)
    expectProblem(await announceReply(1), 409, 'library-full')
  })
})

/* ── what it is ───────────────────────────────────────────────────────────────────────────────────────── */

describe('the content decides', () => {
  beforeAll(() => signInAs('aisha.rahman@northfield.example'))

  test.each(Object.entries(samples) as [ContentType, Buffer][])(
    '%s is taken for what it is',
    async (type, bytes) => {
      expect(await upload(bytes, type)).toMatchObject({ status: 'ready', problem: null })
    },
  )

  test.each(Object.keys(samples) as ContentType[])('nothing else is taken for %s', async (type) => {
    const container: Partial<Record<ContentType, ContentType>> = {}
    for (const [actual, bytes] of Object.entries(samples) as [ContentType, Buffer][]) {
      if (actual === type || container[actual] === type) continue
      const file = await upload(bytes, type)
      expect(file, actual).toMatchObject({ status: 'refused', received: bytes.length })
      expect(file.problem).toMatch(/^This is not an? .+, as it was said to be: its content is .+\.$/)
      problemOf(await contentOf(file.id), 409, 'conflict')
      expect(await objectsOf(file), actual).toEqual([])
      await call(server.url, token, 'deleteFile', { params: { fileId: file.id } })
    }
  })

  test.each([
    ['a NUL', Buffer.from('name\0,email\n')],
    ['another encoding', Buffer.from('name,email\nZo\u00eb,x\n', 'latin1')],
    ['UTF-16', Buffer.from('\ufeffname,email\n', 'utf16le')],
    ['half a character at its end', Buffer.from('name,Zoë').subarray(0, -1)],
    [
      'a character that is broken where two parts meet',
      Buffer.concat([text(99), Buffer.from([0xc3]), Buffer.from('x'.repeat(20))]),
    ],
    ['nothing but chance', randomBytes(5000)],
    ['an XML document', Buffer.from('<?xml version="1.0"?><a/>')],
  ])('a CSV file with %s is refused', async (_what, bytes) => {
    const { id } = await announce(bytes.length)
    await patch(id, 0, bytes.subarray(0, Math.min(100, bytes.length)))
    if (bytes.length > 100) await patch(id, 100, bytes.subarray(100))
    expect(await getFile(id)).toMatchObject({ status: 'refused' })
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })

  test.each([
    ['characters that are split between two parts', Buffer.from('ä'.repeat(100))],
    ['a first column that looks like the beginning of a bitmap', Buffer.from('BMI,name\n21,Ada\n')],
    ['Chinese names and line ends of every kind', Buffer.from('姓名,email\r\n王\t芳,x\n')],
  ])('a CSV file with %s is taken', async (_what, bytes) => {
    const { id } = await announce(bytes.length)
    await patch(id, 0, bytes.subarray(0, 11))
    await patch(id, 11, bytes.subarray(11))
    expect(await getFile(id)).toMatchObject({ status: 'ready' })
    await call(server.url, token, 'deleteFile', { params: { fileId: id } })
  })
})

/* ── downloading ──────────────────────────────────────────────────────────────────────────────────────── */

describe('a download', () => {
  const bytes = wav(100_000)
  let file: StoredFile

  beforeAll(async () => {
    await signInAs('ingrid.solberg@northfield.example')
    const { id } = await announce(bytes.length, 'audio/wav', 'Vorlesung “Eins” 100%; naïve.wav')
    // Unequal parts, so that ranges begin, end and lie in and across them.
    let offset = 0
    for (const end of [1, 1000, 40_000, 40_001, 100_000]) {
      await patch(id, offset, bytes.subarray(offset, end))
      offset = end
    }
    file = await getFile(id)
  })

  test('says what it is, and lets no browser run it', async () => {
    const { status, headers } = await contentOf(file.id)
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': '100000',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[^"]+"$/),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
      'content-disposition':
        'attachment; filename="Vorlesung _Eins_ 100_; na_ve.wav"; filename*=UTF-8\'\'Vorlesung%20%E2%80%9CEins%E2%80%9D%20100%25%3B%20na%C3%AFve.wav',
    })
  })

  test('of any range gives exactly what a slice of the file is', async () => {
    const place = fc.oneof(
      fc.nat(110_000),
      fc.constantFrom(0, 1, 999, 1000, 39_999, 40_000, 40_001, 99_999, 100_000),
    )
    const range = fc.oneof(
      fc.tuple(place, place).map(([a, b]) => ({
        header: `bytes=${Math.min(a, b)}-${Math.max(a, b)}`,
        from: Math.min(a, b),
        to: Math.max(a, b) + 1,
      })),
      place.map((from) => ({ header: `bytes=${from}-`, from, to: Infinity })),
      place.map((last) => ({
        header: `bytes=-${last}`,
        from: last === 0 ? Infinity : Math.max(0, 100_000 - last),
        to: Infinity,
      })),
    )
    await fc.assert(
      fc.asyncProperty(range, async ({ header, from, to }) => {
        const reply = await contentOf(file.id, { range: header })
        if (from >= bytes.length) {
          problemOf(reply, 416, 'range-not-satisfiable')
          expect(reply.headers.get('content-range')).toBe('bytes */100000')
          return
        }
        const expected = bytes.subarray(from, to)
        expect(reply.status).toBe(206)
        expect(reply.headers.get('content-range')).toBe(`bytes ${from}-${from + expected.length - 1}/100000`)
        expect(reply.headers.get('content-length')).toBe(String(expected.length))
        expect(reply.bytes.equals(expected)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test.each(['bytes=5-3', 'bytes=a-b', 'bytes=-', 'items=0-5', 'bytes=0-1,5-6', 'nonsense'])(
    'with a range that means nothing here (%s) gives the whole',
    async (range) => {
      const reply = await contentOf(file.id, { range })
      expect(reply.status).toBe(200)
      expect(reply.bytes.equals(bytes)).toBe(true)
    },
  )

  test('goes on after a break when the file is still the same one, and starts anew otherwise', async () => {
    const { headers } = await contentOf(file.id, { range: 'bytes=0-9' })
    const etag = headers.get('etag') ?? ''
    expect(await contentOf(file.id, { range: 'bytes=10-19', 'if-range': etag })).toMatchObject({
      status: 206,
    })
    for (const validator of ['"another"', `W/${etag}`, 'Sat, 21 Nov 2026 08:00:00 GMT']) {
      expect(await contentOf(file.id, { range: 'bytes=10-19', 'if-range': validator })).toMatchObject({
        status: 200,
      })
    }
  })

  test('asked for its headers only gives them, and no byte', async () => {
    // Of the whole: ranges are for GET (RFC 9110 §14.2).
    for (const headers of [{}, { range: 'bytes=5-9' }, { range: 'bytes=100000-' }]) {
      const head = await contentOf(file.id, headers, 'HEAD')
      expect(head.status).toBe(200)
      expect(head.bytes).toHaveLength(0)
      expect(head.headers.get('content-length')).toBe('100000')
      expect(head.headers.get('accept-ranges')).toBe('bytes')
    }
  })

  test('that its reader abandons leaves no file open on the server', async () => {
    const large = await upload(wav(MAX_UPLOAD_PART_BYTES), 'audio/wav')
    const openObjects = async () => {
      const handles = await readdir('/proc/self/fd')
      const targets = await Promise.all(
        handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')),
      )
      return targets.filter((target) => target.includes(large.id)).length
    }
    const abandon = new AbortController()
    const response = await fetch(`${server.url}/files/${large.id}/content`, {
      headers: { authorization: `Bearer ${token}` },
      signal: abandon.signal,
    })
    await response.body?.getReader().read()
    expect(await openObjects()).toBe(1)
    abandon.abort()
    await until(async () => (await openObjects()) === 0, 'the object closed')
    await contentOf(large.id, {}, 'HEAD')
    await until(async () => (await openObjects()) === 0, 'the object closed after HEAD')
  })
})

/* ── links ────────────────────────────────────────────────────────────────────────────────────────────── */

describe('a link for a media element', () => {
  let file: StoredFile
  let path: string
  const bytes = wav(5000)

  beforeAll(async () => {
    await signInAs('samuel.osei@northfield.example')
    file = await upload(bytes, 'audio/wav')
    ;({ path } = await call(server.url, token, 'createMediaLink', { params: { fileId: file.id } }))
  })

  test('gives the file and ranges of it without a token, also on the other server', async () => {
    for (const { url } of [server, other]) {
      const response = await fetch(url + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    }
    const part = await download(path, { range: 'bytes=100-199' })
    expect(part.status).toBe(206)
    expect(part.bytes.equals(bytes.subarray(100, 200))).toBe(true)
  })

  test('is good until the time it says, and not after', async () => {
    const { expiresAt, path: fresh } = await call(server.url, token, 'createMediaLink', {
      params: { fileId: file.id },
    })
    const lives = (Date.parse(expiresAt) - Date.now()) / 1000
    expect(lives).toBeGreaterThan(lifetimes.mediaLink - 30)
    expect(lives).toBeLessThanOrEqual(lifetimes.mediaLink)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(expiresAt) - 1 })
    try {
      expect((await download(fresh, {})).status).toBe(200)
      vi.setSystemTime(Date.parse(expiresAt))
      expect(problemOf(await download(fresh, {}), 403, 'forbidden').detail).toContain('expired')
    } finally {
      vi.useRealTimers()
    }
  })

  test('is good for nothing when anything in it was changed', async () => {
    const second = await upload(text(10))
    const url = new URL(path, server.url)
    const changed = (name: string, value: string) => {
      const copy = new URL(url)
      copy.searchParams.set(name, value)
      return copy.pathname + copy.search
    }
    const signature = url.searchParams.get('signature') ?? ''
    const expires = Number(url.searchParams.get('expires'))
    const flipped = (position: number) => {
      const letter = signature[position] === 'A' ? 'B' : 'A'
      return signature.slice(0, position) + letter + signature.slice(position + 1)
    }
    // The last letter carries two bits that no byte of the signature holds.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const lastLetter = alphabet[alphabet.indexOf(signature.at(-1) ?? 'A') ^ 1] ?? ''
    for (const wrong of [
      changed('expires', String(expires + 1)),
      changed('expires', String(expires + 1_000_000_000)),
      changed('account', newKey()),
      ...[0, 10, 41, 42].map((position) => changed('signature', flipped(position))),
      changed('signature', signature.slice(0, -1) + lastLetter),
      changed('signature', '!'.repeat(43)),
      path.replace(file.id, second.id),
    ]) {
      problemOf(await download(wrong, {}), 403, 'forbidden')
    }
    for (const broken of [
      changed('signature', 'short'),
      changed('expires', '-1'),
      changed('account', 'x'),
      `/media/${file.id}`,
    ]) {
      problemOf(await download(broken, {}), 400, 'invalid-request')
    }
  })

  test('to a file that was deleted leads nowhere', async () => {
    const gone = await upload(text(10))
    const link = await call(server.url, token, 'createMediaLink', { params: { fileId: gone.id } })
    await call(server.url, token, 'deleteFile', { params: { fileId: gone.id } })
    problemOf(await download(link.path, {}), 404, 'not-found')
  })

  test('never appears in the log with its signature', async () => {
    await download(path, {})
    await until(() => logged.some((line) => line.includes('/media/:fileId')), 'the request in the log')
    const signature = new URL(path, server.url).searchParams.get('signature') ?? 'none'
    expect(logged.join('')).not.toContain(signature)
    expect(logged.join('')).not.toContain(token)
  })
})

/* ── when something is missing ────────────────────────────────────────────────────────────────────────── */

describe('a file of which the store has lost a piece', () => {
  const bytes = wav(30_000)
  let file: StoredFile
  let paths: string[]

  beforeAll(() => signInAs('daniel.reyes@northfield.example'))

  async function threeParts() {
    const { id } = await announce(bytes.length, 'audio/wav', 'lecture.wav')
    for (const offset of [0, 10_000, 20_000]) await patch(id, offset, bytes.subarray(offset, offset + 10_000))
    file = await getFile(id)
    paths = await objectsOf(file)
    expect(paths).toHaveLength(3)
  }
  const diagnose = () => call(server.url, token, 'diagnoseFile', { params: { fileId: file.id } })

  test('is whole before that, and says so', async () => {
    await threeParts()
    const { verdict, parts } = await diagnose()
    expect(verdict).toBe('Every byte is in place.')
    expect(parts).toMatchObject([
      { offset: 0, size: 10_000, found: 'whole' },
      { offset: 10_000, size: 10_000, found: 'whole' },
      { offset: 20_000, size: 10_000, found: 'whole' },
    ])
  })

  test('says which piece is missing, since when it was there, and what can be done', async () => {
    await rm(paths[1] ?? '')
    const problem = problemOf(await contentOf(file.id, { range: 'bytes=15000-' }), 410, 'file-missing')
    const { verdict, parts } = await diagnose()
    expect(problem.detail).toContain('“lecture.wav”')
    expect(problem.detail).toContain(parts[1]?.storedAt)
    expect(problem.detail).toContain('10000 bytes from byte 10000 on')
    expect(problem.detail).toContain('backup')
    expect(verdict).toContain('One piece is not where')
    expect(parts.map(({ found }) => found)).toEqual(['whole', 'missing', 'whole'])
    await until(
      () => logged.some((line) => line.includes(`of file ${file.id} is missing`)),
      'a line in the log',
    )
  })

  test('still gives what is there, and never other bytes in place of what is not', async () => {
    expect(
      (await contentOf(file.id, { range: 'bytes=0-9999' })).bytes.equals(bytes.subarray(0, 10_000)),
    ).toBe(true)
    expect((await contentOf(file.id, { range: 'bytes=20000-' })).bytes.equals(bytes.subarray(20_000))).toBe(
      true,
    )
    // The first part is on its way before the second is missed: the answer breaks off.
    await expect(contentOf(file.id)).rejects.toThrow()
  })

  test('says so of a piece that is shorter than it was', async () => {
    await truncate(paths[2] ?? '', 4000)
    expect((await diagnose()).parts.map(({ found }) => found)).toEqual(['whole', 'missing', 'wrong-size'])
    expect((await contentOf(file.id, { range: 'bytes=20000-23999' })).status).toBe(206)
    problemOf(await contentOf(file.id, { range: 'bytes=24000-' }), 410, 'file-missing')
  })

  test('can be deleted all the same', async () => {
    expect(await call(server.url, token, 'deleteFile', { params: { fileId: file.id } })).toEqual({
      deleted: true,
    })
    expect(await call(server.url, token, 'deleteFile', { params: { fileId: file.id } })).toEqual({
      deleted: false,
    })
    expect(await objectsOf(file)).toEqual([])
  })
})

/* ── much of it ───────────────────────────────────────────────────────────────────────────────────────── */

test('two hundred megabytes up and down are never in memory together', async () => {
  const size = 200 * MIB
  const { id } = await announce(size, 'audio/wav')
  const head = wav(64 * 1024)
  const piece = Buffer.alloc(64 * 1024, 7)
  const before = inUse()
  let most = 0
  for (let offset = 0; offset < size; offset += MAX_UPLOAD_PART_BYTES) {
    const length = Math.min(MAX_UPLOAD_PART_BYTES, size - offset)
    const sent = sending(id, offset, { length } as Uint8Array)
    const answered = once(sent, 'response')
    for (let done = 0; done < length; done += piece.length) {
      if (!sent.write(offset + done === 0 ? head : piece)) await once(sent, 'drain')
      most = Math.max(most, inUse() - before)
    }
    sent.end()
    const [response] = await answered
    expect(response.statusCode).toBe(204)
    response.resume()
  }
  const response = await fetch(`${server.url}/files/${id}/content`, {
    headers: { authorization: `Bearer ${token}` },
  })
  let received = 0
  for await (const chunk of response.body ?? []) {
    received += (chunk as Uint8Array).length
    most = Math.max(most, inUse() - before)
  }
  expect(received).toBe(size)
  // Sender and receiver are in this process too, and what is garbage may lie about for a while.
  expect(most).toBeLessThan(100 * MIB)
  await call(server.url, token, 'deleteFile', { params: { fileId: id } })
}, 300_000)

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/* ── the doors for the rest of the server, and its chores ─────────────────────────────────────────────── */

describe('the library', () => {
  /** Half of it was here when the server was stopped. */
  let stopped: StoredFile
  const half = 150_000
  let library: Library
  let store: ObjectStore
  let database: Awaited<ReturnType<TestServer['openDatabase']>>

  beforeAll(async () => {
    stopped = await announce(300_000)
    const hanging = await stalled(stopped.id, text(300_000), half)
    if (other !== server) await other.close()
    await server.close()
    hanging.destroy()
    database = await server.openDatabase()
    store = await openObjectStore({ kind: 'disk', folder: filesFolder }, await installationId(database.db))
    library = await createLibrary({ ...database, store, failed: (error) => logged.push(String(error)) })
  })
  afterAll(async () => {
    await library.close()
    await store.close()
    await database.close()
  })

  const save = (bytes: AsyncIterable<Uint8Array>, idempotencyKey = newKey()) =>
    library.save(accountId, { idempotencyKey, name: 'attendance.csv', contentType: 'text/csv', bytes })

  async function* inPieces(bytes: Uint8Array, length: number) {
    for (let offset = 0; offset < bytes.length; offset += length)
      yield bytes.subarray(offset, offset + length)
  }

  async function read(fileId: string, range?: { start: number; end: number }): Promise<Buffer> {
    const { bytes } = await library.open(accountId, fileId)
    const pieces: Uint8Array[] = []
    for await (const piece of bytes(range)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  test('has what had arrived of an upload when the server was stopped', async () => {
    const [row] = await database.ownRows.of(accountId, (tx) =>
      tx.selectFrom('files').select(['received', 'status']).where('id', '=', stopped.id).execute(),
    )
    expect({ ...row, received: Number(row?.received) }).toEqual({
      received: half,
      status: 'uploading',
    })
  })

  test('keeps what the server itself made, however long and in whatever pieces it comes', async () => {
    for (const [length, piece] of [
      [1, 1],
      [MAX_UPLOAD_PART_BYTES, 100_000],
      [MAX_UPLOAD_PART_BYTES * 2 + 5, 3_000_001],
      [MAX_UPLOAD_PART_BYTES + 1, MAX_UPLOAD_PART_BYTES * 2],
    ] as const) {
      const bytes = text(length)
      const file = await save(inPieces(bytes, piece))
      expect(file).toMatchObject({ status: 'ready', size: length, received: length })
      expect((await read(file.id)).equals(bytes)).toBe(true)
      const middle = { start: Math.floor(length / 3), end: length - 1 }
      expect((await read(file.id, middle)).equals(bytes.subarray(middle.start, middle.end))).toBe(true)
    }
  })

  test('keeps it once for one key, and nothing of the second try is left', async () => {
    const key = newKey()
    const first = await save(inPieces(text(100), 10), key)
    const before = (await objects()).length
    expect(await save(inPieces(text(100), 10), key)).toEqual(first)
    expect((await objects()).length).toBe(before)
  })

  test('keeps nothing of what breaks off, and nothing empty', async () => {
    async function* broken() {
      yield text(MAX_UPLOAD_PART_BYTES + 10)
      throw new Error('the source broke')
    }
    const before = await objects()
    await expect(save(broken())).rejects.toThrow('the source broke')
    await expect(save(inPieces(text(0), 1))).rejects.toMatchObject({ code: 'too-large' })
    expect(await objects()).toEqual(before)
  })

  test('opens nothing of somebody else, and nothing unfinished', async () => {
    const file = await save(inPieces(text(10), 10))
    await expect(library.open(newKey(), file.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(library.open(accountId, newKey())).rejects.toMatchObject({ code: 'not-found' })
    const unfinished = await database.ownRows.rounds((tx) =>
      tx
        .selectFrom('files')
        .select(['id', 'account_id'])
        .where('status', '=', 'uploading')
        .executeTakeFirstOrThrow(),
    )
    const early = library.open(unfinished.account_id, unfinished.id)
    await expect(early).rejects.toMatchObject({ code: 'conflict' })
  })

  test('forgets uploads nobody went on with for a day, with their bytes, and no others', async () => {
    const kept = await save(inPieces(text(10), 10))
    // More of them than are looked at at a time.
    const forgotten = Array.from({ length: 150 }, () => ({
      id: newKey(),
      account_id: accountId,
      idempotency_key: newKey(),
      name: 'forgotten.csv',
      content_type: 'text/csv' as const,
      size: 100,
      status: 'uploading' as const,
      problem: null,
      created_at: new Date(),
      expires_at: new Date(Date.now() + 3600_000),
    }))
    await database.ownRows.of(accountId, (tx) => tx.insertInto('files').values(forgotten).execute())
    const before = await database.ownRows.rounds((tx) =>
      tx.selectFrom('files').select(['id', 'status']).execute(),
    )
    const unfinished = before.filter(({ status }) => status === 'uploading').length
    expect(unfinished).toBeGreaterThan(0)
    expect(await library.tidy()).toBe(0)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (lifetimes.unfinishedUpload + 60) * 1000 })
    try {
      expect(await library.tidy()).toBe(before.filter(({ status }) => status !== 'ready').length)
    } finally {
      vi.useRealTimers()
    }
    const after = await database.ownRows.rounds((tx) =>
      tx.selectFrom('files').select(['id', 'status']).execute(),
    )
    expect(after.filter(({ status }) => status !== 'ready')).toEqual([])
    expect(after.map(({ id }) => id)).toContain(kept.id)
  })

  test('sweeps away old objects that no file refers to, and nothing else', async () => {
    const file = await save(inPieces(text(10), 10))
    const orphan = `${newKey()}/${newKey()}`
    const young = `${newKey()}/${newKey()}`
    for (const key of [orphan, young]) await store.put(key, inPieces(text(10), 10), { limit: 100 })
    const longAgo = new Date(Date.now() - 48 * 3600_000)
    for (const path of await objects()) if (!path.includes(young)) await utimes(path, longAgo, longAgo)
    expect(await library.sweep()).toBeGreaterThanOrEqual(1)
    expect(await store.size(orphan)).toBeNull()
    expect(await store.size(young)).toBe(10)
    expect((await read(file.id)).equals(text(10))).toBe(true)
  })
})

/* ── the same in a bucket ─────────────────────────────────────────────────────────────────────────────── */

describe('files that are kept in a bucket', () => {
  let bucket: { run(): Promise<AddressInfo>; httpServer: Server }
  const bytes = wav(MAX_UPLOAD_PART_BYTES + 50_000)
  let file: StoredFile

  beforeAll(async () => {
    await server.end()
    const options = {
      address: '127.0.0.1',
      port: 0,
      silent: true,
      vhostBuckets: false,
      directory: filesFolder,
    }
    bucket = new S3rver({ ...options, configureBuckets: [{ name: 'school-files' }] })
    const { port } = await bucket.run()
    server = await demoServer({
      LECTERN_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      LECTERN_S3_BUCKET: 'school-files',
      LECTERN_S3_ACCESS_KEY_ID: 'S3RVER',
      LECTERN_S3_SECRET_ACCESS_KEY: 'S3RVER',
      LECTERN_LOG: 'info',
    })
    other = server
    await signInAs(MAYA)
  })
  afterAll(() => {
    bucket.httpServer.close()
    bucket.httpServer.closeAllConnections()
  })

  test('arrive in parts, also cut ones, and come back whole and in ranges', async () => {
    const { id } = await announce(bytes.length, 'audio/wav')
    await sendCut(id, 0, bytes.subarray(0, MAX_UPLOAD_PART_BYTES), 200_000, server)
    let offset = await offsetOf(id)
    for (let tries = 0; offset < bytes.length; tries++) {
      expect(tries).toBeLessThan(10)
      const reply = await patch(id, offset, bytes.subarray(offset, offset + MAX_UPLOAD_PART_BYTES))
      offset = Number(reply.headers.get('upload-offset'))
    }
    file = await getFile(id)
    expect(file.status).toBe('ready')
    expect((await contentOf(id)).bytes.equals(bytes)).toBe(true)
    const across = await contentOf(id, { range: 'bytes=100000-8400000' })
    expect(across.bytes.equals(bytes.subarray(100_000, 8_400_001))).toBe(true)
    const { parts } = await call(server.url, token, 'diagnoseFile', { params: { fileId: id } })
    expect(new Set(parts.map(({ found }) => found))).toEqual(new Set(['whole']))
  })

  test('that are not what they were said to be leave nothing in the bucket', async () => {
    const refused = await upload(samples['image/png'], 'audio/wav')
    expect(refused.status).toBe('refused')
    expect(await objectsOf(refused)).toEqual([])
  })

  test('cannot be had while the bucket is out of reach, and the server says so', async () => {
    const { id } = await announce(100)
    const stopped = new Promise<void>((resolve) => bucket.httpServer.close(() => resolve()))
    bucket.httpServer.closeAllConnections()
    await stopped
    const problem = problemOf(await contentOf(file.id), 503, 'unavailable')
    expect(problem.detail).toContain('cannot be reached')
    const reply = await patch(id, 0, text(100))
    expectProblem(reply, 503, 'unavailable')
    expect(reply.headers.get('retry-after')).toBe('5')
    expect(await offsetOf(id)).toBe(0)
  })
})
