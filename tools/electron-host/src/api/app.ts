import { EventEmitter } from 'node:events'
import { completeClass } from '../unimplemented.ts'
import type { Folders } from './application-folders.ts'
import type { BrowserWindow } from './browser-window.ts'
import { record } from './desktop.ts'
import { preventable } from './events.ts'
import { createSingleInstance, type SingleInstance } from './single-instance.ts'

export interface AppOptions {
  readonly name: string
  readonly version: string
  readonly path: string
  readonly folders: Folders
  readonly switches: ReadonlyMap<string, string>
  /** Ends what the app started and then the process; never returns to the app. */
  readonly end: (code: number) => Promise<void>
  readonly windows: () => BrowserWindow[]
  /** @returns false when a listener prevented it. */
  readonly close: (window: BrowserWindow) => boolean
}

/** Belong to the host, which could not reach Chromium otherwise. */
const NOT_THE_APPS = new Set(['remote-debugging-port', 'remote-debugging-pipe', 'user-data-dir', 'headless'])

class CommandLine {
  static {
    completeClass(CommandLine, 'app.commandLine')
  }
  readonly #switches: Map<string, string>
  readonly #appended = new Map<string, string>()

  constructor(switches: ReadonlyMap<string, string>) {
    this.#switches = new Map(switches)
  }
  appendSwitch(name: string, value = ''): void {
    this.#switches.set(name, value)
    // Lists of features add up here; in Electron the last one given wins.
    const before = /^(en|dis)able-features$/.test(name) ? this.#appended.get(name) : undefined
    this.#appended.set(name, before === undefined ? value : `${before},${value}`)
  }
  removeSwitch(name: string): void {
    this.#switches.delete(name)
    this.#appended.delete(name)
  }
  hasSwitch(name: string): boolean {
    return this.#switches.has(name)
  }
  getSwitchValue(name: string): string {
    return this.#switches.get(name) ?? ''
  }
  /** For the host only: what the app added, and a preload such as Playwright's. */
  forChromium(): string[] {
    return [...this.#appended]
      .filter(([name]) => !NOT_THE_APPS.has(name))
      .map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`))
  }
}

export class App extends EventEmitter {
  static {
    completeClass(App, 'app')
  }

  name: string
  readonly isPackaged = false
  readonly commandLine: CommandLine
  userAgentFallback = ''
  // On Linux Electron has neither.
  readonly dock = undefined
  readonly applicationMenu = null
  readonly #options: AppOptions
  readonly #instance: SingleInstance
  /** A property, because Playwright puts its own in this place. */
  declare whenReady: () => Promise<void>
  readonly #whenReady: Promise<void>
  #resolveReady: () => void = () => {}
  #isReady = false
  #isQuitting = false
  #isExiting = false
  #badge = 0

  constructor(options: AppOptions) {
    super()
    this.#options = options
    this.name = options.name
    this.commandLine = new CommandLine(options.switches)
    this.#whenReady = new Promise((resolve) => (this.#resolveReady = resolve))
    this.whenReady = () => this.#whenReady
    this.#instance = createSingleInstance(
      () => options.folders.get('userData'),
      ({ argv, workingDirectory, additionalData }) => {
        // As in Electron, a second launch is told to an app that is ready only.
        void this.#whenReady.then(() => {
          this.emit('second-instance', preventable(), [...argv], workingDirectory, additionalData)
        })
      },
    )
    this.on('window-all-closed', () => {
      if (this.listenerCount('window-all-closed') === 1) this.quit()
    })
  }

  /** For the host only. */
  static ready(app: App): void {
    app.#isReady = true
    app.emit('will-finish-launching')
    app.emit('ready', preventable(), {})
    app.#resolveReady()
  }

  /** For the host only: settles when, from now on, somebody asks for `app.whenReady`, whoever answers. */
  static askedForReady(app: App): Promise<void> {
    let { whenReady } = app
    return new Promise((resolve) => {
      Object.defineProperty(app, 'whenReady', {
        get: () => {
          resolve()
          return whenReady
        },
        set: (replacement: typeof whenReady) => {
          whenReady = replacement
        },
        configurable: true,
      })
    })
  }

  /** For the host only: what is to be sent to the first instance before this process ends. */
  static parted(app: App): Promise<void> {
    return app.#instance.delivered()
  }

  isReady(): boolean {
    return this.#isReady
  }
  getName(): string {
    return this.name
  }
  setName(name: string): void {
    this.name = name
  }
  getVersion(): string {
    return this.#options.version
  }
  getAppPath(): string {
    return this.#options.path
  }
  getPath(name: string): string {
    return this.#options.folders.get(name)
  }
  setPath(name: string, path: string): void {
    this.#options.folders.set(name, path)
  }
  setAppLogsPath(path?: string): void {
    if (path !== undefined) this.#options.folders.set('logs', path)
  }
  getLocale(): string {
    return Intl.DateTimeFormat().resolvedOptions().locale
  }
  getSystemLocale(): string {
    return this.getLocale()
  }
  getLocaleCountryCode(): string {
    return new Intl.Locale(this.getLocale()).region ?? ''
  }
  getPreferredSystemLanguages(): string[] {
    return [this.getLocale()]
  }

  requestSingleInstanceLock(additionalData?: unknown): boolean {
    return this.#instance.request({ argv: process.argv, workingDirectory: process.cwd(), additionalData })
  }
  hasSingleInstanceLock(): boolean {
    return this.#instance.has()
  }
  releaseSingleInstanceLock(): void {
    this.#instance.release()
  }

  /** Closes every window, any of which may prevent it, and then ends. */
  quit(): void {
    if (this.#isQuitting || this.#isExiting) return
    const event = preventable()
    this.emit('before-quit', event)
    if (event.defaultPrevented) return
    this.#isQuitting = true
    const windows = this.#options.windows()
    if (windows.length === 0) return this.#windowsLeft()
    for (const window of windows) {
      const stays = () => (this.#isQuitting = false)
      window.webContents.once('will-prevent-unload', (unload: { defaultPrevented: boolean }) => {
        if (!unload.defaultPrevented) stays()
      })
      if (!this.#options.close(window)) stays()
    }
  }

  /** For windows only. */
  allWindowsClosed(): void {
    if (this.#isExiting) return
    if (this.#isQuitting) this.#windowsLeft()
    else this.emit('window-all-closed')
  }

  #windowsLeft(): void {
    const event = preventable()
    this.emit('will-quit', event)
    if (event.defaultPrevented) this.#isQuitting = false
    else this.exit(0)
  }

  /** Asks nobody. */
  exit(code = 0): void {
    if (this.#isExiting) return
    this.#isExiting = true
    for (const window of this.#options.windows()) window.destroy()
    this.emit('quit', preventable(), code)
    void this.#options.end(code)
  }

  // What the desktop would be told; nobody is there to be told.
  focus(): void {}
  setAppUserModelId(): void {}
  setDesktopName(): void {}
  setAsDefaultProtocolClient(...args: unknown[]): boolean {
    record('app.setAsDefaultProtocolClient', ...args)
    return true
  }
  removeAsDefaultProtocolClient(): boolean {
    return true
  }
  isDefaultProtocolClient(): boolean {
    return false
  }
  setLoginItemSettings(settings: unknown): void {
    record('app.setLoginItemSettings', settings)
  }
  getLoginItemSettings(): { openAtLogin: boolean } {
    return { openAtLogin: false }
  }
  setBadgeCount(count = 0): boolean {
    record('app.setBadgeCount', count)
    this.#badge = count
    return true
  }
  getBadgeCount(): number {
    return this.#badge
  }
  setAboutPanelOptions(): void {}
  isAccessibilitySupportEnabled(): boolean {
    return false
  }
  isHardwareAccelerationEnabled(): boolean {
    return false
  }
  disableHardwareAcceleration(): void {}
  /** Every window is sandboxed anyway: the host has no other kind. */
  enableSandbox(): void {}
}
