/** The options of a window: what is honoured, what is knowingly without effect, and what the host must refuse. */
import { isAbsolute } from 'node:path'

export interface WebPreferences {
  readonly preload?: string
  readonly additionalArguments?: readonly string[]
  readonly sandbox?: boolean
  readonly contextIsolation?: boolean
  readonly nodeIntegration?: boolean
  readonly [other: string]: unknown
}

export interface WindowOptions {
  readonly width?: number
  readonly height?: number
  readonly x?: number
  readonly y?: number
  readonly title?: string
  readonly show?: boolean
  readonly minWidth?: number
  readonly minHeight?: number
  readonly webPreferences?: WebPreferences
  readonly [other: string]: unknown
}

const HONOURED = new Set([
  'width',
  'height',
  'x',
  'y',
  'title',
  'show',
  'minWidth',
  'minHeight',
  'webPreferences',
])

/** They change what a window manager or a person sees, and there is neither. */
const WITHOUT_EFFECT = new Set([
  'acceptFirstMouse',
  'alwaysOnTop',
  'autoHideMenuBar',
  'backgroundColor',
  'backgroundMaterial',
  'center',
  'closable',
  'darkTheme',
  'frame',
  'fullscreenable',
  'hasShadow',
  'icon',
  'maxHeight',
  'maxWidth',
  'maximizable',
  'minimizable',
  'movable',
  'opacity',
  'paintWhenInitiallyHidden',
  'resizable',
  'roundedCorners',
  'skipTaskbar',
  'tabbingIdentifier',
  'thickFrame',
  'titleBarOverlay',
  'titleBarStyle',
  'trafficLightPosition',
  'type',
  'useContentSize',
  'vibrancy',
  'visualEffectState',
])

const PREFERENCES_HONOURED = new Set(['preload', 'additionalArguments', 'backgroundThrottling'])
const PREFERENCES_WITHOUT_EFFECT = new Set([
  'autoplayPolicy',
  'defaultEncoding',
  'defaultFontFamily',
  'defaultFontSize',
  'defaultMonospaceFontSize',
  'devTools',
  'disableDialogs',
  'enablePreferredSizeMode',
  'imageAnimationPolicy',
  'navigateOnDragDrop',
  'safeDialogs',
  'safeDialogsMessage',
  'scrollBounce',
  'spellcheck',
  'textAreasAreResizable',
  'v8CacheOptions',
])

/** The host can only do these; they are Electron's defaults, and the safe ones. */
const PREFERENCES_FIXED: Readonly<Record<string, boolean>> = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  javascript: true,
  images: true,
  webgl: true,
  plugins: false,
  offscreen: false,
}

/** @throws Error naming an option the host does not know or cannot do. */
export function checkWindowOptions(options: WindowOptions): void {
  for (const name of Object.keys(options)) {
    if (!HONOURED.has(name) && !WITHOUT_EFFECT.has(name)) {
      throw new Error(`electron-host: the window option '${name}' is not implemented.`)
    }
  }
  for (const name of ['width', 'height', 'x', 'y', 'minWidth', 'minHeight'] as const) {
    const value = options[name]
    if (value !== undefined && !Number.isFinite(value)) {
      throw new TypeError(`electron-host: the window option '${name}' is no number.`)
    }
  }
  for (const [name, value] of Object.entries(options.webPreferences ?? {})) {
    if (value === undefined || PREFERENCES_HONOURED.has(name) || PREFERENCES_WITHOUT_EFFECT.has(name))
      continue
    if (!Object.hasOwn(PREFERENCES_FIXED, name)) {
      throw new Error(`electron-host: the web preference '${name}' is not implemented.`)
    }
    if (value !== PREFERENCES_FIXED[name]) {
      throw new Error(
        `electron-host: the web preference '${name}' can only be ${PREFERENCES_FIXED[name]} here.`,
      )
    }
  }
  const preload = options.webPreferences?.preload
  if (preload !== undefined && !isAbsolute(preload)) {
    throw new Error(`preload script must have absolute path: ${preload}`)
  }
}
