/** One page of Chromium, and the preload's world in it. Knows nothing of Electron's classes. */
import { decode } from '../structured-clone.ts'
import { fromStandIn, toStandIn } from '../custom-schemes.ts'
import type { PageScripts } from '../page-scripts.ts'
import type { ToHost, ToPage } from '../page/ipc-renderer.ts'
import type { DevTools, DevToolsSession } from './devtools.ts'

export interface PageEvents {
  /** A new document stands in the page; none of its scripts has run. */
  document(url: string, name: string): void
  /** The page changed its address without loading. */
  addressChanged(url: string): void
  titleChanged(title: string): void
  loadingStarted(): void
  domReady(): void
  loaded(): void
  painted(): void
  send(channel: string, args: readonly unknown[]): void
  /** Answers by `reply`; what it throws goes to the page as text. */
  invoke(channel: string, args: readonly unknown[]): Promise<string>
  openWindow(url: string, frameName: string, features: string): void
  preloadFailed(error: Error): void
  /** The page asks whether it may be left (`beforeunload`). Returns whether it is left all the same. */
  unloadPrevented(): boolean
  /** `alert`, `confirm` or `prompt`. Returns the answer, or null when somebody else gives it. */
  dialogOpened(type: string, message: string): boolean | null
}

export interface PageOptions {
  readonly width: number
  readonly height: number
  readonly x?: number | undefined
  readonly y?: number | undefined
  readonly scripts: PageScripts
}

/** Chromium's words for a page that did not load, such as `net::ERR_ABORTED`. */
export class LoadFailed extends Error {}

export class Page {
  readonly #devtools: DevTools
  readonly #session: DevToolsSession
  readonly #events: PageEvents
  readonly #scripts: PageScripts
  readonly #windowId: number
  readonly targetId: string
  /** The preload's world of the document shown now. */
  #world: number | undefined
  /** What was loaded last: the answer to `load` may come after its end. */
  #loadedLast = ''
  #loading: { readonly loader: string; readonly done: (error?: LoadFailed) => void } | undefined
  /** Navigations by the host are not asked about. */
  isDriven = false

  private constructor(
    devtools: DevTools,
    session: DevToolsSession,
    events: PageEvents,
    scripts: PageScripts,
    targetId: string,
    windowId: number,
  ) {
    this.#devtools = devtools
    this.#session = session
    this.#events = events
    this.#scripts = scripts
    this.targetId = targetId
    this.#windowId = windowId
  }

  /** @param created called with the target's id as soon as it is known. */
  static async open(
    devtools: DevTools,
    { width, height, x, y, scripts }: PageOptions,
    events: PageEvents,
    created: (targetId: string) => void,
  ): Promise<Page> {
    const { targetId } = await devtools.send('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      width,
      height,
      ...(x !== undefined && y !== undefined && { left: x, top: y }),
    })
    created(targetId)
    const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: true })
    const session = devtools.session(sessionId)
    const { windowId } = await devtools.send('Browser.getWindowForTarget', { targetId })
    const page = new Page(devtools, session, events, scripts, targetId, windowId)
    page.#listen()
    await Promise.all([
      session.send('Page.enable'),
      session.send('Page.setLifecycleEventsEnabled', { enabled: true }),
      session.send('Runtime.enable'),
      session.send('Runtime.addBinding', { name: scripts.binding, executionContextName: scripts.world }),
      // The order counts: the page's half must listen before the preload's half hands over.
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: scripts.forMainWorld }),
      session.send('Page.addScriptToEvaluateOnNewDocument', {
        source: scripts.forPreloadWorld,
        worldName: scripts.world,
      }),
      // Chromium's own tool bar is outside of what Electron calls the window.
      devtools.send('Browser.setContentsSize', { windowId, width, height }),
    ])
    return page
  }

  #listen(): void {
    const session = this.#session
    const isTop = (frameId: string | undefined) => frameId === this.targetId
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId } = (context.auxData ?? {}) as { frameId?: string }
      if (context.name === this.#scripts.world && isTop(frameId)) this.#world = context.id
    })
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === this.#scripts.binding && executionContextId === this.#world) {
        this.#receive(JSON.parse(payload) as ToHost, executionContextId)
      }
    })
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (isTop(frameId)) this.#events.addressChanged(fromStandIn(url))
    })
    session.on('Page.frameStartedLoading', ({ frameId }) => {
      if (isTop(frameId)) this.#events.loadingStarted()
    })
    session.on('Page.lifecycleEvent', ({ frameId, loaderId, name }) => {
      if (!isTop(frameId)) return
      if (name === 'DOMContentLoaded') this.#events.domReady()
      else if (name === 'firstPaint') this.#events.painted()
      else if (name === 'load') {
        this.#loadedLast = loaderId
        if (this.#loading?.loader === loaderId) this.#loading.done()
        this.#events.loaded()
      } else if (name === 'commit' && this.#loading && this.#loading.loader !== loaderId) {
        this.#loading.done(new LoadFailed('net::ERR_ABORTED'))
      }
    })
    session.on('Page.javascriptDialogOpening', ({ type, message }) => {
      const accept =
        type === 'beforeunload' ? this.#events.unloadPrevented() : this.#events.dialogOpened(type, message)
      if (accept !== null) session.send('Page.handleJavaScriptDialog', { accept }).catch(() => {})
    })
  }

  #receive(message: ToHost, world: number): void {
    switch (message.kind) {
      case 'document':
        return this.#events.document(fromStandIn(message.url), message.name)
      case 'title':
        return this.#events.titleChanged(message.title)
      case 'send':
        return this.#events.send(message.channel, decode(message.args) as unknown[])
      case 'open-window':
        return this.#events.openWindow(fromStandIn(message.url), message.frameName, message.features)
      case 'preload-error': {
        const error = new Error(message.message)
        error.stack = message.stack
        return this.#events.preloadFailed(error)
      }
      case 'invoke': {
        const { id, channel } = message
        const reply = (answer: ToPage) => this.#post(answer, world)
        this.#events.invoke(channel, decode(message.args) as unknown[]).then(
          (value) => reply({ kind: 'reply', id, ok: true, value }),
          (error: unknown) => reply({ kind: 'reply', id, ok: false, error: String(error) }),
        )
      }
    }
  }

  #post(message: ToPage, world: number): void {
    this.#session
      .send('Runtime.callFunctionOn', {
        executionContextId: world,
        functionDeclaration: `function (message) { globalThis.${this.#scripts.receiver}(message) }`,
        arguments: [{ value: message }],
        silent: true,
      })
      // The document it was meant for is gone, and with it everybody who could listen.
      .catch(() => {})
  }

  /** @param args a text of structured-clone.ts. Lost when no document stands in the page, as in Electron. */
  sendMessage(channel: string, args: string): void {
    if (this.#world !== undefined) this.#post({ kind: 'message', channel, args }, this.#world)
  }

  /**
   * Resolves when the page and all it asks for have been loaded.
   * @throws LoadFailed
   */
  async load(url: string): Promise<void> {
    this.isDriven = true
    try {
      const { errorText, loaderId } = await this.#session.send('Page.navigate', { url: toStandIn(url) })
      if (errorText) throw new LoadFailed(errorText)
      // Without one, only the fragment changed.
      if (loaderId && loaderId !== this.#loadedLast) await this.#untilLoaded(loaderId)
    } finally {
      this.isDriven = false
    }
  }

  #untilLoaded(loader: string): Promise<void> {
    this.#loading?.done(new LoadFailed('net::ERR_ABORTED'))
    return new Promise((resolve, reject) => {
      this.#loading = {
        loader,
        done: (error) => {
          this.#loading = undefined
          if (error) reject(error)
          else resolve()
        },
      }
    })
  }

  /** The page is gone; nobody need wait for it. */
  abandon(): void {
    this.#loading?.done(new LoadFailed('net::ERR_FAILED'))
  }

  async reload(): Promise<void> {
    this.isDriven = true
    await this.#session.send('Page.reload').finally(() => (this.isDriven = false))
  }

  /** @throws Error with what the script threw. */
  async evaluate(code: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#session.send('Runtime.evaluate', {
      expression: code,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    return result.value as unknown
  }

  /** @returns a PNG. */
  async capture(): Promise<Buffer> {
    const { data } = await this.#session.send('Page.captureScreenshot', { format: 'png' })
    return Buffer.from(data as unknown as string, 'base64')
  }

  async setColorScheme(scheme: 'light' | 'dark' | 'system'): Promise<void> {
    const features = scheme === 'system' ? [] : [{ name: 'prefers-color-scheme', value: scheme }]
    await this.#session.send('Emulation.setEmulatedMedia', { features })
  }

  async setState(windowState: 'normal' | 'minimized' | 'maximized' | 'fullscreen'): Promise<void> {
    await this.#devtools.send('Browser.setWindowBounds', {
      windowId: this.#windowId,
      bounds: { windowState },
    })
  }

  async setSize(width: number, height: number): Promise<void> {
    await this.#devtools.send('Browser.setContentsSize', { windowId: this.#windowId, width, height })
  }

  async bringToFront(): Promise<void> {
    await this.#session.send('Page.bringToFront')
  }

  async crash(): Promise<void> {
    await this.#session.send('Page.crash')
  }

  /** Lets the page say no by `beforeunload`; it is gone only when the target is. */
  async close(): Promise<void> {
    // Chromium's own page about a failed load cannot be asked.
    await this.#session.send('Page.close').catch(() => this.destroy())
  }

  async destroy(): Promise<void> {
    await this.#devtools.send('Target.closeTarget', { targetId: this.targetId })
  }
}
