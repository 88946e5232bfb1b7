import { EventEmitter } from 'node:events'
import { encode } from '../structured-clone.ts'
import { complete, completeClass } from '../unimplemented.ts'
import { LoadFailed, Page, type PageEvents } from '../chromium/page.ts'
import type { PageScripts } from '../page-scripts.ts'
import { getRunning } from '../running.ts'
import { preventable } from './events.ts'
import { IpcMain, type IpcEvent } from './ipc-main.ts'
import { createImage, type NativeImage } from './native-image.ts'
import { record } from './desktop.ts'
import { errorCodeOf } from './net-errors.ts'
import { settlePermissions } from './permissions.ts'
import { defaultSession } from './session.ts'
import { WebFrameMain } from './web-frame.ts'

export interface WindowOpenDetails {
  readonly url: string
  readonly frameName: string
  readonly features: string
  readonly disposition: 'foreground-tab' | 'new-window'
  readonly referrer: { readonly url: string; readonly policy: string }
}
type WindowOpenHandler = (details: WindowOpenDetails) => { readonly action: 'deny' | 'allow' }

export interface WebContentsOptions {
  readonly width: number
  readonly height: number
  readonly x: number | undefined
  readonly y: number | undefined
  readonly scripts: PageScripts
  readonly preload: string | null
  readonly ipcMain: IpcMain
}

/** What only the window may ask of its contents. */
export interface WebContentsOwner {
  /** Runs once the page is there, and not at all once it is gone. */
  withPage(run: (page: Page) => Promise<unknown>): void
  targetId(): string | undefined
  /** Whether the host itself is loading something into the page. */
  isDriven(): boolean
  crashed(reason: string): void
  gone(): void
  openWindow(url: string, frameName: string, features: string): void
}

let lastId = 0
const all = new Map<number, WebContents>()
const owners = new WeakMap<WebContents, WebContentsOwner>()

export const ownerOf = (contents: WebContents): WebContentsOwner => owners.get(contents) as WebContentsOwner

export class WebContents extends EventEmitter {
  static {
    completeClass(WebContents, 'webContents')
  }

  static getAllWebContents(): WebContents[] {
    return [...all.values()]
  }
  static fromId(id: number): WebContents | undefined {
    return all.get(id)
  }
  static fromDevToolsTargetId(targetId: string): WebContents | undefined {
    return [...all.values()].find((contents) => ownerOf(contents).targetId() === targetId)
  }

  readonly id = ++lastId
  readonly ipc = new IpcMain()
  readonly session = defaultSession
  readonly hostWebContents = null
  readonly devToolsWebContents = null
  readonly #page: Promise<Page>
  readonly #ipcMain: IpcMain
  readonly #preload: string | null
  #opened: Page | undefined
  #targetId: string | undefined
  #frame: WebFrameMain
  #title = ''
  #windowOpenHandler: WindowOpenHandler | undefined
  #isLoading = false
  #isDestroyed = false
  #isCrashed = false

  constructor({ scripts, preload, ipcMain, ...place }: WebContentsOptions) {
    super()
    this.#ipcMain = ipcMain
    this.#preload = preload
    this.#frame = this.#newFrame('', '')
    all.set(this.id, this)
    this.#page = Page.open(
      getRunning().chromium.devtools,
      { ...place, scripts },
      this.#events(),
      (targetId) => {
        this.#targetId = targetId
      },
    )
    this.#page.then(
      (page) => (this.#opened = page),
      (error: unknown) => {
        if (!this.#isDestroyed) console.error(error)
      },
    )
    owners.set(this, this.#owner())
  }

  #owner(): WebContentsOwner {
    return {
      withPage: (run) => this.#withPage(run),
      targetId: () => this.#targetId,
      isDriven: () => this.#opened?.isDriven ?? true,
      crashed: (reason) => {
        this.#isCrashed = true
        this.emit('render-process-gone', preventable(), { reason, exitCode: 1 })
      },
      gone: () => {
        if (this.#isDestroyed) return
        this.#isDestroyed = true
        this.#opened?.abandon()
        this.#frame.detached = true
        all.delete(this.id)
        this.emit('destroyed')
      },
      openWindow: (url, frameName, features) => this.#openWindow(url, frameName, features),
    }
  }

  #withPage(run: (page: Page) => Promise<unknown>): void {
    this.#page
      .then((page) => (this.#isDestroyed ? undefined : run(page)))
      .catch((error: unknown) => {
        if (!this.#isDestroyed) console.error(error)
      })
  }

  #newFrame(url: string, name: string): WebFrameMain {
    return new WebFrameMain(
      {
        send: (frame, channel, args) => {
          if (!frame.detached) this.send(channel, ...args)
        },
        evaluate: (code) => this.executeJavaScript(code),
        reload: () => this.reload(),
      },
      url,
      name,
    )
  }

  #events(): PageEvents {
    return {
      document: (url, name) => {
        this.#frame.detached = true
        this.#frame = this.#newFrame(url, name)
        this.#isCrashed = false
        settlePermissions(this, url).catch((error: unknown) => {
          if (!this.#isDestroyed) console.error(error)
        })
        this.emit('did-navigate', preventable(), url, 200, 'OK')
        this.emit('did-frame-navigate', preventable(), url, 200, 'OK', true, 1, 1)
      },
      addressChanged: (url) => {
        this.#frame.url = url
        this.emit('did-navigate-in-page', preventable(), url, true, 1, 1)
      },
      titleChanged: (title) => {
        if (title === this.#title) return
        this.#title = title
        this.emit('page-title-updated', preventable(), title, true)
      },
      loadingStarted: () => {
        this.#isLoading = true
        this.emit('did-start-loading')
      },
      domReady: () => this.emit('dom-ready', preventable()),
      loaded: () => {
        this.#isLoading = false
        this.emit('did-frame-finish-load', preventable(), true, 1, 1)
        this.emit('did-finish-load')
        this.emit('did-stop-loading')
      },
      painted: () => this.emit('-painted'),
      send: (channel, args) => {
        const event = this.#ipcEvent()
        this.emit('ipc-message', event, channel, ...args)
        this.ipc.emit(channel, event, ...args)
        this.#ipcMain.emit(channel, event, ...args)
      },
      invoke: (channel, args) => this.#invoke(channel, args),
      openWindow: (url, frameName, features) => this.#openWindow(url, frameName, features),
      preloadFailed: (error) => {
        console.error(`Unable to load preload script: ${this.#preload}`, error)
        this.emit('preload-error', preventable(), this.#preload, error)
      },
      unloadPrevented: () => {
        const event = preventable()
        this.emit('will-prevent-unload', event)
        return event.defaultPrevented
      },
      dialogOpened: (type, message) => {
        // Playwright answers dialogs; without it nobody would, and the page would stand still.
        if (getRunning().relay.isWatched) return null
        console.error(`electron-host: the page's ${type} was dismissed: ${message}`)
        return false
      },
    }
  }

  #ipcEvent(): IpcEvent {
    const frame = this.#frame
    return Object.assign(preventable(), {
      type: 'frame' as const,
      sender: this,
      senderFrame: frame,
      frameId: frame.routingId,
      processId: frame.processId,
      ports: [],
      reply: (channel: string, ...args: unknown[]) => frame.send(channel, ...args),
    })
  }

  async #invoke(channel: string, args: readonly unknown[]): Promise<string> {
    const handler = IpcMain.handlerOf(this.ipc, channel) ?? IpcMain.handlerOf(this.#ipcMain, channel)
    if (!handler) throw new Error(`No handler registered for '${channel}'`)
    try {
      return encode(await handler(this.#ipcEvent(), ...args))
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error)
      throw error
    }
  }

  #openWindow(url: string, frameName: string, features: string): void {
    const decision = this.#windowOpenHandler?.({
      url,
      frameName,
      features,
      disposition: features ? 'new-window' : 'foreground-tab',
      referrer: { url: '', policy: 'strict-origin-when-cross-origin' },
    })
    if (decision?.action === 'deny') return
    console.error(`electron-host: windows opened by pages are not implemented, so '${url}' was not opened.`)
  }

  get mainFrame(): WebFrameMain {
    return this.#frame
  }
  getURL(): string {
    return this.#frame.url
  }
  getTitle(): string {
    return this.#title
  }
  getType(): string {
    return 'window'
  }
  isDestroyed(): boolean {
    return this.#isDestroyed
  }
  isCrashed(): boolean {
    return this.#isCrashed
  }
  isLoading(): boolean {
    return this.#isLoading
  }
  isLoadingMainFrame(): boolean {
    return this.#isLoading
  }
  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#windowOpenHandler = handler
  }

  /** @throws Error with Chromium's code, `ERR_NAME_NOT_RESOLVED (-105) loading 'https://…'`. */
  async loadURL(url: string): Promise<void> {
    if (!URL.canParse(url)) throw new Error(`ERR_INVALID_URL (-300) loading '${url}'`)
    const page = await this.#page
    try {
      await page.load(url)
    } catch (error) {
      if (!(error instanceof LoadFailed)) throw error
      const name = error.message.replace('net::', '')
      const code = errorCodeOf(error.message)
      this.emit('did-fail-load', preventable(), code, name, url, true, 1, 1)
      throw Object.assign(new Error(`${name} (${code}) loading '${url}'`), { code: name, errno: code, url })
    }
  }

  reload(): void {
    this.#withPage((page) => page.reload())
  }
  /** A `context-menu` comes only when a test emits one: a browser without a window opens none. */
  replaceMisspelling(word: string): void {
    record('webContents.replaceMisspelling', word)
  }
  focus(): void {
    this.#withPage((page) => page.bringToFront())
  }

  send(channel: string, ...args: unknown[]): void {
    if (typeof channel !== 'string') throw new TypeError('Missing required channel argument')
    let text: string
    try {
      text = encode(args)
    } catch {
      throw new Error('Failed to serialize arguments')
    }
    if (this.#opened && !this.#isDestroyed) this.#opened.sendMessage(channel, text)
  }

  /** Waits for a page that is loading. */
  async executeJavaScript(code: string): Promise<unknown> {
    const page = await this.#page
    if (this.#isLoading) await new Promise((resolve) => this.once('did-stop-loading', resolve))
    return page.evaluate(code)
  }

  async capturePage(): Promise<NativeImage> {
    const page = await this.#page
    return createImage(await page.capture())
  }

  /** @param waitForBeforeUnload whether the page may say no. */
  close({ waitForBeforeUnload = false } = {}): void {
    this.#withPage((page) => (waitForBeforeUnload && !this.#isCrashed ? page.close() : page.destroy()))
  }
  forcefullyCrashRenderer(): void {
    // Chromium gives no answer to this: nobody is left to give it.
    void this.#page.then((page) => page.crash()).catch(() => {})
  }

  /** DevTools have no window here: connect to the address the host printed. */
  openDevTools(): void {}
  closeDevTools(): void {}
  isDevToolsOpened(): boolean {
    return false
  }
}

/** The `webContents` module: only ways to find one. */
export const webContents = complete('webContents', {
  getAllWebContents: () => WebContents.getAllWebContents(),
  fromId: (id: number) => WebContents.fromId(id),
  fromDevToolsTargetId: (targetId: string) => WebContents.fromDevToolsTargetId(targetId),
})
