import { originOf } from '../custom-schemes.ts'
import { completeClass } from '../unimplemented.ts'

/** What a frame needs of the page it is in. */
export interface FrameHost {
  send(frame: WebFrameMain, channel: string, args: readonly unknown[]): void
  evaluate(code: string): Promise<unknown>
  reload(): void
}

/** The top frame of a window while it shows one document. Frames inside have no preload, and no object here. */
export class WebFrameMain {
  static {
    completeClass(WebFrameMain, 'WebFrameMain')
  }

  readonly processId = 1
  readonly routingId = 1
  readonly frameTreeNodeId = 1
  readonly parent = null
  readonly frames: readonly WebFrameMain[] = []
  readonly name: string
  /** Changes when the page changes its own address without loading. */
  url: string
  detached = false
  readonly #host: FrameHost

  constructor(host: FrameHost, url: string, name: string) {
    this.#host = host
    this.url = url
    this.name = name
  }

  get origin(): string {
    return originOf(this.url)
  }
  get top(): WebFrameMain {
    return this
  }
  get framesInSubtree(): readonly WebFrameMain[] {
    return [this]
  }
  isDestroyed(): boolean {
    return this.detached
  }
  send(channel: string, ...args: unknown[]): void {
    this.#host.send(this, channel, args)
  }
  executeJavaScript(code: string): Promise<unknown> {
    return this.#host.evaluate(code)
  }
  reload(): boolean {
    this.#host.reload()
    return true
  }
}
