import type { BrowserWindow, NativeImage } from 'electron'

export interface UnreadBadgeOptions {
  readonly platform: NodeJS.Platform
  /** Electron's `app.setBadgeCount`, which does nothing on Windows. */
  readonly setBadgeCount: (count: number) => unknown
  readonly windows: () => readonly Pick<BrowserWindow, 'setOverlayIcon'>[]
  readonly dot: NativeImage
  /** For who cannot see the dot. */
  readonly inWords: (count: number) => string
}

export interface UnreadBadge {
  show(count: number): void
  /** To a window that has opened since. */
  showAgain(): void
}

/** How much is unread: a number on the icon in the dock, or a dot on the button in Windows' task bar. */
export function createUnreadBadge(options: UnreadBadgeOptions): UnreadBadge {
  const { platform, setBadgeCount, windows, dot, inWords } = options
  if (platform !== 'win32') return { show: setBadgeCount, showAgain: () => {} }
  let shown = 0
  const showAgain = () => {
    for (const window of windows()) {
      window.setOverlayIcon(shown > 0 ? dot : null, shown > 0 ? inWords(shown) : '')
    }
  }
  return {
    show(count) {
      shown = count
      showAgain()
    },
    showAgain,
  }
}
