/**
 * Chromium tells no DevTools client that a page asks for a permission. So the app is asked about all of them when a
 * page is loaded, and Chromium is told the answers.
 */
import { originOf, toStandIn } from '../custom-schemes.ts'
import { getRunning } from '../running.ts'
import { Session } from './session.ts'
import type { WebContents } from './web-contents.ts'

/** From the names of the Permissions API to Electron's. */
const NAMES: Readonly<Record<string, string>> = {
  camera: 'media',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
  'display-capture': 'display-capture',
  geolocation: 'geolocation',
  'idle-detection': 'idle-detection',
  'keyboard-lock': 'keyboardLock',
  microphone: 'media',
  midi: 'midi',
  notifications: 'notifications',
  'pointer-lock': 'pointerLock',
  'window-management': 'window-management',
}

export async function settlePermissions(contents: WebContents, url: string): Promise<void> {
  const origin = toStandIn(originOf(url))
  if (!origin.startsWith('http')) return
  const { devtools } = getRunning().chromium
  await Promise.all(
    Object.entries(NAMES).map(async ([name, permission]) => {
      const granted = await Session.allows(contents.session, contents, permission, url)
      const setting = granted ? 'granted' : 'denied'
      await devtools.send('Browser.setPermission', { permission: { name }, setting, origin })
    }),
  )
}
