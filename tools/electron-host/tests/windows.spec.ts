import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { executable, expect, fixturePath, readyWindow, test } from './launch.ts'

test('a window shows as much of a page as was asked for', async ({ app, window }) => {
  const size = () => window.evaluate(() => [innerWidth, innerHeight])
  expect(await size()).toEqual([700, 500])
  const handle = await app.browserWindow(window)
  await handle.evaluate((browserWindow) => browserWindow.setBounds({ width: 400, height: 650 }))
  await expect.poll(size).toEqual([400, 650])
  expect(await handle.evaluate((browserWindow) => browserWindow.getBounds())).toMatchObject({
    width: 400,
    height: 650,
  })
  await handle.evaluate((browserWindow) => browserWindow.setBounds({ width: 700, height: 500 }))
  await expect.poll(size).toEqual([700, 500])
})

test('windows are found by Playwright and by each of Electron’s ways', async ({ app, window }) => {
  const handle = await app.browserWindow(window)
  expect(
    await app.evaluate(
      ({ BrowserWindow, webContents }, found) => ({
        id: BrowserWindow.fromId(found.id) === found,
        contents: BrowserWindow.fromWebContents(found.webContents) === found,
        all: BrowserWindow.getAllWindows().length,
        url: webContents.getAllWebContents()[0]?.getURL(),
        instance: found instanceof BrowserWindow,
      }),
      handle,
    ),
  ).toEqual({ id: true, contents: true, all: 1, url: 'app://fixture/index.html', instance: true })
})

test('the title of the page becomes the title of the window', async ({ app, window }) => {
  const title = async () =>
    (await app.browserWindow(window)).evaluate((browserWindow) => browserWindow.getTitle())
  await expect.poll(title).toBe('Fixture page')
  await window.evaluate(() => (document.title = 'Changed'))
  await expect.poll(title).toBe('Changed')
})

test('a hidden window tells its page so, and a shown one again', async ({ userData }) => {
  // Without Playwright, which makes every page believe that it is seen.
  const child = spawn(executable, [join(fixturePath, 'hidden.mjs'), `--user-data-dir=${userData}`])
  let written = ''
  child.stdout.on('data', (data) => (written += String(data)))
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(written).toBe('visible, hidden, visible\n')
})

test('a window opened unseen becomes ready to show, and closing it is told', async ({ app, window }) => {
  const opened = app.waitForEvent('window')
  const life = app.evaluate(async ({ BrowserWindow }) => {
    const events: string[] = []
    const second = new BrowserWindow({ show: false })
    const follow = ['ready-to-show', 'show', 'close', 'closed'] as const
    for (const event of follow) second.on(event as 'closed', () => events.push(event))
    second.once('ready-to-show', () => second.show())
    const shown = new Promise<void>((resolve) => second.once('show', () => resolve()))
    await second.loadURL('app://fixture/other.html')
    await shown
    const closed = new Promise<void>((resolve) => second.once('closed', () => resolve()))
    second.close()
    await closed
    return { events, destroyed: second.isDestroyed(), left: BrowserWindow.getAllWindows().length }
  })
  await (await opened).waitForEvent('close')
  expect(await life).toEqual({
    events: ['ready-to-show', 'show', 'close', 'closed'],
    destroyed: true,
    left: 1,
  })
  expect(app.windows()).toEqual([window])
})

test('a listener can keep a window open', async ({ app, window }) => {
  const handle = await app.browserWindow(window)
  expect(
    await handle.evaluate((browserWindow) => {
      browserWindow.once('close', (event: Electron.Event) => event.preventDefault())
      browserWindow.close()
      return browserWindow.isDestroyed()
    }),
  ).toBe(false)
  expect(await window.evaluate(() => document.title)).toBe('Fixture page')
})

test('links go where main lets them', async ({ app, window }) => {
  await app.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
    const asked: string[] = []
    Object.assign(globalThis, { asked })
    webContents.removeAllListeners('will-navigate')
    webContents.on('will-navigate', (event) => {
      asked.push(event.url)
      if (!event.url.startsWith('app://fixture/')) event.preventDefault()
    })
    webContents.setWindowOpenHandler(({ url }) => {
      asked.push(`window ${url}`)
      return { action: 'deny' }
    })
  })
  const asked = () => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)

  await window.click('#outside')
  await expect.poll(asked).toEqual(['https://example.test/page'])
  await window.click('#blank')
  await expect.poll(asked).toContain('window https://example.test/blank')
  expect(await window.evaluate(() => globalThis.open('/other.html'))).toBe(null)
  await expect.poll(asked).toContain('window app://fixture/other.html')
  // Not by a click of its own that the host could catch: Chromium opens a window, and the host closes it.
  await window.evaluate(() => {
    const form = document.createElement('form')
    Object.assign(form, { action: '/other.html', target: '_blank', method: 'get' })
    document.body.append(form)
    form.submit()
  })
  await expect.poll(asked).toHaveLength(4)
  await expect.poll(() => app.windows().length).toBe(1)
  expect(window.url()).toBe('app://fixture/index.html')

  await window.click('#inside')
  await window.waitForURL('app://fixture/other.html')
  expect(await asked()).toContain('app://fixture/other.html')
})

test('a page that crashes is told of, and can be loaded again', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  const crashed = window.waitForEvent('crash')
  const details = app.evaluate(
    ({ app: electronApp, BrowserWindow }) =>
      new Promise((resolve) => {
        const { webContents } = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
        electronApp.once('render-process-gone', (_event, contents, { reason }) => {
          resolve([contents === webContents, reason])
        })
        webContents.forcefullyCrashRenderer()
      }),
  )
  expect(await details).toEqual([true, 'crashed'])
  await crashed
  expect(
    await app.evaluate(async ({ BrowserWindow }) => {
      const { webContents } = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
      const loaded = new Promise<void>((resolve) => webContents.once('did-finish-load', () => resolve()))
      webContents.reload()
      await loaded
      return webContents.executeJavaScript('bridge.nested.add(1, 2)') as Promise<number>
    }),
  ).toBe(3)
})

test('a page can be pictured by main and by Playwright', async ({ app, window }) => {
  const handle = await app.browserWindow(window)
  const [size, start] = await handle.evaluate(async (browserWindow) => {
    const image = await browserWindow.webContents.capturePage()
    return [image.getSize(), image.toPNG().toString('latin1', 1, 4)] as const
  })
  expect(size).toEqual({ width: 700, height: 500 })
  expect(start).toBe('PNG')
  const { length } = await window.screenshot()
  expect(length).toBeGreaterThan(1000)
})

test('the heap of a page can be taken through DevTools', async ({ app, window }) => {
  await window.evaluate(() => Object.assign(globalThis, { marker: `to be ${'found'}` }))
  const session = await app.context().newCDPSession(window)
  let snapshot = ''
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => (snapshot += chunk))
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  expect(snapshot).toContain('to be found')
})

test('the theme of the app is the colour scheme of its pages', async ({ app, window }) => {
  const isDark = () => window.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  const setTheme = (source: 'dark' | 'light' | 'system') =>
    app.evaluate(({ nativeTheme }, theme) => {
      nativeTheme.themeSource = theme
      return nativeTheme.shouldUseDarkColors
    }, source)
  await window.emulateMedia({ colorScheme: null })
  expect(await setTheme('dark')).toBe(true)
  await expect.poll(isDark).toBe(true)
  expect(await setTheme('light')).toBe(false)
  await expect.poll(isDark).toBe(false)
  await setTheme('system')
  await window.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(isDark).toBe(true)
})

test('the app ends when its last window is closed', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  const ended = once(app.process(), 'exit')
  await window.close()
  expect(await ended).toEqual([0, null])
})

test('a listener can keep the app from quitting, and quitting has its order', async ({ launch }) => {
  const app = await launch()
  await readyWindow(app)
  const host = app.process()
  let written = ''
  host.stdout?.on('data', (data) => (written += String(data)))
  await app.evaluate(({ app: electronApp, BrowserWindow }) => {
    const tell = (event: string) => () => process.stdout.write(`${event}\n`)
    electronApp.once('before-quit', (event) => event.preventDefault())
    electronApp.quit()
    electronApp.on('before-quit', tell('before-quit'))
    electronApp.on('will-quit', tell('will-quit'))
    electronApp.on('window-all-closed', tell('window-all-closed'))
    electronApp.on('quit', tell('quit'))
    BrowserWindow.getAllWindows()[0]?.on('closed', tell('closed'))
  })
  expect(host.exitCode).toBe(null)
  const ended = once(host, 'exit')
  await app.evaluate(({ app: electronApp }) => electronApp.quit())
  expect(await ended).toEqual([0, null])
  expect(written).toBe('before-quit\nclosed\nwill-quit\nquit\n')
})

test('permissions are what the app’s handlers say', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  await app.evaluate(({ session }) => {
    session.defaultSession.setPermissionCheckHandler(
      (_contents, permission) => permission === 'notifications',
    )
    session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(true))
  })
  await window.goto('app://fixture/other.html')
  const states = () =>
    window.evaluate(() =>
      Promise.all(
        (['geolocation', 'camera', 'notifications'] as PermissionName[]).map((name) =>
          navigator.permissions.query({ name }).then(({ state }) => state),
        ),
      ),
    )
  await expect.poll(states).toEqual(['denied', 'denied', 'granted'])
})

test('a page can ask to be kept open', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  await window.click('h1')
  await window.evaluate(() => {
    addEventListener('beforeunload', (event) => event.preventDefault())
  })
  const prevented = app.evaluate(
    ({ BrowserWindow }) =>
      new Promise<boolean>((resolve) => {
        const browserWindow = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
        browserWindow.webContents.once('will-prevent-unload', () => resolve(browserWindow.isDestroyed()))
        browserWindow.close()
      }),
  )
  expect(await prevented).toBe(false)
  expect(await window.title()).toBe('Fixture page')
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.on('will-prevent-unload', (event) => event.preventDefault())
  })
})

test('a file is loaded from the folder of the app', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.loadFile('pages/other.html', { query: { x: '1' } }),
  )
  await window.waitForURL(/^file:\/\/\/.*\/fixture\/pages\/other\.html\?x=1$/)
  expect(await window.evaluate(() => typeof (globalThis as unknown as { bridge: unknown }).bridge)).toBe(
    'object',
  )
})
