import { EventEmitter } from 'node:events'
import { completeClass } from '../unimplemented.ts'
import type { WebContents } from './web-contents.ts'
import type { WebFrameMain } from './web-frame.ts'

export interface IpcEvent {
  readonly type: 'frame'
  readonly sender: WebContents
  readonly senderFrame: WebFrameMain
  readonly frameId: number
  readonly processId: number
  readonly ports: readonly never[]
  readonly defaultPrevented: boolean
  preventDefault(): void
  /** For messages that were sent, not invoked. */
  reply(channel: string, ...args: unknown[]): void
}

type Handler = (event: IpcEvent, ...args: unknown[]) => unknown

export class IpcMain extends EventEmitter {
  static {
    completeClass(IpcMain, 'ipcMain')
  }

  readonly #handlers = new Map<string, Handler>()

  constructor() {
    super()
    // A channel may be called "error", for which an emitter throws when nobody listens.
    this.on('error', () => {})
  }

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`)
    if (typeof handler !== 'function') {
      throw new TypeError(`Expected handler to be a function, but found type '${typeof handler}'`)
    }
    this.#handlers.set(channel, handler)
  }

  handleOnce(channel: string, handler: Handler): void {
    this.handle(channel, (event, ...args) => {
      this.removeHandler(channel)
      return handler(event, ...args)
    })
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  /** For the host only. */
  static handlerOf(ipc: IpcMain, channel: string): Handler | undefined {
    return ipc.#handlers.get(channel)
  }
}
