import {
  BrowserWindow,
  nativeTheme,
  type App,
  type BrowserWindowConstructorOptions,
  type Session,
  type Shell,
  type WebContents,
} from 'electron'
import { APP_ORIGIN, capabilitiesOf, type Capability, type WindowKind } from '../contract/ipc.ts'
import { placeFor, type Rectangle, type WindowPlaces } from './window-places.ts'

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
  readonly places: WindowPlaces
  /** Of the displays there are now, without task bars and docks. */
  readonly workAreas: () => readonly Rectangle[]
  readonly titleOf: (kind: WindowKind) => string
  readonly report: (event: string) => void
}

export interface Windows {
  /** Opens the main window, or brings it to the front. */
  openMain(): BrowserWindow
  /** Opens the window of a room or of a part of it, or brings it to the front. */
  open(kind: Exclude<WindowKind, 'main'>, sessionId: string): BrowserWindow
  isOpen(kind: Exclude<WindowKind, 'main'>, sessionId: string): boolean
  /** Null for pages that are not ours. */
  recordOf(contents: WebContents): WindowRecord | null
  all(): readonly WebContents[]
  /** The one somebody is typing into; null when that is another program. */
  focused(): WebContents | null
}

/** A page that crashes again and again is given more and more time. Milliseconds. */
const RELOAD_AFTER = [0, 2000, 10_000, 30_000]
const CALM_AFTER_MS = 60_000

type Size = Pick<BrowserWindowConstructorOptions, 'width' | 'height' | 'minWidth' | 'minHeight'>

/** Narrow enough to stand beside slides. */
const sizes: Readonly<Record<WindowKind, Size>> = {
  main: { width: 1180, height: 800, minWidth: 360, minHeight: 480 },
  room: { width: 900, height: 800, minWidth: 360, minHeight: 480 },
  chat: { width: 420, height: 720, minWidth: 320, minHeight: 360 },
  roster: { width: 340, height: 720, minWidth: 280, minHeight: 320 },
  mini: { width: 300, height: 220, minWidth: 240, minHeight: 160 },
}

/** What the page's own title is before it has any words. */
const UNTITLED = 'Lectern'

export function createWindows(options: WindowsOptions): Windows {
  const { preload, visible, places, workAreas, titleOf, report } = options
  const open = new Map<WebContents, { window: BrowserWindow; record: WindowRecord }>()

  const find = (kind: WindowKind, sessionId: string | null) =>
    [...open.values()].find(({ record }) => record.kind === kind && record.sessionId === sessionId)?.window

  function create(kind: WindowKind, sessionId: string | null): BrowserWindow {
    const alike = [...open.values()].filter(({ record }) => record.kind === kind).length
    const place = placeFor(places.of(kind), workAreas(), alike)
    const window = new BrowserWindow({
      title: titleOf(kind),
      ...sizes[kind],
      ...place?.bounds,
      ...(kind === 'mini' ? { fullscreenable: false, maximizable: false } : {}),
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#14161a' : '#ffffff',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        // An `alert` would stand over everything, and nothing of ours asks for one.
        disableDialogs: true,
        // Whether words are checked is set for all windows at once (adapters/spelling.ts).
        spellcheck: true,
        // A room behind the slides is still followed.
        backgroundThrottling: false,
      },
    })
    const contents = window.webContents
    open.set(contents, { window, record: { kind, sessionId, capabilities: new Set(capabilitiesOf[kind]) } })
    window.on('closed', () => open.delete(contents))
    if (kind === 'mini') keepAbove(window)
    rememberPlace(window, kind)
    window.on('page-title-updated', (event, title) => {
      if (title === UNTITLED) event.preventDefault()
    })
    if (visible) {
      window.once('ready-to-show', () => {
        if (place?.maximized) window.maximize()
        window.show()
      })
    }
    reloadAfterCrash(window, report)
    window.on('unresponsive', () => report('page does not respond'))
    const query = new URLSearchParams({ window: kind, ...(sessionId === null ? {} : { session: sessionId }) })
    window.loadURL(`${APP_ORIGIN}/?${query}`).catch((error: unknown) => report(`page not loaded: ${error}`))
    return window
  }

  function rememberPlace(window: BrowserWindow, kind: WindowKind): void {
    const remember = () => {
      if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return
      places.remember(kind, { bounds: window.getNormalBounds(), maximized: window.isMaximized() })
    }
    window.on('resize', remember)
    window.on('move', remember)
    window.on('maximize', remember)
    window.on('unmaximize', remember)
    window.on('close', remember)
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
    open: show,
    isOpen: (kind, sessionId) => find(kind, sessionId) !== undefined,
    recordOf: (contents) => open.get(contents)?.record ?? null,
    all: () => [...open.keys()],
    focused: () => {
      const contents = BrowserWindow.getFocusedWindow()?.webContents
      return contents && open.has(contents) ? contents : null
    },
  }
}

/** Above the slides, on whichever desktop they are shown. */
function keepAbove(window: BrowserWindow): void {
  window.setAlwaysOnTop(true, 'floating')
  // Without the last, macOS would take the icon out of the Dock.
  window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true, skipTransformProcessType: true })
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
    // What a page has to save it says at once; whether its window closes is for the person.
    contents.on('will-prevent-unload', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      openOutside(url)
      return { action: 'deny' }
    })
  })
  // What is saved goes through main, which asks for the place.
  session.on('will-download', (event) => event.preventDefault())
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
}
