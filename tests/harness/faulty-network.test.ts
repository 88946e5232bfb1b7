import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { eventually } from './eventually.ts'
import { startFaultyNetwork, type FaultyNetwork } from './faulty-network.ts'

let acted: string[]
let server: Server
let network: FaultyNetwork

beforeEach(async () => {
  acted = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      acted.push(`${request.method} ${request.url} ${body}`)
      response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ access_token: 'an-access-token-1', nested: { refresh_token: 'a-refresh-1' } }),
      )
    })
  })
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/closed') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    webSockets.handleUpgrade(request, socket, head, (connection) => {
      connection.on('message', (data: Buffer) => {
        if (data.toString() === 'leave') connection.close(4403, 'not here')
        else connection.send(`echo ${data.toString()}`)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  network = await startFaultyNetwork(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  await network.close()
  server.closeAllConnections()
  server.close()
})

const post = (path: string, body: unknown, options: RequestInit = {}) =>
  fetch(network.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer a-bearer-token' },
    body: JSON.stringify(body),
    ...options,
  })

async function open(path: string) {
  const socket = new WebSocket(network.url.replace('http', 'ws') + path)
  const heard: string[] = []
  socket.on('message', (data: Buffer) => heard.push(data.toString()))
  socket.on('error', () => {})
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { socket, heard, closed }
}

describe('a network that works', () => {
  it('carries requests and answers whole, and keeps a record of them', async () => {
    const long = 'x'.repeat(300_000)
    expect((await post('/things?page=2', { long })).status).toBe(200)
    expect((await fetch(`${network.url}/missing`)).status).toBe(404)
    expect(acted).toEqual([`POST /things?page=2 ${JSON.stringify({ long })}`, 'GET /missing '])
    expect(network.requests).toMatchObject([
      { method: 'POST', path: '/things', status: 200, delivered: true },
      { method: 'GET', path: '/missing', status: 404, delivered: true },
    ])
    expect(network.count('POST', '/things')).toBe(1)
    expect(network.count('GET', /^\/miss/)).toBe(1)
    expect(network.count('GET', '/things')).toBe(0)
  })

  it('carries WebSocket frames and close codes', async () => {
    const { socket, heard, closed } = await open('/room')
    socket.send('one')
    socket.send('two')
    await eventually('second echo', () => heard.length === 2)
    expect(heard).toEqual(['echo one', 'echo two'])
    expect(network.sockets).toMatchObject([{ path: '/room', closedAt: null, closeCode: null }])
    socket.send('leave')
    expect(await closed).toBe(4403)
    expect(network.sockets).toMatchObject([{ path: '/room', closeCode: 4403 }])
  })

  it('passes on that the server refuses a WebSocket', async () => {
    await expect(open('/closed')).rejects.toThrow('403')
  })

  it('knows every token that it carried', async () => {
    await (await post('/auth', { refresh_token: 'the-old-refresh' })).json()
    const { socket, heard } = await open('/room')
    socket.send(JSON.stringify({ type: 'hello', accessToken: 'a-token-in-a-frame' }))
    await eventually('echo', () => heard.length === 1)
    expect([...network.tokens].sort()).toEqual([
      'a-bearer-token',
      'a-refresh-1',
      'a-token-in-a-frame',
      'an-access-token-1',
      'the-old-refresh',
    ])
    socket.terminate()
  })

  it('takes as long as it is told to', async () => {
    network.delay(60)
    const started = performance.now()
    await post('/things', {})
    expect(performance.now() - started).toBeGreaterThanOrEqual(119)
  })
})

describe('a network that breaks', () => {
  it('refuses connections and cuts those that stand, until it is up again on the same port', async () => {
    const { closed } = await open('/room')
    await network.down('refused')
    expect(await closed).toBe(1006)
    expect(network.sockets).toMatchObject([{ closeCode: 1006 }])
    await expect(post('/things', {})).rejects.toThrow()
    expect(network.requests).toEqual([])
    await network.up()
    expect((await post('/things', {})).status).toBe(200)
  })

  it('falls silent: nothing arrives, nothing is refused, and later all of it arrives in order', async () => {
    const { socket, heard } = await open('/room')
    await network.down('silent')
    socket.send('one')
    socket.send('two')
    await expect(post('/things', {}, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout')
    const patient = post('/patient', {})
    await eventually('request on its way', () => network.count('POST', '/patient') === 1)
    expect(heard).toEqual([])
    expect(acted).toEqual([])
    expect(socket.readyState).toBe(WebSocket.OPEN)
    await network.up()
    expect((await patient).status).toBe(200)
    await eventually('second echo', () => heard.length === 2)
    expect(heard).toEqual(['echo one', 'echo two'])
    expect(acted).toEqual(['POST /patient {}'])
    socket.terminate()
  })

  it('answers no ping while it is silent', async () => {
    const { socket } = await open('/room')
    let pongs = 0
    socket.on('pong', () => (pongs += 1))
    socket.ping()
    await eventually('pong', () => pongs === 1)
    await network.down('silent')
    socket.ping()
    await expect(post('/things', {}, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout')
    expect(pongs).toBe(1)
    await network.up()
    await eventually('second pong', () => pongs === 2)
    socket.terminate()
  })

  it('cuts every connection once', async () => {
    const { closed } = await open('/room')
    network.cut()
    expect(await closed).toBe(1006)
    expect((await post('/things', {})).status).toBe(200)
  })

  it('loses one answer after the server has acted', async () => {
    network.loseNextAnswer('POST', '/auth')
    await expect(post('/auth', { a: 1 })).rejects.toThrow()
    expect(acted).toEqual(['POST /auth {"a":1}'])
    expect(network.requests).toMatchObject([{ path: '/auth', status: 200, delivered: false }])
    expect((await post('/auth', { a: 1 })).status).toBe(200)
  })

  it('gives no answer when the server gives none', async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await expect(post('/things', {})).rejects.toThrow()
    expect(network.requests).toMatchObject([{ path: '/things', status: null, delivered: false }])
  })
})
