import { decode, encode } from '../structured-clone.ts'
import { completeClass } from '../unimplemented.ts'
import { EventEmitter } from './emitter.ts'

/** From the page to the host; `args` and `value` are texts of structured-clone.ts. */
export type ToHost =
  /** First of all, from every new document. */
  | { readonly kind: 'document'; readonly url: string; readonly name: string }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'send'; readonly channel: string; readonly args: string }
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly args: string }
  | {
      readonly kind: 'open-window'
      readonly url: string
      readonly frameName: string
      readonly features: string
    }
  | { readonly kind: 'preload-error'; readonly message: string; readonly stack: string }

export type ToPage =
  | { readonly kind: 'message'; readonly channel: string; readonly args: string }
  | { readonly kind: 'reply'; readonly id: number; readonly ok: true; readonly value: string }
  /** Electron sends the error as text, name and message. */
  | { readonly kind: 'reply'; readonly id: number; readonly ok: false; readonly error: string }

interface Call {
  readonly channel: string
  resolve(value: unknown): void
  reject(error: Error): void
}

const checkChannel = (channel: unknown) => {
  if (typeof channel !== 'string')
    throw new TypeError('Error processing argument at index 0, conversion failure')
}

export class IpcRenderer extends EventEmitter {
  static {
    completeClass(IpcRenderer, 'ipcRenderer')
  }

  readonly #post: (message: ToHost) => void
  readonly #calls = new Map<number, Call>()
  #lastId = 0

  constructor(post: (message: ToHost) => void) {
    super()
    this.#post = post
  }

  send(channel: string, ...args: unknown[]): void {
    checkChannel(channel)
    this.#post({ kind: 'send', channel, args: encode(args) })
  }

  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    checkChannel(channel)
    const id = ++this.#lastId
    const text = encode(args)
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { channel, resolve, reject })
      this.#post({ kind: 'invoke', id, channel, args: text })
    })
  }

  /** For the host only. */
  static receive(ipc: IpcRenderer, message: ToPage): void {
    if (message.kind === 'message') {
      ipc.emit(message.channel, { sender: ipc, ports: [] }, ...(decode(message.args) as unknown[]))
      return
    }
    const call = ipc.#calls.get(message.id)
    ipc.#calls.delete(message.id)
    if (message.ok) call?.resolve(decode(message.value))
    else call?.reject(new Error(`Error invoking remote method '${call.channel}': ${message.error}`))
  }
}
