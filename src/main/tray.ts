import { Menu, nativeImage, Tray, type NativeImage } from 'electron'
import trayImage from '../../resources/tray/tray.png?inline'
import trayImageLarge from '../../resources/tray/tray@2x.png?inline'
import templateImage from '../../resources/tray/tray-template.png?inline'
import templateImageLarge from '../../resources/tray/tray-template@2x.png?inline'
import type { Translate } from './desktop-words.ts'

export interface TrayIcon {
  /** Does nothing when it says so already. Another language is another status. */
  say(status: string): void
}

export interface TrayActions {
  open(): void
  quit(): void
}

/** The icon beside the clock. On a Linux desktop without a place for such icons there is simply none. */
export function createTrayIcon(
  platform: NodeJS.Platform,
  translate: Translate,
  actions: TrayActions,
): TrayIcon {
  // It lives as long as the app: one that nobody holds is collected as garbage and vanishes.
  const tray = new Tray(iconFor(platform))
  let status = ''
  // On macOS a click opens the menu.
  if (platform !== 'darwin') tray.on('click', actions.open)

  return {
    say(next) {
      if (next === status) return
      status = next
      tray.setToolTip(translate('tray.status', { status }))
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { id: 'status', label: status, enabled: false },
          { type: 'separator' },
          { id: 'open', label: translate('tray.open'), click: actions.open },
          { type: 'separator' },
          { id: 'quit', label: translate('tray.quit'), click: actions.quit },
        ]),
      )
    },
  }
}

/** 16 points square, sharp on a dense display. macOS colours a template image for a light or a dark menu bar. */
function iconFor(platform: NodeJS.Platform): NativeImage {
  const isTemplate = platform === 'darwin'
  const image = nativeImage.createFromDataURL(isTemplate ? templateImage : trayImage)
  image.addRepresentation({ scaleFactor: 2, dataURL: isTemplate ? templateImageLarge : trayImageLarge })
  image.setTemplateImage(isTemplate)
  return image
}
