import type { Socket, SocketClient } from '../../core/ports.ts'

/** The part of the WHATWG WebSocket that is used here; Electron's `net.WebSocket` has it. */
interface WebSocketLike {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: string, listener: (event: Event) => void): void
}
export type WebSocketClass = new (url: string) => WebSocketLike

const OPEN = 1
/** RFC 6455 §7.1.5: no close frame was received. */
const ABNORMAL = 1006

/** Sockets through Chromium's network stack, with the system's proxy and certificates. */
export function createSocketClient(WebSocket: WebSocketClass): SocketClient {
  return {
    open(url, handlers): Socket {
      let over = false
      const closed = (code: number, reason: string) => {
        if (over) return
        over = true
        handlers.closed(code, reason)
      }

      let socket: WebSocketLike
      try {
        socket = new WebSocket(url)
      } catch (error) {
        queueMicrotask(() => closed(ABNORMAL, error instanceof Error ? error.message : 'refused'))
        return { send: () => {}, close: () => {} }
      }
      socket.addEventListener('open', () => {
        if (!over) handlers.opened()
      })
      socket.addEventListener('message', (event) => {
        const { data } = event as MessageEvent<unknown>
        // Our protocol is text; anything else is not from our server.
        if (!over && typeof data === 'string') handlers.message(data)
      })
      // Says no more than that `close` is coming.
      socket.addEventListener('error', () => {})
      socket.addEventListener('close', (event) => {
        const { code, reason } = event as CloseEvent
        closed(code, reason)
      })

      return {
        send(text) {
          if (!over && socket.readyState === OPEN) socket.send(text)
        },
        close(code = 1000, reason = '') {
          socket.close(code, reason)
          // A half-open connection has nobody to wait for: the handshake goes on without us.
          queueMicrotask(() => closed(code, reason))
        },
      }
    },
  }
}
