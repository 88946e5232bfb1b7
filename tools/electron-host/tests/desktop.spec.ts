import { expect, test } from './launch.ts'

interface Host {
  readonly electronHost: {
    readonly calls: readonly { readonly name: string; readonly args: readonly unknown[] }[]
  }
}

test('what an app asks of the desktop is kept in order', async ({ app }) => {
  const calls = await app.evaluate((electron) => {
    const { app: asked, powerSaveBlocker, session } = electron
    const { calls: all } = (electron as unknown as Host).electronHost
    const before = all.length
    asked.setBadgeCount(3)
    asked.setLoginItemSettings({ openAtLogin: true })
    powerSaveBlocker.stop(powerSaveBlocker.start('prevent-display-sleep'))
    session.defaultSession.setSpellCheckerEnabled(true)
    session.defaultSession.setSpellCheckerLanguages(['de'])
    return { names: all.slice(before).map(({ name }) => name), badge: asked.getBadgeCount() }
  })
  expect(calls).toEqual({
    names: [
      'app.setBadgeCount',
      'app.setLoginItemSettings',
      'powerSaveBlocker.start',
      'powerSaveBlocker.stop',
      'session.setSpellCheckerEnabled',
      'session.setSpellCheckerLanguages',
    ],
    badge: 3,
  })
})

test('a notification says what it was made to say, and a test can click it', async ({ app }) => {
  const told = await app.evaluate((electron) => {
    const heard: string[] = []
    const notification = new electron.Notification({ title: 'Noah Bennett', body: 'Hello' })
    notification.on('click', () => heard.push(`clicked ${notification.title}: ${notification.body}`))
    notification.show()
    const { calls } = (electron as unknown as Host).electronHost
    const shown = calls.findLast(({ name }) => name === 'Notification.show')?.args[1]
    ;(shown as Electron.Notification).emit('click')
    return heard
  })
  expect(told).toEqual(['clicked Noah Bennett: Hello'])
})

test('the menu of an icon beside the clock can be read and chosen from', async ({ app }) => {
  const told = await app.evaluate((electron) => {
    const { Menu, nativeImage, Tray } = electron
    const heard: string[] = []
    const tray = new Tray(nativeImage.createFromDataURL('data:image/png;base64,'))
    tray.setToolTip('Connected')
    tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Open', click: () => heard.push('opened') }]))
    const { calls } = (electron as unknown as Host).electronHost
    const last = (name: string) => calls.findLast((call) => call.name === name)?.args[0]
    const menu = last('Tray.setContextMenu') as Electron.Menu
    menu.items[0]?.click()
    return [...heard, last('Tray.setToolTip'), menu.items[0]?.label]
  })
  expect(told).toEqual(['opened', 'Connected', 'Open'])
})

test('an image keeps its size across a data URL', async ({ app }) => {
  const sizes = await app.evaluate(async ({ BrowserWindow, nativeImage }) => {
    const picture = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage()
    const again = nativeImage.createFromDataURL(picture?.toDataURL() ?? '')
    return [picture?.getSize(), again.getSize(), again.isEmpty()]
  })
  expect(sizes[1]).toEqual(sizes[0])
  expect(sizes[2]).toBe(false)
})

test('a window that is maximised before it is shown is shown, and stays maximised', async ({
  app,
  window,
}) => {
  const opened = app.waitForEvent('window')
  const state = await app.evaluate(({ BrowserWindow }) => {
    const second = new BrowserWindow({ show: false })
    second.setAlwaysOnTop(true, 'floating')
    second.maximize()
    const maximised = second.isVisible()
    second.show()
    const found = [maximised, second.isMaximized(), second.isAlwaysOnTop()]
    void second.loadURL('app://fixture/index.html').then(() => second.close())
    return found
  })
  expect(state).toEqual([true, true, true])
  await (await opened).waitForEvent('close')
  await window.bringToFront()
})
