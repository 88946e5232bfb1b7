import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { expect, test } from './launch.ts'

let server: Server
let sockets: WebSocketServer
let base: string
/** An address nobody listens at. */
let nobody: string

test.beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/hello' }).end()
    else if (request.url === '/never') return
    else if (request.url === '/cut') request.socket.destroy()
    else if (request.url === '/stream') {
      response.write('first ')
      response.flushHeaders()
      request.socket.once('close', () => {})
      setTimeout(() => response.end('second'), 50)
    } else {
      const { 'user-agent': agent, 'x-test': header } = request.headers
      let body = ''
      request.on('data', (data) => (body += String(data)))
      request.on('end', () => response.end(JSON.stringify({ agent, header, body, method: request.method })))
    }
  })
  sockets = new WebSocketServer({ server, handleProtocols: () => 'chat' })
  sockets.on('connection', (socket, request) => {
    socket.send(JSON.stringify({ origin: request.headers.origin, header: request.headers['x-test'] }))
    socket.on('message', (data, isBinary) => {
      if (data.toString() === 'close me') socket.close(4001, 'as asked')
      else if (data.toString() === 'drop me') socket.terminate()
      else socket.send(data, { binary: isBinary })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  base = `127.0.0.1:${port}`
  // Another address of this machine, with a port that is ours: no other process can come to listen there meanwhile.
  nobody = `127.0.0.2:${port}`
})
test.afterAll(() => {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  server.close()
})

test('net.fetch sends and receives', async ({ app }) => {
  const answer = await app.evaluate(async ({ net }, url) => {
    const response = await net.fetch(url, { method: 'POST', body: 'text', headers: { 'x-test': 'yes' } })
    return { status: response.status, body: (await response.json()) as { agent: string } }
  }, `http://${base}/hello`)
  expect(answer).toMatchObject({ status: 200, body: { header: 'yes', body: 'text', method: 'POST' } })
  expect(answer.body.agent).toMatch(/Chrome\/\d+.* Electron\/\d+/)
})

test('net.fetch follows redirects, and cancels the request when told not to, as Electron does', async ({
  app,
}) => {
  expect(
    await app.evaluate(
      ({ net }, url) =>
        Promise.all(
          (['follow', 'manual', 'error'] as const).map((redirect) =>
            net.fetch(url, { redirect }).then(
              ({ status }) => status,
              (error: Error) => error.message,
            ),
          ),
        ),
      `http://${base}/redirect`,
    ),
  ).toEqual([200, 'Redirect was cancelled', "Attempted to redirect, but redirect policy was 'error'"])
})

test('net.fetch can be aborted before and after the answer has begun', async ({ app }) => {
  expect(
    await app.evaluate(async ({ net }, host) => {
      const nameOf = (promise: Promise<unknown>) =>
        promise.then(
          () => 'done',
          (error: Error) => error.name,
        )
      const early = new AbortController()
      const never = nameOf(net.fetch(`http://${host}/never`, { signal: early.signal }))
      early.abort()
      const late = new AbortController()
      const response = await net.fetch(`http://${host}/stream`, { signal: late.signal })
      const body = nameOf(response.text())
      late.abort()
      const timeout = nameOf(net.fetch(`http://${host}/never`, { signal: AbortSignal.timeout(10) }))
      return [await never, await body, await timeout]
    }, base),
  ).toEqual(['AbortError', 'AbortError', 'TimeoutError'])
})

test('net.fetch names network errors as Chromium does', async ({ app }) => {
  expect(
    await app.evaluate(
      ({ net }, urls) =>
        Promise.all(urls.map((url) => net.fetch(url).then(String, (error: Error) => error.message))),
      [
        `http://${nobody}/`,
        'http://127.0.0.1:9/',
        `http://${base}/cut`,
        'http://nowhere.invalid/',
        `https://${base}/`,
        'gopher://x/',
      ],
    ),
  ).toEqual([
    'net::ERR_CONNECTION_REFUSED',
    'net::ERR_UNSAFE_PORT',
    'net::ERR_EMPTY_RESPONSE',
    'net::ERR_NAME_NOT_RESOLVED',
    'net::ERR_SSL_PROTOCOL_ERROR',
    'net::ERR_UNKNOWN_URL_SCHEME',
  ])
})

test('net.WebSocket speaks as the one of pages does', async ({ app }) => {
  expect(
    await app.evaluate(async ({ net }, host) => {
      const socket = new net.WebSocket(`ws://${host}/`, { protocols: 'chat', headers: { 'x-test': 'yes' } })
      const heard: string[] = []
      socket.onmessage = ({ data }: MessageEvent<string | Buffer>) => {
        heard.push(typeof data === 'string' ? data : `bytes ${data.toString('hex')}`)
        if (heard.length === 1) socket.send('text')
        else if (heard.length === 2) socket.send(new Uint8Array([1, 255]))
        else socket.send('close me')
      }
      const states = [socket.readyState]
      socket.onopen = () => states.push(socket.readyState)
      const closed = await new Promise<CloseEvent>((resolve) => (socket.onclose = resolve))
      states.push(socket.readyState)
      const { code, reason, wasClean } = closed
      return { heard, states, protocol: socket.protocol, closed: { code, reason, wasClean } }
    }, base),
  ).toEqual({
    heard: [JSON.stringify({ origin: `http://${base}`, header: 'yes' }), 'text', 'bytes 01ff'],
    states: [0, 1, 3],
    protocol: 'chat',
    closed: { code: 4001, reason: 'as asked', wasClean: true },
  })
})

test('net.WebSocket tells of a refused connection and of a cut one', async ({ app }) => {
  const events = (url: string, first?: string) =>
    app.evaluate(
      async ({ net }, [address, message]) => {
        const socket = new net.WebSocket(address as string)
        const seen: string[] = []
        if (message) socket.addEventListener('open', () => socket.send(message))
        socket.addEventListener('error', () => seen.push(`error ${socket.readyState}`))
        await new Promise<void>((resolve) =>
          socket.addEventListener('close', (event) => {
            const { code, wasClean } = event as CloseEvent
            seen.push(`close ${code} ${wasClean}`)
            resolve()
          }),
        )
        return seen
      },
      [url, first] as const,
    )
  expect(await events(`ws://${nobody}/`)).toEqual(['error 3', 'close 1006 false'])
  expect((await events(`ws://${base}/`, 'drop me')).at(-1)).toBe('close 1006 false')
})
