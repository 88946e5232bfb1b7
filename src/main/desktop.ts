/**
 * Lectern among the other programs of a desktop: its menus, its icon beside the clock, its notifications, and what it
 * asks of the computer. Follows the session and the settings; decides nothing that another file can.
 */
import {
  app,
  BrowserWindow,
  Menu,
  nativeImage,
  nativeTheme,
  powerSaveBlocker,
  session as sessions,
  type WebContents,
} from 'electron'
import unreadImage from '../../resources/tray/unread.png?inline'
import unreadImageLarge from '../../resources/tray/unread@2x.png?inline'
import type { Page, WindowKind } from '../contract/ipc.ts'
import { languageFor, type EffectiveSettings, type Language } from '../contract/settings.ts'
import type { Clock } from '../core/ports.ts'
import type { Session } from '../core/session.ts'
import { createKeepAwake } from './adapters/keep-awake.ts'
import type { Log } from './adapters/log.ts'
import { createNotifications } from './adapters/notifications.ts'
import { checkSpelling } from './adapters/spelling.ts'
import { setStartAtLogin } from './adapters/start-at-login.ts'
import { createUnreadBadge } from './adapters/unread-badge.ts'
import { createAnnouncements, type Announcement } from './announcements.ts'
import type { Translate } from './desktop-words.ts'
import { applicationMenu, textMenu } from './menu.ts'
import type { MutedRooms } from './muted-rooms.ts'
import type { Settings } from './settings.ts'
import { statusInWords } from './status-words.ts'
import { createTrayIcon } from './tray.ts'
import type { Windows } from './windows.ts'

export interface DesktopOptions {
  readonly clock: Clock
  readonly session: Session
  readonly settings: Settings
  readonly windows: Windows
  readonly mutedRooms: MutedRooms
  readonly translate: Translate
  readonly log: Log
  /** The page the main window is on. */
  readonly mainPage: () => Page | null
  readonly showMain: (page?: Page) => void
  readonly showShortcuts: () => void
}

export interface Desktop {
  /** Somebody is looking at another window or page than before. */
  look(): void
}

const systemLanguages = () => app.getPreferredSystemLanguages()

export const languageOf = ({ language }: EffectiveSettings): Language =>
  languageFor(language.value === 'system' ? systemLanguages() : [language.value])

export function joinDesktop(options: DesktopOptions): Desktop {
  const { clock, session, settings, windows, mutedRooms, translate, log, mainPage, showMain, showShortcuts } =
    options
  const now = () => settings.effective()
  const keepAwake = createKeepAwake(powerSaveBlocker)
  const tray = createTrayIcon(process.platform, translate, {
    open: () => showMain(),
    quit: () => app.quit(),
  })
  const notifications = createNotifications(translate, (sessionId) => {
    const shown = (['room', 'chat'] as const).find((kind) => windows.isOpen(kind, sessionId))
    if (shown) windows.open(shown, sessionId)
    else showMain({ name: 'room', sessionId })
  })

  const dot = nativeImage.createFromDataURL(unreadImage)
  dot.addRepresentation({ scaleFactor: 2, dataURL: unreadImageLarge })
  const badge = createUnreadBadge({
    platform: process.platform,
    setBadgeCount: (count) => app.setBadgeCount(count),
    windows: () => BrowserWindow.getAllWindows(),
    dot,
    inWords: (count) => translate('unread', { count }),
  })
  const announcements = createAnnouncements(
    {
      clock,
      serverNow: () => clock.wallNow() + (session.facts().clockOffset ?? 0),
      self() {
        const { state } = session.state()
        return 'account' in state ? state.account.id : null
      },
      watched: (sessionId, what) => isWatched(windows, mainPage(), sessionId, what),
      wanted: (sessionId, what) =>
        !mutedRooms.has(sessionId) &&
        now()[what === 'messages' ? 'messageNotifications' : 'handNotifications'].value,
    },
    { announce: notifications.show, unread: badge.show },
  )

  function setMenu(): void {
    const template = applicationMenu(process.platform, translate, { show: showMain, showShortcuts })
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
  }
  const follow = () => {
    const { state } = session.state()
    tray.say(statusInWords(state, translate))
    if (state.kind === 'signed-out') {
      announcements.forget()
      notifications.clear()
    }
    holdScreen()
  }
  const holdScreen = () => keepAwake(now().keepAwake.value && session.teaching())

  function startAtLogin({ value, source }: EffectiveSettings['startAtLogin']): void {
    // Where nobody has said anything, an entry that somebody made by hand stays theirs.
    if (!value && source === 'default') return
    setStartAtLogin(app, value).catch((error: unknown) => log.write('start at login', error))
  }

  let applied: EffectiveSettings | null = null
  function apply(next: EffectiveSettings): void {
    const before = applied
    applied = next
    const changed = (...names: (keyof EffectiveSettings)[]) =>
      names.some((name) => before?.[name].value !== next[name].value)
    if (changed('theme')) nativeTheme.themeSource = next.theme.value
    if (changed('language')) {
      setMenu()
      tray.say(statusInWords(session.state().state, translate))
    }
    if (changed('language', 'spellChecking')) {
      checkSpelling(sessions.defaultSession, next.spellChecking.value, languageOf(next), systemLanguages())
    }
    if (changed('startAtLogin')) startAtLogin(next.startAtLogin)
    holdScreen()
  }

  apply(now())
  settings.subscribe(apply)
  session.subscribe({
    state: follow,
    roomPatch(change) {
      announcements.patched(change)
      if (change.patch.set.session ?? change.patch.set.connection) holdScreen()
    },
  })
  app.on('browser-window-focus', announcements.look)
  // Before that it has no button in the task bar.
  app.on('browser-window-created', (_event, window) => window.once('show', badge.showAgain))
  app.on('web-contents-created', (_event, contents) => offerTextMenu(contents))

  function offerTextMenu(contents: WebContents): void {
    contents.on('context-menu', (_event, place) => {
      const items = textMenu(place, translate, {
        replaceMisspelling: (word) => contents.replaceMisspelling(word),
        learn: (word) => contents.session.addWordToSpellCheckerDictionary(word),
      })
      if (items) Menu.buildFromTemplate(items).popup()
    })
  }

  return { look: announcements.look }
}

/** Until the page says it better. */
export const windowTitle = (kind: WindowKind, translate: Translate): string =>
  kind === 'main' || kind === 'room' ? 'Lectern' : `${translate(`window.${kind}`)} – Lectern`

/** Which parts of a room a window shows. */
const shows: Readonly<Record<Exclude<WindowKind, 'main'>, readonly Announcement['what'][]>> = {
  room: ['messages', 'hands'],
  chat: ['messages'],
  roster: ['hands'],
  mini: ['hands'],
}

function isWatched(
  windows: Windows,
  mainPage: Page | null,
  sessionId: string,
  what: Announcement['what'],
): boolean {
  const contents = windows.focused()
  const record = contents && windows.recordOf(contents)
  if (!record) return false
  if (record.kind === 'main') return mainPage?.name === 'room' && mainPage.sessionId === sessionId
  return record.sessionId === sessionId && shows[record.kind].includes(what)
}
