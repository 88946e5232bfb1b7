/**
 * The network between the app and its server, on a port of its own. It carries HTTP and WebSockets, keeps a record
 * of both, and breaks when told to. What it carried is also how a test knows which tokens exist.
 */
import { Agent, createServer, request as openRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'

export interface CarriedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Epoch milliseconds. */
  readonly at: number
  /** Null until the server answered, and for ever when it did not. */
  readonly status: number | null
  /** The answer was given to the client. */
  readonly delivered: boolean
}

export interface CarriedSocket {
  readonly path: string
  /** Epoch milliseconds. */
  readonly openedAt: number
  /** Null while it is open. */
  readonly closedAt: number | null
  /** RFC 6455 §7.4; 1006 when it was cut. Null while it is open. */
  readonly closeCode: number | null
}

export interface FaultyNetwork {
  /** What to tell the app instead of the server's own address. */
  readonly url: string
  /** In the order they came. */
  readonly requests: readonly CarriedRequest[]
  /** In the order they were opened. */
  readonly sockets: readonly CarriedSocket[]
  /** Every access and refresh token that went through, in either direction. */
  readonly tokens: ReadonlySet<string>
  /** @param path exactly, or a pattern */
  count(method: string, path: string | RegExp): number
  /**
   * `refused`: every connection is cut and no new one is taken. `silent`: connections stand and take what is sent,
   * but nothing arrives, in either direction, until the network is up again.
   */
  down(how: 'refused' | 'silent'): Promise<void>
  up(): Promise<void>
  /** Resets every connection there is, once. New ones work. */
  cut(): void
  /** Milliseconds that everything takes longer from now on, each way. */
  delay(ms: number): void
  /** The next such request reaches the server, which acts on it; the answer is lost and the connection cut. */
  loseNextAnswer(method: string, path: string): void
  close(): Promise<void>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const LARGEST_LOOKED_INTO = 1024 * 1024
const TOKEN_FIELDS = ['access_token', 'refresh_token', 'accessToken', 'token']
/** RFC 9110 §7.6.1: of one connection only, so not passed on. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']
/** RFC 6455 §7.4.1: these are never sent in a frame. */
const UNSENDABLE_CODES = [1005, 1006, 1015]

const withoutHopByHop = (headers: NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

function startSilence() {
  let end = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over, end }
}

/** @param target origin of the server, such as `http://127.0.0.1:8787` */
export async function startFaultyNetwork(target: string): Promise<FaultyNetwork> {
  const server = createServer()
  const toServer = new Agent({ keepAlive: true })
  const webSockets = new WebSocketServer({ noServer: true, autoPong: false })
  const requests: Mutable<CarriedRequest>[] = []
  const sockets: Mutable<CarriedSocket>[] = []
  const tokens = new Set<string>()
  const connections = new Set<Socket>()
  const pairs = new Set<readonly [WebSocket, WebSocket]>()
  const answersToLose: { method: string; path: string }[] = []
  let latency = 0
  let silence: { readonly over: Promise<void>; end(): void } | null = null

  /** The way from one side to the other: as long as the latency, and not at all while the network is silent. */
  async function travel(): Promise<void> {
    if (latency > 0) await wait(latency)
    await silence?.over
  }

  function remember(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    for (const [name, content] of Object.entries(value)) {
      if (TOKEN_FIELDS.includes(name) && typeof content === 'string') tokens.add(content)
      else remember(content)
    }
  }

  function lookInto(text: string): void {
    if (text.length > LARGEST_LOOKED_INTO) return
    try {
      remember(JSON.parse(text))
    } catch {
      // Not JSON, so none of ours.
    }
  }

  /** Passes a body on as it comes, and looks into it once it is whole. */
  async function carryBody(from: IncomingMessage, to: NodeJS.WritableStream): Promise<void> {
    const isJson = (from.headers['content-type'] ?? '').includes('json')
    let text = ''
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (isJson && text.length <= LARGEST_LOOKED_INTO) text += chunk.toString('utf8')
      await silence?.over
      to.write(chunk)
    }
    to.end()
    if (text) lookInto(text)
  }

  async function carryRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming
    const { pathname: path } = new URL(url, target)
    const record: Mutable<CarriedRequest> = { method, path, at: Date.now(), status: null, delivered: false }
    requests.push(record)
    const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
    if (bearer) tokens.add(bearer)
    await travel()
    if (incoming.socket.destroyed) return

    const forwarded = openRequest(new URL(url, target), {
      method,
      agent: toServer,
      headers: { ...withoutHopByHop(headers), host: new URL(target).host },
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      forwarded.once('response', resolve).once('error', reject)
    })
    // The error of one is the error of both; it is handled where the answer is awaited.
    carryBody(incoming, forwarded).catch((error: Error) => forwarded.destroy(error))
    const answer = await answered
    record.status = answer.statusCode ?? null
    await travel()
    const lost = answersToLose.findIndex((one) => one.method === method && one.path === path)
    if (lost >= 0) {
      answersToLose.splice(lost, 1)
      answer.resume()
      incoming.socket.resetAndDestroy()
      return
    }
    outgoing.writeHead(record.status ?? 502, withoutHopByHop(answer.headers))
    await carryBody(answer, outgoing)
    record.delivered = !incoming.socket.destroyed
  }

  function joinSockets(client: WebSocket, upstream: WebSocket, path: string): void {
    const record: Mutable<CarriedSocket> = { path, openedAt: Date.now(), closedAt: null, closeCode: null }
    sockets.push(record)
    const pair = [client, upstream] as const
    pairs.add(pair)
    const link = (from: WebSocket, to: WebSocket) => {
      // One after the other, so that no frame overtakes another while the network is silent.
      let line = Promise.resolve()
      const pass = (send: () => void) => {
        line = line.then(travel).then(() => {
          if (to.readyState === WebSocket.OPEN) send()
        })
      }
      from.on('message', (data: Buffer, isBinary) => {
        lookInto(data.toString('utf8'))
        pass(() => to.send(data, { binary: isBinary }))
      })
      // Passed on and not answered here: whether the other side still lives is what a ping asks.
      from.on('ping', (data) => pass(() => to.ping(data)))
      from.on('pong', (data) => pass(() => to.pong(data)))
      from.on('close', (code, reason) => {
        pairs.delete(pair)
        record.closedAt ??= Date.now()
        record.closeCode ??= code
        pass(() => {
          if (code === 1005) to.close()
          else if (UNSENDABLE_CODES.includes(code)) to.terminate()
          else to.close(code, reason)
        })
      })
      // A close follows, and says all there is to say.
      from.on('error', () => {})
    }
    link(client, upstream)
    link(upstream, client)
  }

  async function carrySocket(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { url = '/', headers } = incoming
    await travel()
    const address = new URL(url, target)
    const { pathname: path } = address
    address.protocol = 'ws:'
    const own = Object.entries(headers).filter(
      ([name]) => !name.startsWith('sec-websocket-') && !HOP_BY_HOP.includes(name) && name !== 'host',
    )
    const upstream = new WebSocket(address, {
      headers: Object.fromEntries(own) as Record<string, string>,
      autoPong: false,
    })
    upstream.once('unexpected-response', (_request, { statusCode = 502, statusMessage = '' }) => {
      socket.end(`HTTP/1.1 ${statusCode} ${statusMessage}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
    upstream.once('error', () => socket.destroy())
    upstream.once('open', () => {
      webSockets.handleUpgrade(incoming, socket, head, (client) => joinSockets(client, upstream, path))
    })
  }

  function cut(): void {
    for (const connection of connections) connection.resetAndDestroy()
    // The server hears of it too, as it would when the laptop is gone.
    for (const [, upstream] of pairs) upstream.terminate()
  }

  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const stopListening = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      cut()
    })

  server.on('connection', (connection: Socket) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection)).on('error', () => {})
  })
  server.on('request', (incoming, outgoing) => {
    // The server did not answer; then the client gets no answer either.
    carryRequest(incoming, outgoing).catch(() => incoming.socket.resetAndDestroy())
  })
  server.on('upgrade', (incoming, socket, head) => {
    carrySocket(incoming, socket, head).catch(() => socket.destroy())
  })
  await listen(0)
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sockets,
    tokens,
    count: (method, path) =>
      requests.filter(
        (one) =>
          one.method === method && (typeof path === 'string' ? one.path === path : path.test(one.path)),
      ).length,
    async down(how) {
      if (how === 'silent') silence ??= startSilence()
      else if (server.listening) await stopListening()
    },
    async up() {
      silence?.end()
      silence = null
      if (!server.listening) await listen(port)
    },
    cut,
    delay(ms) {
      latency = ms
    },
    loseNextAnswer(method, path) {
      answersToLose.push({ method, path })
    },
    async close() {
      silence?.end()
      if (server.listening) await stopListening()
      toServer.destroy()
      webSockets.close()
    },
  }
}
