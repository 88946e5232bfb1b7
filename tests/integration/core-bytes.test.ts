import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HttpClient, HttpRequest, Session } from '../../src/core/index.ts'
import type { Download } from '../../src/core/session.ts'
import { openSession, realHttp, valueOf } from './core-session.ts'
import { startFaultyNetwork, type FaultyNetwork } from '../harness/faulty-network.ts'
import { CHEMISTRY, demoServer, newKey, until, type TestServer } from './server-client.ts'

const MIB = 1024 ** 2

let server: TestServer
let network: FaultyNetwork
let session: Session
/** How many of the next requests for bytes carry a token that the server does not know. */
let spoilt = 0

/** What reaches the server is refused by the server itself, as after a change of its keys. */
const spoiling: HttpClient = {
  ...realHttp,
  send: (request) => realHttp.send(spoil(request)),
  download: (request) => realHttp.download(spoil(request)),
}
function spoil(request: HttpRequest): HttpRequest {
  if (!/\/(files\/.*\/|attendance)/.test(request.url) || spoilt <= 0) return request
  spoilt--
  return { ...request, headers: { ...request.headers, authorization: 'Bearer not-a-token-of-this-server' } }
}

beforeAll(async () => {
  server = await demoServer()
  network = await startFaultyNetwork(server.url)
  session = await openSession(network.url, spoiling)
})
afterAll(async () => {
  session.dispose()
  await network.close()
  await server.end()
})
beforeEach(() => void (spoilt = 0))

const announce = async (size: number) =>
  valueOf(
    await session.call({
      endpoint: 'createUpload',
      body: { name: 'slides.pdf', contentType: 'application/pdf', size },
      idempotencyKey: newKey(),
    }),
  ).id

/** A document by its first bytes, which is what the server looks at. */
function slides(size: number): Buffer {
  const bytes = randomBytes(size)
  bytes.write('%PDF-1.7\n')
  return bytes
}

async function upload(bytes: Buffer): Promise<string> {
  const fileId = await announce(bytes.length)
  for (let offset = 0; offset < bytes.length;) {
    const part = bytes.subarray(offset, offset + MIB)
    offset = valueOf(await session.sendPart(fileId, offset, part)).offset
  }
  return fileId
}

async function wholeOf({ body }: Download): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('an upload', () => {
  it('goes part by part, and comes back as it was', async () => {
    const bytes = slides(2.5 * MIB)
    const fileId = await upload(bytes)
    const download = valueOf(await session.download({ endpoint: 'fileContent', params: { fileId } }))
    expect(download).toMatchObject({ status: 200, headers: { 'content-length': String(bytes.length) } })
    expect((await wholeOf(download)).equals(bytes)).toBe(true)
  })

  it('is told where the server stands when a part begins elsewhere, and goes on from there', async () => {
    const bytes = slides(MIB)
    const fileId = await announce(bytes.length)
    valueOf(await session.sendPart(fileId, 0, bytes.subarray(0, 1000)))
    expect(await session.sendPart(fileId, 5000, bytes.subarray(5000))).toMatchObject({
      ok: false,
      failure: { code: 'conflict' },
    })
    const { offset } = valueOf(await session.uploadOffset(fileId))
    expect(offset).toBe(1000)
    expect(valueOf(await session.sendPart(fileId, offset, bytes.subarray(offset)))).toEqual({
      offset: bytes.length,
    })
  })

  it('goes on after the network was away', async () => {
    const bytes = slides(MIB)
    const fileId = await announce(bytes.length)
    valueOf(await session.sendPart(fileId, 0, bytes.subarray(0, MIB / 2)))
    await network.down('refused')
    const sending = session.sendPart(fileId, MIB / 2, bytes.subarray(MIB / 2))
    await until(() => session.state().state.kind === 'offline', 'the network to be missed')
    await network.up()
    session.retry()
    const cut = await sending
    if (!cut.ok) {
      expect(cut.failure.retryable).toBe(true)
      const { offset } = valueOf(await session.uploadOffset(fileId))
      valueOf(await session.sendPart(fileId, offset, bytes.subarray(offset)))
    }
    expect(valueOf(await session.uploadOffset(fileId))).toEqual({ offset: bytes.length })
  })

  it('is refused in plain words when there is no such file', async () => {
    const nobody = newKey()
    expect(await session.uploadOffset(nobody)).toMatchObject({ ok: false, failure: { code: 'not-found' } })
    expect(await session.sendPart(nobody, 0, slides(10))).toMatchObject({
      ok: false,
      failure: { code: 'not-found', message: expect.stringMatching(/\w+ .*\.$/) as string },
    })
  })
})

describe('a token that the server does not take any more', () => {
  it('is renewed, and part, offset and file are asked for once more', async () => {
    const bytes = slides(1000)
    const fileId = await announce(bytes.length)
    const renewals = () => network.count('POST', '/auth/token')
    for (const ask of [
      () => session.sendPart(fileId, 0, bytes),
      () => session.uploadOffset(fileId),
      () => session.download({ endpoint: 'fileContent', params: { fileId } }),
    ]) {
      const before = renewals()
      spoilt = 1
      expect(await ask()).toMatchObject({ ok: true })
      expect(renewals()).toBe(before + 1)
    }
  })
})

describe('a download', () => {
  it('of a range is that range', async () => {
    const bytes = slides(4000)
    const fileId = await upload(bytes)
    const range = { endpoint: 'fileContent', params: { fileId }, range: 'bytes=1000-1999' } as const
    const download = valueOf(await session.download(range))
    expect(download).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 1000-1999/4000' } })
    expect((await wholeOf(download)).equals(bytes.subarray(1000, 2000))).toBe(true)
  })

  it('of an attendance list is the list', async () => {
    const { items } = valueOf(
      await session.call({ endpoint: 'listLiveSessions', query: { search: CHEMISTRY } }),
    )
    const params = { sessionId: items[0]?.id ?? '' }
    const download = valueOf(await session.download({ endpoint: 'attendanceCsv', params }))
    expect(download.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect((await wholeOf(download)).toString()).toContain('Maya Okafor')
  })

  it('that is refused is a failure and no file', async () => {
    const params = { fileId: newKey() }
    expect(await session.download({ endpoint: 'fileContent', params })).toMatchObject({
      ok: false,
      failure: { code: 'not-found' },
    })
  })

  it('that is given up in the middle says so and leaves the connection', async () => {
    const fileId = await upload(slides(6 * MIB))
    const over = new AbortController()
    const request = { endpoint: 'fileContent', params: { fileId }, signal: over.signal } as const
    const download = valueOf(await session.download(request))
    const reading = (async () => {
      for await (const _ of download.body) over.abort()
    })()
    await expect(reading).rejects.toThrow()
    expect(await session.uploadOffset(fileId)).toMatchObject({ ok: true })
  })
})
