/** Chromium's DevTools protocol over a pipe: JSON messages, each ended by a zero byte. */
import type { Readable, Writable } from 'node:stream'
import type { Protocol } from 'devtools-protocol'

type Commands = Protocol.CommandParameters
type Results = Protocol.CommandReturnValues
type Events = Protocol.EventMap

type Parameters<M extends keyof Commands> =
  Record<string, never> extends Commands[M] ? [params?: Commands[M]] : [params: Commands[M]]

export class DevToolsError extends Error {
  override readonly name = 'DevToolsError'
}

/** One conversation: with the browser itself, or with one page. */
export interface DevToolsSession {
  /** @throws DevToolsError when Chromium refuses, or is gone. */
  send<M extends keyof Commands & keyof Results>(method: M, ...params: Parameters<M>): Promise<Results[M]>
  on<E extends keyof Events>(event: E, listener: (payload: Events[E][0]) => void): void
}

export interface DevTools extends DevToolsSession {
  session(id: string): DevToolsSession
}

interface Waiting {
  readonly method: string
  resolve(result: unknown): void
  reject(error: Error): void
}

interface Incoming {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly method?: string
  readonly params?: unknown
  readonly sessionId?: string
}

export function connectDevTools(toChromium: Writable, fromChromium: Readable): DevTools {
  const waiting = new Map<number, Waiting>()
  const listeners = new Map<string, ((payload: never) => void)[]>()
  let lastId = 0
  let isOpen = true

  function close() {
    if (!isOpen) return
    isOpen = false
    for (const { method, reject } of waiting.values())
      reject(new DevToolsError(`${method}: Chromium is gone`))
    waiting.clear()
  }

  function receive(text: string) {
    const message = JSON.parse(text) as Incoming
    if (message.id === undefined) {
      for (const listener of listeners.get(`${message.sessionId ?? ''} ${message.method}`) ?? []) {
        listener(message.params as never)
      }
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error) call?.reject(new DevToolsError(`${call.method}: ${message.error.message}`))
    else call?.resolve(message.result)
  }

  // A long message arrives in many pieces; they are joined once, when its end is there.
  let pieces: Buffer[] = []
  fromChromium.on('data', (data: Buffer) => {
    let start = 0
    for (let end = data.indexOf(0); end >= 0; end = data.indexOf(0, start)) {
      pieces.push(data.subarray(start, end))
      const text = Buffer.concat(pieces).toString('utf8')
      pieces = []
      start = end + 1
      receive(text)
    }
    if (start < data.length) pieces.push(data.subarray(start))
  })
  fromChromium.on('close', close)
  fromChromium.on('error', close)
  toChromium.on('error', close)

  const conversation = (sessionId?: string): DevToolsSession => ({
    send: (method, ...params) =>
      new Promise((resolve, reject) => {
        if (!isOpen) return reject(new DevToolsError(`${method}: Chromium is gone`))
        const id = ++lastId
        waiting.set(id, { method, resolve: resolve as (result: unknown) => void, reject })
        toChromium.write(`${JSON.stringify({ id, method, params: params[0] ?? {}, sessionId })}\0`)
      }),
    on(event, listener) {
      const key = `${sessionId ?? ''} ${event}`
      listeners.set(key, [...(listeners.get(key) ?? []), listener])
    },
  })

  return { ...conversation(), session: (id) => conversation(id) }
}
