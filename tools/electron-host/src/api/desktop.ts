/**
 * What would show outside of the windows, or reach other programs. Nothing does: no test may open a browser or wait
 * for a click in a dialog. Tests look at `electronHost.calls`, or replace a member by `app.evaluate`.
 */
import { EventEmitter } from 'node:events'
import { complete, completeClass, missing } from '../unimplemented.ts'

export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
}

/** Everything the app asked of the desktop, oldest first. */
export const calls: Call[] = []
export const record = (name: string, ...args: unknown[]) => {
  calls.push({ name, args })
}

export const shell = complete('shell', {
  async openExternal(url: string): Promise<void> {
    record('shell.openExternal', url)
  },
  /** @returns '' for success. */
  async openPath(path: string): Promise<string> {
    record('shell.openPath', path)
    return ''
  },
  showItemInFolder: (path: string) => record('shell.showItemInFolder', path),
  beep: () => record('shell.beep'),
})

/** Every dialog is answered at once: message boxes by their default button, others by "cancel". */
export const dialog = complete('dialog', {
  async showMessageBox(...args: unknown[]): Promise<{ response: number; checkboxChecked: boolean }> {
    record('dialog.showMessageBox', ...args)
    const { defaultId = 0 } = (args.at(-1) ?? {}) as { defaultId?: number }
    return { response: defaultId, checkboxChecked: false }
  },
  showMessageBoxSync(...args: unknown[]): number {
    record('dialog.showMessageBoxSync', ...args)
    const { defaultId = 0 } = (args.at(-1) ?? {}) as { defaultId?: number }
    return defaultId
  },
  async showOpenDialog(...args: unknown[]): Promise<{ canceled: boolean; filePaths: string[] }> {
    record('dialog.showOpenDialog', ...args)
    return { canceled: true, filePaths: [] }
  },
  async showSaveDialog(...args: unknown[]): Promise<{ canceled: boolean; filePath: string }> {
    record('dialog.showSaveDialog', ...args)
    return { canceled: true, filePath: '' }
  },
  showErrorBox(title: string, content: string): void {
    record('dialog.showErrorBox', title, content)
    console.error(`${title}\n${content}`)
  },
})

function createClipboard() {
  let text = ''
  return complete('clipboard', {
    readText: () => text,
    writeText: (value: string) => {
      text = value
    },
    clear: () => {
      text = ''
    },
  })
}
/** Of this app alone. */
export const clipboard = createClipboard()

interface MenuTemplate {
  readonly label?: string
  readonly role?: string
  readonly submenu?: readonly MenuTemplate[] | Menu
  readonly [other: string]: unknown
}

export class MenuItem {
  static {
    completeClass(MenuItem, 'MenuItem')
  }
  readonly label: string
  readonly role: string | undefined
  readonly id: string | undefined
  readonly type: string
  readonly accelerator: string | undefined
  enabled: boolean
  visible: boolean
  checked: boolean
  readonly submenu: Menu | undefined
  /** Electron passes the item, the focused window and the event. */
  readonly click: (...args: unknown[]) => void

  constructor(template: MenuTemplate) {
    this.label = template.label ?? template.role ?? ''
    this.role = template.role
    this.id = template['id'] as string | undefined
    this.accelerator = template['accelerator'] as string | undefined
    this.enabled = (template['enabled'] as boolean | undefined) ?? true
    this.visible = (template['visible'] as boolean | undefined) ?? true
    this.checked = (template['checked'] as boolean | undefined) ?? false
    this.click = (...args) =>
      (template['click'] as ((...rest: unknown[]) => void) | undefined)?.(this, ...args)
    const { submenu } = template
    this.submenu = submenu instanceof Menu || !submenu ? submenu : Menu.buildFromTemplate(submenu)
    this.type = (template['type'] as string | undefined) ?? (this.submenu ? 'submenu' : 'normal')
  }
}

export class Menu extends EventEmitter {
  static {
    completeClass(Menu, 'Menu')
  }
  static #applicationMenu: Menu | null = null
  static buildFromTemplate(template: readonly (MenuTemplate | MenuItem)[]): Menu {
    const menu = new Menu()
    for (const item of template) menu.append(item instanceof MenuItem ? item : new MenuItem(item))
    return menu
  }
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#applicationMenu = menu
  }
  static getApplicationMenu(): Menu | null {
    return Menu.#applicationMenu
  }

  readonly items: MenuItem[] = []
  append(item: MenuItem): void {
    this.items.push(item)
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
  popup(): void {
    record('Menu.popup', this)
  }
  closePopup(): void {}
}

export class Tray extends EventEmitter {
  static {
    completeClass(Tray, 'Tray')
  }
  #isDestroyed = false
  constructor(image: unknown) {
    super()
    record('Tray', image)
  }
  setToolTip(text: string): void {
    record('Tray.setToolTip', text)
  }
  setContextMenu(menu: Menu | null): void {
    record('Tray.setContextMenu', menu)
  }
  setImage(): void {}
  setTitle(): void {}
  destroy(): void {
    this.#isDestroyed = true
  }
  isDestroyed(): boolean {
    return this.#isDestroyed
  }
}

export class Notification extends EventEmitter {
  static {
    completeClass(Notification, 'Notification')
  }
  static isSupported(): boolean {
    return true
  }
  readonly #options: unknown
  readonly title: string
  readonly body: string
  constructor(options: { readonly title?: string; readonly body?: string } = {}) {
    super()
    this.#options = options
    this.title = options.title ?? ''
    this.body = options.body ?? ''
  }
  show(): void {
    // With itself, so that a test can emit `click` as somebody's click would.
    record('Notification.show', this.#options, this)
    this.emit('show', {})
  }
  close(): void {
    record('Notification.close', this.#options)
    this.emit('close', {})
  }
}

const DISPLAY = {
  id: 1,
  label: '',
  bounds: { x: 0, y: 0, width: 1920, height: 1080 },
  workArea: { x: 0, y: 0, width: 1920, height: 1080 },
  size: { width: 1920, height: 1080 },
  workAreaSize: { width: 1920, height: 1080 },
  scaleFactor: 1,
  rotation: 0,
  internal: false,
} as const

class Screen extends EventEmitter {
  static {
    completeClass(Screen, 'screen')
  }
  getPrimaryDisplay(): typeof DISPLAY {
    return DISPLAY
  }
  getAllDisplays(): (typeof DISPLAY)[] {
    return [DISPLAY]
  }
  getDisplayMatching(): typeof DISPLAY {
    return DISPLAY
  }
  getDisplayNearestPoint(): typeof DISPLAY {
    return DISPLAY
  }
  getCursorScreenPoint(): { x: number; y: number } {
    return { x: 0, y: 0 }
  }
}
/** One display of 1920 by 1080. */
export const screen = new Screen()

/** As on a Linux without a keyring: nothing is encrypted, and Electron says so. */
export const safeStorage = complete('safeStorage', {
  isEncryptionAvailable: () => false,
  getSelectedStorageBackend: () => 'basic_text',
})

export const globalShortcut = complete('globalShortcut', {
  register: () => false,
  unregister: () => {},
  unregisterAll: () => {},
  isRegistered: () => false,
})

/** Starts nothing: crashes of Chromium are reported as `render-process-gone` only. */
export const crashReporter = complete('crashReporter', {
  start: () => record('crashReporter.start'),
  getUploadToServer: () => false,
  setUploadToServer: () => {},
  addExtraParameter: () => {},
  removeExtraParameter: () => {},
  getParameters: () => ({}),
})

class AutoUpdater extends EventEmitter {
  static {
    completeClass(AutoUpdater, 'autoUpdater')
  }
  setFeedURL(): void {
    throw new Error('electron-host: there is nothing to update.')
  }
  getFeedURL(): string {
    return ''
  }
  checkForUpdates(): void {
    throw new Error('electron-host: there is nothing to update.')
  }
}
export const autoUpdater = new AutoUpdater()

const MISSING = [
  'BaseWindow',
  'BrowserView',
  'MessageChannelMain',
  'ServiceWorkerMain',
  'ShareMenu',
  'TouchBar',
  'View',
  'WebContentsView',
  'contentTracing',
  'desktopCapturer',
  'inAppPurchase',
  'netLog',
  'pushNotifications',
  'sharedTexture',
  'systemPreferences',
  'webFrameMain',
] as const

export const missingModules = Object.fromEntries(MISSING.map((name) => [name, missing(name)]))
