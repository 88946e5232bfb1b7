/**
 * The DevTools address the host announces. Messages pass as they are but for addresses of custom schemes, so that
 * Playwright sees `app://lectern/` where Chromium shows the stand-in.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer, type RawData } from 'ws'
import { fromStandIn, toStandIn } from '../custom-schemes.ts'

export interface Relay {
  readonly address: string
  /** Whether somebody, such as Playwright, is connected. */
  readonly isWatched: boolean
}

/** In Electron the app answers `beforeunload`, before a DevTools client could; Playwright would always accept. */
const asksToLeave = (message: string) =>
  message.startsWith('{"method":"Page.javascriptDialogOpening"') && message.includes('"type":"beforeunload"')

/** @param chromium address of Chromium's own DevTools endpoint. */
export async function startRelay(chromium: string): Promise<Relay> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  http.unref()
  const { port } = http.address() as AddressInfo
  const path = new URL(chromium).pathname
  // Screenshots and heap snapshots are long; both sides are on this machine.
  const limits = { perMessageDeflate: false, maxPayload: 1024 ** 3 }
  const clients = new WebSocketServer({ server: http, path, ...limits })

  clients.on('connection', (client) => {
    const upstream = new WebSocket(chromium, limits)
    const early: string[] = []
    client.on('message', (data: RawData) => {
      const text = toStandIn(data.toString())
      if (upstream.readyState === WebSocket.OPEN) upstream.send(text)
      else early.push(text)
    })
    upstream.on('open', () => {
      for (const text of early.splice(0)) upstream.send(text)
    })
    upstream.on('message', (data: RawData) => {
      const text = data.toString()
      if (!asksToLeave(text)) client.send(fromStandIn(text))
    })
    client.on('close', () => upstream.close())
    upstream.on('close', () => client.close())
    client.on('error', () => upstream.terminate())
    upstream.on('error', () => client.terminate())
  })
  return {
    address: `ws://127.0.0.1:${port}${path}`,
    get isWatched() {
      return clients.clients.size > 0
    },
  }
}
