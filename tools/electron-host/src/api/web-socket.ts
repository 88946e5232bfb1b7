/** `net.WebSocket` over the package ws: the same face, without cookies, proxies and the system's certificates. */
import { WebSocket as Connection, type ClientOptions, type RawData } from 'ws'
import { completeClass } from '../unimplemented.ts'

type BinaryType = 'nodebuffer' | 'arraybuffer' | 'blob'
type Handler = ((event: Event) => void) | null

export interface WebSocketOptions {
  readonly protocols?: string | readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly origin?: string
  readonly useSessionCookies?: boolean
}

/** Node 20 has no such event. */
class CloseEvent extends Event {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  constructor(code: number, reason: string) {
    super('close')
    this.code = code
    this.reason = reason
    this.wasClean = code !== 1006
  }
}

/** RFC 9110 §5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-zA-Z]+$/

function parseAddress(address: string | URL): URL {
  if (!URL.canParse(address)) throw new DOMException(`Invalid URL: '${address}'`, 'SyntaxError')
  const url = new URL(address)
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new DOMException(
      `The URL's scheme must be either 'ws', 'wss', 'http', or 'https'. '${url.protocol.slice(0, -1)}' is not allowed.`,
      'SyntaxError',
    )
  }
  if (url.href.includes('#')) {
    throw new DOMException('The URL contains a fragment identifier, which is not allowed.', 'SyntaxError')
  }
  return url
}

function checkProtocols(protocols: readonly string[]): string[] {
  for (const [i, protocol] of protocols.entries()) {
    if (!TOKEN.test(protocol) || protocols.indexOf(protocol) < i) {
      throw new DOMException(`The subprotocol '${protocol}' is invalid.`, 'SyntaxError')
    }
  }
  return [...protocols]
}

const toBytes = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)

export class WebSocket extends EventTarget {
  static {
    completeClass(WebSocket, 'WebSocket')
  }

  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readonly url: string
  readonly #connection: Connection
  readonly #handlers = new Map<string, NonNullable<Handler>>()
  #binaryType: BinaryType = 'nodebuffer'

  constructor(address: string | URL, protocolsOrOptions: string | readonly string[] | WebSocketOptions = []) {
    super()
    const url = parseAddress(address)
    const isProtocols = typeof protocolsOrOptions === 'string' || Array.isArray(protocolsOrOptions)
    const options: WebSocketOptions = isProtocols
      ? { protocols: protocolsOrOptions as string | readonly string[] }
      : (protocolsOrOptions as WebSocketOptions)
    if (options.useSessionCookies) {
      throw new Error('electron-host: useSessionCookies of net.WebSocket is not implemented.')
    }
    this.url = url.href
    const settings: ClientOptions = {
      headers: { ...options.headers },
      origin: options.origin ?? new URL(url.href.replace(/^ws/, 'http')).origin,
    }
    this.#connection = new Connection(url, checkProtocols([options.protocols ?? []].flat()), settings)
    this.#listen()
  }

  #listen(): void {
    const connection = this.#connection
    let hasFailed = false
    connection.on('open', () => this.dispatchEvent(new Event('open')))
    connection.on('error', () => (hasFailed = true))
    connection.on('close', (code, reason) => {
      // The standard tells of an error when the connection is closed already, and not before.
      if (hasFailed) this.dispatchEvent(new Event('error'))
      this.dispatchEvent(new CloseEvent(code, reason.toString()))
    })
    connection.on('message', (data: RawData, isBinary) => {
      if (connection.readyState !== Connection.OPEN) return
      const bytes = data as Buffer
      this.dispatchEvent(
        new MessageEvent('message', {
          data: isBinary ? this.#asBinary(bytes) : bytes.toString('utf8'),
          origin: new URL(this.url).origin,
        }),
      )
    })
  }

  #asBinary(bytes: Buffer): Buffer | ArrayBuffer | Blob {
    if (this.#binaryType === 'nodebuffer') return bytes
    const copy = Uint8Array.from(bytes)
    return this.#binaryType === 'blob' ? new Blob([copy]) : copy.buffer
  }

  get readyState(): number {
    return this.#connection.readyState
  }
  get protocol(): string {
    return this.#connection.protocol
  }
  get extensions(): string {
    return this.#connection.extensions
  }
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount
  }
  get binaryType(): BinaryType {
    return this.#binaryType
  }
  set binaryType(type: BinaryType) {
    if (type === 'nodebuffer' || type === 'arraybuffer' || type === 'blob') this.#binaryType = type
  }

  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.readyState === WebSocket.CONNECTING) {
      throw new DOMException('Still in CONNECTING state.', 'InvalidStateError')
    }
    if (data instanceof Blob) throw new Error('electron-host: net.WebSocket does not send Blobs.')
    // After closing, the standard drops what is sent.
    if (this.readyState !== WebSocket.OPEN) return
    this.#connection.send(typeof data === 'string' ? data : toBytes(data), () => {})
  }

  /** @param code 1000, or 3000 to 4999. */
  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(
        `The close code must be either 1000, or between 3000 and 4999. ${code} is neither.`,
        'InvalidAccessError',
      )
    }
    if (Buffer.byteLength(reason) > 123) {
      throw new DOMException('The close reason must not be greater than 123 UTF-8 bytes.', 'SyntaxError')
    }
    this.#connection.close(code, reason)
  }

  #setHandler(type: string, handler: Handler): void {
    const before = this.#handlers.get(type)
    if (before) this.removeEventListener(type, before)
    if (typeof handler !== 'function') {
      this.#handlers.delete(type)
      return
    }
    this.#handlers.set(type, handler)
    this.addEventListener(type, handler)
  }
  get onopen(): Handler {
    return this.#handlers.get('open') ?? null
  }
  set onopen(handler: Handler) {
    this.#setHandler('open', handler)
  }
  get onmessage(): Handler {
    return this.#handlers.get('message') ?? null
  }
  set onmessage(handler: Handler) {
    this.#setHandler('message', handler)
  }
  get onerror(): Handler {
    return this.#handlers.get('error') ?? null
  }
  set onerror(handler: Handler) {
    this.#setHandler('error', handler)
  }
  get onclose(): Handler {
    return this.#handlers.get('close') ?? null
  }
  set onclose(handler: Handler) {
    this.#setHandler('close', handler)
  }
}
