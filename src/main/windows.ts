import { BrowserWindow, nativeTheme, type App, type Session, type Shell, type WebContents } from 'electron'
import { APP_ORIGIN, capabilitiesOf, type Capability, type WindowKind } from '../contract/ipc.ts'

/** What main knows of a window. Decisions rest on this, and never on what its page says of itself. */
export interface WindowRecord {
  readonly kind: WindowKind
  readonly sessionId: string | null
  readonly capabilities: ReadonlySet<Capability>
}

export interface WindowsOptions {
  readonly preload: string
  /** False keeps every window off the screen. */
  readonly visible: boolean
  readonly report: (event: string) => void
}

export interface Windows {
  /** Opens the main window, or brings it to the front. */
  openMain(): BrowserWindow
  /** Opens the window of one room, or brings it to the front. */
  openRoom(sessionId: string): BrowserWindow
  /** Null for pages that are not ours. */
  recordOf(contents: WebContents): WindowRecord | null
  all(): readonly WebContents[]
}

/** A page that crashes again and again is given more and more time. Milliseconds. */
const RELOAD_AFTER = [0, 2000, 10_000, 30_000]
const CALM_AFTER_MS = 60_000

export function createWindows({ preload, visible, report }: WindowsOptions): Windows {
  const open = new Map<WebContents, { window: BrowserWindow; record: WindowRecord }>()

  const find = (kind: WindowKind, sessionId: string | null) =>
    [...open.values()].find(({ record }) => record.kind === kind && record.sessionId === sessionId)?.window

  function create(kind: WindowKind, sessionId: string | null): BrowserWindow {
    const window = new BrowserWindow({
      title: 'Lectern',
      width: kind === 'main' ? 1180 : 900,
      height: 800,
      // Narrow enough to stand beside slides.
      minWidth: 360,
      minHeight: 480,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#14161a' : '#ffffff',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        // Elsewhere than on macOS, Chromium would fetch a dictionary from a server that is not ours.
        spellcheck: process.platform === 'darwin',
        // A room behind the slides is still followed.
        backgroundThrottling: false,
      },
    })
    const contents = window.webContents
    open.set(contents, { window, record: { kind, sessionId, capabilities: new Set(capabilitiesOf[kind]) } })
    window.on('closed', () => open.delete(contents))
    if (visible) window.once('ready-to-show', () => window.show())
    reloadAfterCrash(window, report)
    const query = new URLSearchParams({ window: kind, ...(sessionId === null ? {} : { session: sessionId }) })
    window.loadURL(`${APP_ORIGIN}/?${query}`).catch((error: unknown) => report(`page not loaded: ${error}`))
    return window
  }

  function show(kind: WindowKind, sessionId: string | null): BrowserWindow {
    const existing = find(kind, sessionId)
    if (!existing) return create(kind, sessionId)
    if (visible) {
      if (existing.isMinimized()) existing.restore()
      existing.show()
      existing.focus()
    }
    return existing
  }

  return {
    openMain: () => show('main', null),
    openRoom: (sessionId) => show('room', sessionId),
    recordOf: (contents) => open.get(contents)?.record ?? null,
    all: () => [...open.keys()],
  }
}

function reloadAfterCrash(window: BrowserWindow, report: (event: string) => void): void {
  let crashes = 0
  let lastCrash = -Infinity
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    report(`page process gone: ${reason}`)
    const now = performance.now()
    if (now - lastCrash > CALM_AFTER_MS) crashes = 0
    lastCrash = now
    const wait = RELOAD_AFTER[Math.min(crashes, RELOAD_AFTER.length - 1)]
    crashes += 1
    setTimeout(() => {
      if (!window.isDestroyed()) window.webContents.reload()
    }, wait)
  })
}

/** Pages stay where main put them; an https link goes to the person's browser and nothing else goes anywhere. */
export function confinePages(app: App, session: Session, shell: Shell): void {
  const openOutside = (address: string) => {
    const url = URL.canParse(address) ? new URL(address) : null
    if (url?.protocol === 'https:' && !url.username && !url.password) void shell.openExternal(url.href)
  }
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      // A reload of our own page is no way out.
      if (event.url === contents.getURL() && event.url.startsWith(`${APP_ORIGIN}/`)) return
      event.preventDefault()
      openOutside(event.url)
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      openOutside(url)
      return { action: 'deny' }
    })
  })
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
}
