/** What the app gets from `import … from 'electron'` in the main process. */
import { App, type AppOptions } from './api/app.ts'
import { BrowserWindow, surroundWindows } from './api/browser-window.ts'
import {
  autoUpdater,
  calls,
  clipboard,
  crashReporter,
  dialog,
  globalShortcut,
  Menu,
  MenuItem,
  missingModules,
  Notification,
  safeStorage,
  screen,
  shell,
  Tray,
} from './api/desktop.ts'
import { IpcMain } from './api/ipc-main.ts'
import { nativeImage } from './api/native-image.ts'
import { nativeTheme } from './api/native-theme.ts'
import { createNet } from './api/net.ts'
import { powerMonitor, powerSaveBlocker } from './api/power.ts'
import { createProtocol } from './api/protocol.ts'
import { defaultSession, Session } from './api/session.ts'
import { createUtilityProcess } from './api/utility-process.ts'
import { webContents } from './api/web-contents.ts'
import type { Reaper } from './reaper.ts'
import { complete } from './unimplemented.ts'

export function createElectronModule(options: Omit<AppOptions, 'windows' | 'close'>, reaper: Reaper) {
  const app = new App({ ...options, windows: BrowserWindow.getAllWindows, close: BrowserWindow.tryToClose })
  const ipcMain = new IpcMain()
  surroundWindows({ app, ipcMain })
  const isReady = () => app.isReady()
  const electron = {
    ...missingModules,
    app,
    autoUpdater,
    BrowserWindow,
    clipboard,
    crashReporter,
    dialog,
    /** Not Electron's: what the app asked of the desktop, for tests. */
    electronHost: { calls },
    globalShortcut,
    ipcMain,
    Menu,
    MenuItem,
    nativeImage,
    nativeTheme,
    net: createNet(isReady),
    Notification,
    powerMonitor,
    powerSaveBlocker,
    protocol: createProtocol(isReady),
    safeStorage,
    screen,
    session: complete('session', { defaultSession, Session }),
    shell,
    Tray,
    utilityProcess: createUtilityProcess(reaper, isReady),
    webContents,
  }
  return complete('electron', electron)
}

export type ElectronModule = ReturnType<typeof createElectronModule>
