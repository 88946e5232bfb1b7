import { createRequire } from 'node:module'
import { expect, test } from './launch.ts'

const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string }

test('a page sees nothing of Node, of the preload or of the host', async ({ window }) => {
  expect(
    await window.evaluate(() => (globalThis as unknown as { seenAtStart: unknown }).seenAtStart),
  ).toEqual({
    require: 'undefined',
    process: 'undefined',
    module: 'undefined',
    leaked: 'undefined',
    bridge: 'object',
    names: [],
  })
})

test('a preload sees nothing of the page’s globals', async ({ window }) => {
  expect(
    await window.evaluate(() =>
      (globalThis as unknown as { bridge: { readPageGlobal(): string } }).bridge.readPageGlobal(),
    ),
  ).toBe('undefined')
})

test('a sandboxed preload can require four modules and nothing else', async ({ window }) => {
  expect(await window.evaluate(() => (globalThis as unknown as { sandbox: unknown }).sandbox)).toEqual({
    required: ['object', 'function', 'object', 'object', 'function'],
    refused: 'module not found: fs',
    unknownMember: 'electron-host: ipcRenderer.sendSync is not implemented (tools/electron-host/README.md).',
    emitter: 2,
    sandboxed: true,
    type: 'renderer',
    electron: version,
    argv: ['--from=main'],
  })
})

test('frames inside a page get no bridge', async ({ window }) => {
  const seen = await window.evaluate(async () => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    return typeof (frame.contentWindow as unknown as { bridge: unknown }).bridge
  })
  expect(seen).toBe('undefined')
})

test('a member the host does not have is named in an error, not undefined', async ({ app }) => {
  const messages = await app.evaluate(({ app: electronApp, BrowserWindow, net, session }) => {
    const messageOf = (run: () => unknown) => {
      try {
        return String(run())
      } catch (error) {
        return (error as Error).message
      }
    }
    const window = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
    return [
      messageOf(() => electronApp.getGPUInfo('basic')),
      messageOf(() => window.getNativeWindowHandle()),
      messageOf(() => (BrowserWindow as unknown as { addExtension(path: string): void }).addExtension('x')),
      messageOf(() => window.webContents.printToPDF({})),
      messageOf(() => net.request('http://127.0.0.1')),
      messageOf(() => session.defaultSession.cookies),
    ]
  })
  expect(messages).toEqual(
    [
      'app.getGPUInfo',
      'BrowserWindow.getNativeWindowHandle',
      'BrowserWindow.addExtension',
      'webContents.printToPDF',
      'net.request',
      'session.cookies',
    ].map((name) => `electron-host: ${name} is not implemented (tools/electron-host/README.md).`),
  )
})

test('window options that would weaken isolation, or are unknown, are refused', async ({ app }) => {
  const messages = await app.evaluate(({ BrowserWindow }) =>
    [
      { webPreferences: { nodeIntegration: true } },
      { webPreferences: { sandbox: false } },
      { kiosk: true },
    ].map((options) => {
      try {
        new BrowserWindow(options)
        return 'opened'
      } catch (error) {
        return (error as Error).message
      }
    }),
  )
  expect(messages).toEqual([
    "electron-host: the web preference 'nodeIntegration' can only be false here.",
    "electron-host: the web preference 'sandbox' can only be true here.",
    "electron-host: the window option 'kiosk' is not implemented.",
  ])
})
