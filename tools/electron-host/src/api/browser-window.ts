import { EventEmitter } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPageScripts } from '../page-scripts.ts'
import { completeClass } from '../unimplemented.ts'
import type { App } from './app.ts'
import { record } from './desktop.ts'
import { preventable } from './events.ts'
import type { IpcMain } from './ipc-main.ts'
import type { NativeImage } from './native-image.ts'
import { nativeTheme } from './native-theme.ts'
import { ownerOf, WebContents } from './web-contents.ts'
import { checkWindowOptions, type WindowOptions } from './window-options.ts'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

type WindowState = 'normal' | 'minimized' | 'maximized' | 'fullscreen'

const windows = new Map<number, BrowserWindow>()
let lastId = 0
let surroundings: { readonly app: App; readonly ipcMain: IpcMain } | undefined
let focused: BrowserWindow | undefined

/** What every window needs and no caller passes; given once, at the start. */
export function surroundWindows(value: { readonly app: App; readonly ipcMain: IpcMain }): void {
  surroundings = value
}

export class BrowserWindow extends EventEmitter {
  static {
    completeClass(BrowserWindow, 'BrowserWindow')
  }

  static getAllWindows(): BrowserWindow[] {
    return [...windows.values()]
  }
  static fromId(id: number): BrowserWindow | null {
    return windows.get(id) ?? null
  }
  static fromWebContents(contents: WebContents | undefined): BrowserWindow | null {
    return BrowserWindow.getAllWindows().find((window) => window.webContents === contents) ?? null
  }
  static getFocusedWindow(): BrowserWindow | null {
    return focused ?? null
  }

  readonly id: number
  readonly webContents: WebContents
  readonly #app: App
  #bounds: Rectangle
  #minimumSize: readonly [number, number]
  #title: string
  #isVisible: boolean
  #isDestroyed = false
  #state: WindowState = 'normal'
  #wasPainted = false
  #isAlwaysOnTop = false

  constructor(options: WindowOptions = {}) {
    super()
    if (!surroundings?.app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    checkWindowOptions(options)
    const { app, ipcMain } = surroundings
    const { width = 800, height = 600, x = 0, y = 0, webPreferences = {} } = options
    this.#app = app
    this.id = ++lastId
    this.#bounds = { x, y, width, height }
    this.#minimumSize = [options.minWidth ?? 0, options.minHeight ?? 0]
    this.#title = options.title ?? app.name
    this.#isVisible = options.show ?? true
    const preload = webPreferences.preload ?? null
    this.webContents = new WebContents({
      width,
      height,
      x: options.x,
      y: options.y,
      preload,
      ipcMain,
      scripts: createPageScripts(preload, webPreferences.additionalArguments ?? []),
    })
    windows.set(this.id, this)
    this.#listen()
    if (nativeTheme.themeSource !== 'system') {
      ownerOf(this.webContents).withPage((page) => page.setColorScheme(nativeTheme.themeSource))
    }
    app.emit('browser-window-created', preventable(), this)
    app.emit('web-contents-created', preventable(), this.webContents)
    if (this.#isVisible) this.#setFocus(true)
  }

  #listen(): void {
    const contents = this.webContents
    const ready = () => {
      if (this.#wasPainted || contents.getURL() === '') return
      this.#wasPainted = true
      this.emit('ready-to-show', preventable())
    }
    contents.on('-painted', ready)
    // A page with nothing on it paints nothing.
    contents.on('did-finish-load', ready)
    contents.on('destroyed', () => this.#gone())
    contents.on('render-process-gone', (_event, details) => {
      this.#app.emit('render-process-gone', preventable(), contents, details)
    })
    contents.on('page-title-updated', (_event, title: string) => {
      const event = preventable()
      this.emit('page-title-updated', event, title, true)
      if (!event.defaultPrevented) this.#title = title
    })
  }

  #gone(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    windows.delete(this.id)
    if (focused === this) focused = undefined
    this.emit('closed')
    if (windows.size === 0) this.#app.allWindowsClosed()
  }

  #setFocus(hasFocus: boolean): void {
    if ((focused === this) === hasFocus) return
    const before = focused
    focused = hasFocus ? this : undefined
    if (before) {
      before.emit('blur', preventable())
      this.#app.emit('browser-window-blur', preventable(), before)
    }
    if (hasFocus) {
      this.emit('focus', preventable())
      this.#app.emit('browser-window-focus', preventable(), this)
    }
  }

  #setState(state: WindowState): void {
    if (this.#state === state) return
    this.#state = state
    ownerOf(this.webContents).withPage((page) => page.setState(state))
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }
  /** @param file relative to the app. */
  loadFile(
    file: string,
    { query, search, hash }: { query?: Record<string, string>; search?: string; hash?: string } = {},
  ): Promise<void> {
    const url = pathToFileURL(resolve(this.#app.getAppPath(), file))
    if (query) url.search = new URLSearchParams(query).toString()
    if (search) url.search = search
    if (hash) url.hash = hash
    return this.loadURL(url.href)
  }
  reload(): void {
    this.webContents.reload()
  }

  show(): void {
    this.showInactive()
    this.focus()
  }
  showInactive(): void {
    if (this.#isVisible) return
    this.#isVisible = true
    // As it was hidden; one that was maximised on the way stays so.
    if (this.#state === 'minimized') this.#setState('normal')
    this.emit('show', preventable())
  }
  hide(): void {
    if (!this.#isVisible) return
    this.#isVisible = false
    // The nearest Chromium has: the page becomes hidden and paints nothing.
    ownerOf(this.webContents).withPage((page) => page.setState('minimized'))
    this.#state = 'minimized'
    this.#setFocus(false)
    this.emit('hide', preventable())
  }
  focus(): void {
    if (!this.#isVisible) return
    this.webContents.focus()
    this.#setFocus(true)
  }
  blur(): void {
    this.#setFocus(false)
  }
  minimize(): void {
    if (this.isMinimized()) return
    this.#setState('minimized')
    this.#setFocus(false)
    this.emit('minimize', preventable())
  }
  /** Shows a window that is hidden, as Electron's does. */
  maximize(): void {
    if (this.isMaximized()) return
    this.#setState('maximized')
    this.showInactive()
    this.emit('maximize', preventable())
  }
  unmaximize(): void {
    if (!this.isMaximized()) return
    this.#setState('normal')
    this.emit('unmaximize', preventable())
  }
  restore(): void {
    if (!this.isMinimized()) return
    this.#setState('normal')
    this.emit('restore', preventable())
  }
  setFullScreen(flag: boolean): void {
    if (flag === this.isFullScreen()) return
    this.#setState(flag ? 'fullscreen' : 'normal')
    this.emit(flag ? 'enter-full-screen' : 'leave-full-screen', preventable())
  }
  isVisible(): boolean {
    return this.#isVisible
  }
  isFocused(): boolean {
    return focused === this
  }
  isMinimized(): boolean {
    return this.#isVisible && this.#state === 'minimized'
  }
  isMaximized(): boolean {
    return this.#state === 'maximized'
  }
  isFullScreen(): boolean {
    return this.#state === 'fullscreen'
  }
  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  get title(): string {
    return this.#title
  }
  set title(title: string) {
    this.setTitle(title)
  }
  getTitle(): string {
    return this.#title
  }
  setTitle(title: string): void {
    this.#title = title
  }

  getBounds(): Rectangle {
    return { ...this.#bounds }
  }
  getNormalBounds(): Rectangle {
    return this.getBounds()
  }
  getContentBounds(): Rectangle {
    return this.getBounds()
  }
  getSize(): [number, number] {
    return [this.#bounds.width, this.#bounds.height]
  }
  getContentSize(): [number, number] {
    return this.getSize()
  }
  getPosition(): [number, number] {
    return [this.#bounds.x, this.#bounds.y]
  }
  setBounds(bounds: Partial<Rectangle>): void {
    const next = { ...this.#bounds, ...bounds }
    const width = Math.max(next.width, this.#minimumSize[0])
    const height = Math.max(next.height, this.#minimumSize[1])
    const resized = width !== this.#bounds.width || height !== this.#bounds.height
    const moved = next.x !== this.#bounds.x || next.y !== this.#bounds.y
    this.#bounds = { ...next, width, height }
    if (resized) {
      ownerOf(this.webContents).withPage((page) => page.setSize(width, height))
      this.emit('resize', preventable())
      this.emit('resized', preventable())
    }
    if (moved) this.emit('move', preventable())
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }
  setContentSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }
  setPosition(x: number, y: number): void {
    this.setBounds({ x, y })
  }
  setMinimumSize(width: number, height: number): void {
    this.#minimumSize = [width, height]
  }
  getMinimumSize(): [number, number] {
    return [...this.#minimumSize]
  }
  center(): void {}

  capturePage(): Promise<NativeImage> {
    return this.webContents.capturePage()
  }

  /** Listeners of `close` may prevent it, and so may the page by `beforeunload`. */
  close(): void {
    BrowserWindow.tryToClose(this)
  }
  /** For the host only. @returns false when a listener prevented it. */
  static tryToClose(window: BrowserWindow): boolean {
    if (window.#isDestroyed) return true
    const event = preventable()
    window.emit('close', event)
    if (event.defaultPrevented) return false
    window.webContents.close({ waitForBeforeUnload: true })
    return true
  }
  /** Asks nobody. */
  destroy(): void {
    if (this.#isDestroyed) return
    this.webContents.close()
    ownerOf(this.webContents).gone()
  }

  // What follows is seen by people and window managers only; there are none.
  setMenu(): void {}
  removeMenu(): void {}
  setMenuBarVisibility(): void {}
  setAutoHideMenuBar(): void {}
  setBackgroundColor(): void {}
  setIcon(): void {}
  setProgressBar(): void {}
  setSkipTaskbar(): void {}
  setAlwaysOnTop(flag: boolean, ...level: unknown[]): void {
    record('BrowserWindow.setAlwaysOnTop', flag, ...level)
    this.#isAlwaysOnTop = flag
  }
  isAlwaysOnTop(): boolean {
    return this.#isAlwaysOnTop
  }
  setVisibleOnAllWorkspaces(...args: unknown[]): void {
    record('BrowserWindow.setVisibleOnAllWorkspaces', ...args)
  }
  setContentProtection(): void {}
  flashFrame(): void {}
  moveTop(): void {}
}
