import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpNoAnswer } from '../../src/core/ports.ts'
import { createHttpClient } from '../../src/main/adapters/http.ts'
import { eventually } from '../harness/eventually.ts'

// Node's fetch in place of Electron's `net.fetch`; everything else is what ships.
const http = createHttpClient({ fetch, userAgent: 'Lectern/test' })
const servers: Server[] = []

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const get = (url: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  http.send({ method: 'GET', url, headers: {}, timeoutMs: 5000, ...more })

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('a request that is answered', () => {
  it('goes out as it was given and comes back as it was sent', async () => {
    let seen = {}
    const url = await serve(async (request, response) => {
      let body = ''
      for await (const part of request) body += String(part)
      seen = { method: request.method, path: request.url, headers: request.headers, body }
      response.writeHead(201, { 'Lectern-Boot-Id': 'abc', 'content-type': 'application/json' })
      response.end('{"a": 1}')
    })
    const outcome = await http.send({
      method: 'POST',
      url: `${url}/auth/token?x=1`,
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: '{"ü":"–"}',
      timeoutMs: 5000,
    })
    expect(outcome).toMatchObject({ kind: 'response', status: 201, body: '{"a": 1}' })
    expect(outcome).toHaveProperty(['headers', 'lectern-boot-id'], 'abc')
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/auth/token?x=1',
      body: '{"ü":"–"}',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json', 'user-agent': 'Lectern/test' },
    })
  })

  it('says nothing of a body it does not have', async () => {
    let seen: IncomingMessage['headers'] = {}
    const url = await serve((request, response) => {
      seen = request.headers
      response.end()
    })
    await http.send({ method: 'POST', url, headers: { accept: 'application/json' }, timeoutMs: 5000 })
    expect(seen).toMatchObject({ accept: 'application/json', 'content-length': '0' })
    expect(seen).not.toHaveProperty('content-type')
  })

  it.each([400, 401, 403, 404, 429, 500, 503])('is an answer with status %i too', async (status) => {
    const url = await serve((_request, response) => response.writeHead(status).end('page'))
    expect(await get(url)).toMatchObject({ kind: 'response', status, body: 'page' })
  })

  it('is not sent on to where a redirect points, so no token travels with it', async () => {
    let visitors = 0
    const elsewhere = await serve((_request, response) => {
      visitors += 1
      response.end()
    })
    const url = await serve((_request, response) => response.writeHead(302, { location: elsewhere }).end())
    expect(await get(url)).toMatchObject({ kind: 'response', status: 302 })
    expect(visitors).toBe(0)
  })

  it('counts as redirected when Chromium says no more than that', async () => {
    const chromium = createHttpClient({
      fetch: () => Promise.reject(new Error('Redirect was cancelled')),
      userAgent: 'Lectern/test',
    })
    const outcome = await chromium.send({
      method: 'GET',
      url: 'https://x.test/',
      headers: {},
      timeoutMs: 1000,
    })
    expect(outcome).toMatchObject({ kind: 'response', status: 302, headers: {}, body: '' })
  })

  it('keeps no cookie', async () => {
    const cookies: unknown[] = []
    const url = await serve((request, response) => {
      cookies.push(request.headers.cookie)
      response.writeHead(200, { 'set-cookie': 'a=b' }).end()
    })
    await get(url)
    await get(url)
    expect(cookies).toEqual([undefined, undefined])
  })

  it('is refused when the answer is larger than 8 MiB, announced or not', async () => {
    const part = Buffer.alloc(1024 * 1024, 'x')
    const unannounced = await serve((_request, response) => {
      for (let n = 0; n < 9; n += 1) response.write(part)
      response.end()
    })
    expect(await get(unannounced)).toMatchObject({ kind: 'no-answer', reason: 'unreachable', sent: true })
    const announced = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 9 * 1024 * 1024 }).write('x')
    })
    expect(await get(announced)).toMatchObject({ kind: 'no-answer', reason: 'unreachable', sent: true })
  })
})

describe('a request without an answer', () => {
  it('was certainly not sent when nobody listens', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    taken.close()
    await once(taken, 'close')
    expect(await get(`http://127.0.0.1:${port}/`)).toEqual({
      kind: 'no-answer',
      reason: 'unreachable',
      sent: false,
      detail: 'ECONNREFUSED',
    })
  })

  it('may have been sent when the connection breaks', async () => {
    const url = await serve((request) => request.socket.destroy())
    expect(await get(url)).toMatchObject({ kind: 'no-answer', reason: 'unreachable', sent: true })
  })

  it('may have been sent when the answer stops half way', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setImmediate(() => request.socket.destroy())
    })
    expect(await get(url)).toMatchObject({ kind: 'no-answer', sent: true })
  })

  it('is given up after its time, also in the middle of an answer', async () => {
    const silent = await serve(() => {})
    expect(await get(silent, { timeoutMs: 200 })).toMatchObject({ reason: 'timeout', sent: true })
    const slow = await serve((_request, response) => {
      response.writeHead(200).write('half')
    })
    expect(await get(slow, { timeoutMs: 200 })).toMatchObject({ reason: 'timeout', sent: true })
  })

  it('ends at once when it is cancelled', async () => {
    let heard = () => {}
    const asked = new Promise<void>((resolve) => (heard = resolve))
    const url = await serve(() => heard())
    const cancel = new AbortController()
    const outcome = get(url, { signal: cancel.signal })
    await asked
    cancel.abort()
    expect(await outcome).toMatchObject({ kind: 'no-answer', reason: 'aborted', sent: true })
    expect(await get(url, { signal: cancel.signal })).toMatchObject({ reason: 'aborted', sent: false })
  })

  it.each([
    ['net::ERR_NAME_NOT_RESOLVED', false],
    ['net::ERR_CONNECTION_REFUSED', false],
    ['net::ERR_CERT_AUTHORITY_INVALID', false],
    ['net::ERR_NETWORK_CHANGED', true],
    ['net::ERR_CONNECTION_RESET', true],
    ['net::ERR_ADDRESS_UNREACHABLE', true],
    ['net::ERR_SSL_PROTOCOL_ERROR', true],
  ])('of Chromium with %s may have been sent: %s', async (message, sent) => {
    const chromium = createHttpClient({ fetch: () => Promise.reject(new Error(message)), userAgent: 'x' })
    const outcome = await chromium.send({
      method: 'GET',
      url: 'https://x.test/',
      headers: {},
      timeoutMs: 1000,
    })
    expect(outcome).toEqual({ kind: 'no-answer', reason: 'unreachable', sent, detail: message.slice(5) })
  })
})

describe('a download', () => {
  const download = (url: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    http.download({ method: 'GET', url, headers: {}, timeoutMs: 5000, ...more })
  async function begun(url: string, signal?: AbortSignal) {
    const answer = await download(url, signal && { signal })
    if (answer.kind === 'no-answer') throw new Error(answer.detail)
    return answer
  }

  it('gives the bytes as they are, of any number', async () => {
    const sent = Buffer.alloc(9 * 1024 * 1024, Buffer.from([0, 255, 13, 10, 128]))
    const url = await serve((_request, response) =>
      response.writeHead(206, { 'Content-Range': 'x' }).end(sent),
    )
    const { status, headers, body } = await begun(url)
    expect([status, headers['content-range']]).toEqual([206, 'x'])
    const heard: Uint8Array[] = []
    for await (const piece of body) heard.push(piece)
    expect(Buffer.concat(heard).equals(sent)).toBe(true)
  })

  it('that is left early closes its connection', async () => {
    let gone = () => {}
    const left = new Promise<void>((resolve) => (gone = resolve))
    const url = await serve((_request, response) => {
      response.on('close', gone)
      response.write('half')
    })
    for await (const piece of (await begun(url)).body) {
      expect(Buffer.from(piece).toString()).toBe('half')
      break
    }
    await left
  })

  it('that is cut or cancelled on the way says so', async () => {
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    })
    const read = async ({ body }: { body: AsyncIterable<Uint8Array> }, then = () => {}) => {
      for await (const _ of body) then()
    }
    await expect(read(await begun(cut))).rejects.toThrow()
    const cancel = new AbortController()
    const url = await serve((_request, response) => response.write('half'))
    await expect(read(await begun(url, cancel.signal), () => cancel.abort())).rejects.toThrow()
    expect(await download(url, { signal: cancel.signal })).toMatchObject({ reason: 'aborted', sent: false })
  })

  it('without an answer says why', async () => {
    const silent = await serve(() => {})
    expect(await download(silent, { timeoutMs: 200 })).toMatchObject({ reason: 'timeout', sent: true })
  })

  it('has a counterpart: bytes go out as they are too', async () => {
    let seen: Buffer | null = null
    const url = await serve(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      seen = Buffer.concat(parts)
      response.writeHead(204, { 'Upload-Offset': String(seen.length) }).end()
    })
    const body = new Uint8Array([0, 255, 128, 13, 10])
    const headers = { 'content-type': 'application/offset+octet-stream' }
    const outcome = await http.send({ method: 'PATCH', url, headers, body, timeoutMs: 5000 })
    expect(outcome).toMatchObject({ status: 204, headers: { 'upload-offset': '5' } })
    expect(seen).toEqual(Buffer.from(body))
    const head = await http.send({ method: 'HEAD', url, headers: {}, timeoutMs: 5000 })
    expect(head).toMatchObject({ kind: 'response', status: 204, body: '' })
  })
})

describe('an answer in pieces', () => {
  const pieces = (url: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) => {
    const heard: unknown[] = []
    let text = ''
    let end = (_noAnswer: HttpNoAnswer | null) => {}
    const ended = new Promise<HttpNoAnswer | null>((resolve) => (end = resolve))
    const request = { method: 'GET', url, headers: { accept: 'text/event-stream' }, timeoutMs: 5000 } as const
    const { close } = http.stream(
      { ...request, ...more },
      {
        headers: (status, headers) => heard.push([status, headers['content-type']]),
        text: (chunk) => void (text += chunk),
        ended(noAnswer) {
          heard.push(noAnswer)
          end(noAnswer)
        },
      },
    )
    return {
      heard,
      ended,
      close,
      text: () => text,
      until: () => eventually('text', () => text !== '' && text),
    }
  }
  const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })

  it('is heard as it comes, with headers first and the end last', async () => {
    let more = () => {}
    const url = await serve((_request, response) => {
      begin(response).write('id: 1\n')
      more = () => response.end('data: x\n\n')
    })
    const stream = pieces(url)
    expect(await stream.until()).toBe('id: 1\n')
    more()
    expect(await stream.ended).toBeNull()
    expect(stream.text()).toBe('id: 1\ndata: x\n\n')
    expect(stream.heard).toEqual([[200, 'text/event-stream'], null])
  })

  it('keeps every character whole, wherever the network cuts it', async () => {
    const said = 'é – 漢字 👩🏽‍🏫'
    const url = await serve(async (_request, response) => {
      response.socket?.setNoDelay(true)
      begin(response)
      for (const byte of Buffer.from(said)) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    const stream = pieces(url)
    expect(await stream.ended).toBeNull()
    expect(stream.text()).toBe(said)
  })

  it('says so when it is cut in the middle, after all that came', async () => {
    const url = await serve((request, response) => {
      begin(response).write('half', () => request.socket.destroy())
    })
    const stream = pieces(url)
    expect(await stream.ended).toMatchObject({ kind: 'no-answer', reason: 'unreachable', sent: true })
    expect(stream.text()).toBe('half')
  })

  it('lasts longer than the time for its headers', async () => {
    let finish = () => {}
    const url = await serve((_request, response) => {
      begin(response).write('first')
      finish = () => response.end(' last')
    })
    const stream = pieces(url, { timeoutMs: 200 })
    await stream.until()
    const from = performance.now()
    await eventually('the time for headers to be over', () => performance.now() - from > 300)
    finish()
    expect(await stream.ended).toBeNull()
    expect(stream.text()).toBe('first last')
  })

  it('is given up when no headers come in time', async () => {
    const stream = pieces(await serve(() => {}), { timeoutMs: 200 })
    expect(await stream.ended).toMatchObject({ reason: 'timeout', sent: true })
    expect(stream.heard).toHaveLength(1)
  })

  it('ends at once when it is closed, and the server hears of it', async () => {
    let gone = () => {}
    const left = new Promise<void>((resolve) => (gone = resolve))
    const url = await serve((_request, response) => {
      begin(response).write('half')
      response.on('close', gone)
    })
    const stream = pieces(url)
    await stream.until()
    stream.close()
    expect(await stream.ended).toMatchObject({ kind: 'no-answer', reason: 'aborted', sent: true })
    await left
  })

  it('ends when the request is cancelled, before it was sent too', async () => {
    const cancel = new AbortController()
    const url = await serve((_request, response) => begin(response).write('half'))
    const stream = pieces(url, { signal: cancel.signal })
    await stream.until()
    cancel.abort()
    expect(await stream.ended).toMatchObject({ reason: 'aborted', sent: true })
    expect(await pieces(url, { signal: cancel.signal }).ended).toMatchObject({
      reason: 'aborted',
      sent: false,
    })
  })

  it('was certainly not sent when nobody listens', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    taken.close()
    await once(taken, 'close')
    const stream = pieces(`http://127.0.0.1:${port}/`)
    expect(await stream.ended).toMatchObject({ reason: 'unreachable', sent: false, detail: 'ECONNREFUSED' })
  })

  it('can be a refusal or a redirect, which is not followed', async () => {
    const refused = pieces(await serve((_request, response) => response.writeHead(401).end('no')))
    expect(await refused.ended).toBeNull()
    expect([refused.heard[0], refused.text()]).toEqual([[401, undefined], 'no'])
    const moved = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://x.test/' }).end(),
    )
    const redirected = pieces(moved)
    expect(await redirected.ended).toBeNull()
    expect(redirected.heard[0]).toEqual([302, undefined])
  })
})
