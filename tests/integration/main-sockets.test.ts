import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSocketClient, type WebSocketClass } from '../../src/main/adapters/sockets.ts'

// The WebSocket of `ws` in place of Electron's `net.WebSocket`: both follow the WHATWG's.
const sockets = createSocketClient(WebSocket as unknown as WebSocketClass)
let server: WebSocketServer
let url: string

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(() => {
  for (const client of server.clients) client.terminate()
  server.close()
})

function open(address: string) {
  const heard: unknown[] = []
  const socket = sockets.open(address, {
    opened: () => heard.push('opened'),
    message: (text) => heard.push(text),
    closed: (code, reason) => heard.push(['closed', code, reason]),
  })
  return { socket, heard }
}

it('carries text both ways, and nothing that is not text', async () => {
  server.on('connection', (peer) =>
    peer.on('message', (data) => {
      peer.send(Buffer.from([1, 2, 3]))
      peer.send(`you said ${String(data)}`)
    }),
  )
  const { socket, heard } = open(url)
  await expect.poll(() => heard).toEqual(['opened'])
  socket.send('hello')
  await expect.poll(() => heard).toEqual(['opened', 'you said hello'])
})

it('tells why the server closed', async () => {
  server.on('connection', (peer) => peer.close(4401, 'expired'))
  const { heard } = open(url)
  await expect.poll(() => heard).toEqual(['opened', ['closed', 4401, 'expired']])
})

it('is closed once, with 1006, when nobody listens or the address is none', async () => {
  server.close()
  await once(server, 'close')
  const refused = open(url)
  await expect.poll(() => refused.heard).toEqual([['closed', 1006, '']])
  const wrong = open('ws://')
  await expect.poll(() => wrong.heard).toEqual([['closed', 1006, expect.any(String)]])
})

it('is closed at once on our side when the other side is gone without a word', async () => {
  const connected = once(server, 'connection')
  const { socket, heard } = open(url)
  const [peer] = (await connected) as [WebSocket]
  await expect.poll(() => heard).toEqual(['opened'])
  // The peer reads nothing any more, as a machine that lost its network.
  peer.pause()
  socket.close()
  await Promise.resolve()
  expect(heard).toEqual(['opened', ['closed', 1000, '']])
  peer.terminate()
  await once(peer, 'close')
  socket.send('too late')
  expect(heard).toHaveLength(2)
})

it('can be closed before it is open', async () => {
  const { socket, heard } = open(url)
  socket.send('too early')
  socket.close()
  await expect.poll(() => heard).toEqual([['closed', 1000, '']])
})
