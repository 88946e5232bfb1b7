/** Lectern among the other programs of a desktop: what a person sees of it outside of its windows. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import type { EffectiveSettings, SettingName } from '../../src/contract/settings.ts'
import type { LaunchedApp } from '../harness/app.ts'
import { repository } from '../harness/repository.ts'
import {
  expect,
  expectInRoom,
  guestRoom,
  maya,
  openRoom,
  room,
  signIn,
  test,
  type Classroom,
} from './classroom.ts'

/** The program that `require('electron')` names: Electron, or the host in its place. */
const electron = createRequire(import.meta.url)('electron') as unknown as string
const newFolder = (name: string) => mkdtemp(join(tmpdir(), `lectern-${name}-`))
const linkTo = (sessionId: string) => `lectern://session/${sessionId}`

interface Heard {
  readonly notifications: Electron.Notification[]
  readonly badges: number[]
  readonly screenHeld: Set<number>
  tray: { tip: string; menu: Electron.Menu | null }
  popup: Electron.Menu | null
  startsAtLogin: boolean
}
declare global {
  /** In main: what Lectern has asked of the desktop since `hearDesktop`. */
  var heard: Heard
  /** In main: what was handed to the person's browser. */
  var opened: string[]
}

/** Stands between Lectern and the desktop: nothing is shown, and what would be is kept. */
const hearDesktop = ({ electronApp }: LaunchedApp) =>
  electronApp.evaluate(({ app, Menu, Notification, powerSaveBlocker, Tray }) => {
    const heard: Heard = {
      notifications: [],
      badges: [],
      screenHeld: new Set(),
      tray: { tip: '', menu: null },
      popup: null,
      startsAtLogin: false,
    }
    globalThis.heard = heard
    Notification.prototype.show = function show() {
      heard.notifications.push(this)
    }
    Tray.prototype.setToolTip = (tip) => void (heard.tray.tip = tip)
    Tray.prototype.setContextMenu = (menu) => void (heard.tray.menu = menu)
    Menu.prototype.popup = function popup() {
      heard.popup = this
    }
    app.setBadgeCount = (count = 0) => heard.badges.push(count) > 0
    app.setLoginItemSettings = ({ openAtLogin = false }) => void (heard.startsAtLogin = openAtLogin)
    const { start, stop } = powerSaveBlocker
    powerSaveBlocker.start = (type) => {
      const id = start(type)
      if (type === 'prevent-display-sleep') heard.screenHeld.add(id)
      return id
    }
    powerSaveBlocker.stop = (id) => {
      heard.screenHeld.delete(id)
      return stop(id)
    }
  })

const notifications = ({ electronApp }: LaunchedApp) =>
  electronApp.evaluate(() => globalThis.heard.notifications.map(({ title, body }) => ({ title, body })))
const lastBadge = ({ electronApp }: LaunchedApp) => electronApp.evaluate(() => globalThis.heard.badges.at(-1))

/** Somebody turns to another program. */
const lookAway = ({ electronApp }: LaunchedApp) =>
  electronApp.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.blur()
  })

const menuLabels = ({ electronApp }: LaunchedApp) =>
  electronApp.evaluate(({ Menu }) => {
    const labels = (menu: Electron.Menu | null | undefined): string[] =>
      (menu?.items ?? []).flatMap(({ label, submenu }) => [label, ...labels(submenu)])
    return labels(Menu.getApplicationMenu())
  })
const chooseFromMenu = ({ electronApp }: LaunchedApp, id: string) =>
  electronApp.evaluate(({ Menu }, wanted) => {
    Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click()
  }, id)

const change = (page: Page, name: SettingName, value: unknown) =>
  page.evaluate((request) => lectern.invoke('settings:change', request), { name, value })
async function effective(page: Page): Promise<EffectiveSettings> {
  const answer = await page.evaluate(() => lectern.invoke('settings:get'))
  if (!answer.ok) throw new Error(answer.failure.message)
  return answer.value as EffectiveSettings
}

async function startAgain(classroom: Classroom, app: LaunchedApp, args: readonly string[] = []) {
  await app.quit()
  return classroom.launch({ userDataDir: app.userDataDir, args })
}

test('a link to a session opens it, from nothing and over whatever is open', async ({ classroom }) => {
  const userDataDir = await newFolder('user-data')
  const { roomId } = await classroom.colleague('Noah Bennett')
  const { roomId: otherId } = await classroom.colleague('Priya Nair', guestRoom)

  // Nobody is signed in yet: first the password, then the room.
  const first = await classroom.launch({ userDataDir, args: [linkTo(roomId)] })
  await first.main.getByLabel('E-mail address').fill(maya.email)
  await first.main.getByLabel('Password', { exact: true }).fill(classroom.server.demoPassword)
  await first.main.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expectInRoom(first.main, room)

  const second = await startAgain(classroom, first, [linkTo(otherId)])
  await expectInRoom(second.main, guestRoom)

  // As a browser starts the program once more, and as macOS tells one that runs.
  await promisify(execFile)(electron, ['.', `--user-data-dir=${userDataDir}`, '--', linkTo(roomId)], {
    cwd: repository,
  })
  await expectInRoom(second.main, room)
  expect(second.electronApp.windows()).toHaveLength(1)
  await second.electronApp.evaluate(
    ({ app }, link) => void app.emit('open-url', { preventDefault() {} }, link),
    linkTo(otherId),
  )
  await expectInRoom(second.main, guestRoom)
})

test('the icon beside the clock says how the session stands', async ({ classroom }) => {
  const app = await classroom.launch()
  await hearDesktop(app)
  const tip = () => app.electronApp.evaluate(() => globalThis.heard.tray.tip)
  await signIn(app.main, classroom.server.demoPassword)
  await expect.poll(tip).toBe('Lectern: Connected')
  await classroom.network.down('refused')
  // Somebody asks for something, and there is no answer.
  void app.main.evaluate(() => lectern.invoke('api:call', { endpoint: 'listLiveSessions', query: {} }))
  await expect.poll(tip, { timeout: 30_000 }).toBe('Lectern: Offline — your notes are safe')
  await classroom.network.up()
  await expect.poll(tip, { timeout: 30_000 }).toBe('Lectern: Connected')
  const menu = await app.electronApp.evaluate(
    () => globalThis.heard.tray.menu?.items.map(({ label, enabled }) => [label, enabled]) ?? [],
  )
  expect(menu).toEqual([
    ['Connected', false],
    [expect.anything(), true],
    ['Open Lectern', true],
    [expect.anything(), true],
    ['Quit Lectern', true],
  ])
})

test('a message in a room nobody looks at is announced, and a click leads there; a muted room is silent', async ({
  classroom,
}) => {
  const app = await classroom.teach()
  await hearDesktop(app)
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  await noah.join(roomId)
  await lookAway(app)
  await noah.say(roomId, 'Is that the bulky base?')
  await expect
    .poll(() => notifications(app))
    .toEqual([{ title: `Noah Bennett in ${room}`, body: 'Is that the bulky base?' }])
  expect(await lastBadge(app)).toBe(1)

  // A few seconds later there is one for all that came meanwhile.
  for (const text of ['Or the small one?', 'Both?']) await noah.say(roomId, text)
  await expect.poll(() => notifications(app)).toHaveLength(2)
  expect((await notifications(app))[1]).toEqual({ title: `2 new messages in ${room}`, body: 'Noah Bennett' })
  expect(await lastBadge(app)).toBe(3)

  await app.main.getByRole('button', { name: 'Sessions' }).first().click()
  await expect(app.main.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
  await app.electronApp.evaluate(() => void globalThis.heard.notifications[0]?.emit('click', {}))
  await expectInRoom(app.main)
  await expect.poll(() => lastBadge(app)).toBe(0)

  const mute = (muted: boolean) =>
    app.main.evaluate((request) => lectern.invoke('room:set-muted', request), { sessionId: roomId, muted })
  await mute(true)
  await lookAway(app)
  await noah.say(roomId, 'Nobody hears this')
  await expect(app.main.getByText('Nobody hears this')).toBeVisible()
  await mute(false)
  await noah.say(roomId, 'Everybody hears this')
  await expect.poll(() => notifications(app)).toHaveLength(3)
  expect((await notifications(app))[2]).toMatchObject({ body: 'Everybody hears this' })
})

test('a raised hand is announced to whoever teaches', async ({ classroom }) => {
  const app = await classroom.teach()
  await hearDesktop(app)
  const { colleague: priya, roomId } = await classroom.colleague('Priya Nair')
  await priya.join(roomId)
  await lookAway(app)
  await priya.call('setHand', { sessionId: roomId, body: { raised: true } })
  await expect.poll(() => notifications(app)).toEqual([{ title: 'Priya Nair raised a hand', body: room }])
})

test('a window opens where it was left', async ({ classroom }) => {
  const app = await classroom.launch()
  const left = { x: 120, y: 80, width: 1000, height: 700 }
  await app.electronApp.evaluate(
    ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
    left,
  )
  const again = await startAgain(classroom, app)
  const bounds = await again.electronApp.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getBounds(),
  )
  expect(bounds).toEqual(left)
})

test('the small window of a room stays above everything else', async ({ classroom }) => {
  const app = await classroom.teach()
  const { roomId } = await classroom.colleague('Noah Bennett')
  const [mini] = await Promise.all([
    app.electronApp.waitForEvent('window'),
    app.main.evaluate((request) => lectern.invoke('windows:open', request), {
      sessionId: roomId,
      kind: 'mini',
    }),
  ])
  const window = await app.electronApp.browserWindow(mini)
  expect(await window.evaluate((it) => [it.isAlwaysOnTop(), ...it.getSize()])).toEqual([true, 300, 220])
  // A part of a room can neither sign anybody out nor read the diagnostics.
  await mini.waitForURL(/window=mini/)
  const refused = await mini.evaluate(() => lectern.invoke('session:sign-out'))
  expect(refused).toMatchObject({ ok: false, failure: { code: 'forbidden' } })
})

test('the menu leads to every page, in the language of the person', async ({ classroom }) => {
  const app = await classroom.launch()
  await signIn(app.main, classroom.server.demoPassword)
  expect(await menuLabels(app)).toEqual(expect.arrayContaining(['Edit', 'Diagnostics', 'Zoom in']))
  await chooseFromMenu(app, 'diagnostics')
  await expect(app.main.getByRole('heading', { level: 1, name: 'Diagnostics' })).toBeVisible()
  await change(app.main, 'language', 'de')
  await expect.poll(() => menuLabels(app)).toEqual(expect.arrayContaining(['Bearbeiten', 'Diagnose']))
  await change(app.main, 'language', 'ar')
  await expect.poll(() => menuLabels(app)).toEqual(expect.arrayContaining(['تحرير', 'التشخيص']))
})

test('a misspelt word is offered in its right spelling under the pointer', async ({ classroom }) => {
  const app = await classroom.teach()
  await hearDesktop(app)
  const labels = await app.electronApp.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.emit(
      'context-menu',
      {},
      {
        isEditable: true,
        selectionText: 'kemistry',
        misspelledWord: 'kemistry',
        dictionarySuggestions: ['chemistry'],
        editFlags: { canCut: true, canCopy: true, canPaste: true },
      },
    )
    return globalThis.heard.popup?.items.map(({ label }) => label)
  })
  expect(labels).toEqual(expect.arrayContaining(['chemistry', 'Add “kemistry” to the dictionary', 'Paste']))
})

test('the screen stays on while somebody teaches, and no longer', async ({ classroom }) => {
  const app = await classroom.launch()
  await hearDesktop(app)
  const held = () => app.electronApp.evaluate(() => globalThis.heard.screenHeld.size)
  await signIn(app.main, classroom.server.demoPassword)
  await openRoom(app.main, guestRoom)
  expect(await held()).toBe(0)
  await app.main.getByRole('button', { name: 'Sessions' }).first().click()
  await openRoom(app.main, room)
  await expect.poll(held).toBe(1)
  await change(app.main, 'keepAwake', false)
  await expect.poll(held).toBe(0)
  await change(app.main, 'keepAwake', true)
  await expect.poll(held).toBe(1)
  const { roomId } = await classroom.colleague('Noah Bennett')
  await app.main.evaluate((request) => lectern.invoke('room:leave', request), { sessionId: roomId })
  await expect.poll(held).toBe(0)
})

test('Lectern starts with the computer when somebody wants it to', async ({ classroom }) => {
  const config = await newFolder('config')
  const entry = join(config, 'autostart', 'lectern.desktop')
  const app = await classroom.launch({ env: { XDG_CONFIG_HOME: config } })
  await hearDesktop(app)
  const starts = () =>
    process.platform === 'linux'
      ? readFile(entry, 'utf8').then(
          (text) => text.includes('\nExec="'),
          () => false,
        )
      : app.electronApp.evaluate(() => globalThis.heard.startsAtLogin)
  expect(await change(app.main, 'startAtLogin', true)).toMatchObject({ ok: true })
  await expect.poll(starts).toBe(true)
  await change(app.main, 'startAtLogin', false)
  await expect.poll(starts).toBe(false)
})

test('the look of all windows follows the setting at once', async ({ classroom }) => {
  const { main } = await classroom.launch()
  const isDark = () => main.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  await change(main, 'theme', 'dark')
  await expect.poll(isDark).toBe(true)
  await change(main, 'theme', 'light')
  await expect.poll(isDark).toBe(false)
})

test('what an organisation sets counts, and nobody gets around it', async ({ classroom }) => {
  const userDataDir = await newFolder('user-data')
  const policy = { idleMinutes: 20, memoryOnlySignIn: false, serverUrl: 'https://lectern.example.edu' }
  await writeFile(join(userDataDir, 'policy.json'), JSON.stringify(policy))
  const { main } = await classroom.launch({ userDataDir })
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()

  const { idleMinutes, serverUrl } = await effective(main)
  const source = { source: 'user-policy', origin: join(userDataDir, 'policy.json') }
  expect(idleMinutes).toEqual({ value: 20, ...source })
  // Also over the command line of this start.
  expect(serverUrl).toEqual({ value: 'https://lectern.example.edu', ...source })
  expect(await change(main, 'idleMinutes', 600)).toMatchObject({ failure: { code: 'forbidden' } })

  const asMaya = (more: object) =>
    main.evaluate((request) => lectern.invoke('session:sign-in', request), {
      email: maya.email,
      password: classroom.server.demoPassword,
      ...more,
    })
  expect(await asMaya({ serverUrl: classroom.network.url })).toMatchObject({
    failure: {
      code: 'forbidden',
      message: 'Your organisation lets you sign in to https://lectern.example.edu only.',
    },
  })
  expect(await asMaya({ memoryOnly: true })).toMatchObject({
    failure: { code: 'forbidden', message: 'Your organisation lets nobody sign in without a keychain.' },
  })
  expect(classroom.network.count('POST', '/auth/sign-in')).toBe(0)
})

test('a mistake in a policy is said in plain words, and the rest of it counts', async ({ classroom }) => {
  const userDataDir = await newFolder('user-data')
  await writeFile(join(userDataDir, 'policy.json'), '{ "idleMinuets": 20, "textSize": 130 }')
  const { main } = await classroom.launch({ userDataDir })
  await expect(main.getByText('there is no setting “idleMinuets”')).toBeVisible()
  expect((await effective(main)).textSize.value).toBe(130)
})

test('a page that was taken over goes nowhere, fetches and saves nothing, and opens https links in the browser', async ({
  classroom,
}) => {
  const { main, electronApp } = await classroom.launch()
  await electronApp.evaluate(({ shell }) => {
    globalThis.opened = []
    shell.openExternal = (url) => {
      globalThis.opened.push(url)
      return Promise.resolve()
    }
  })
  const outside = [
    'https://lectern.example.edu/a',
    'http://lectern.example.edu/b',
    'https://who:secret@lectern.example.edu/c',
    'file:///etc/passwd',
    'mailto:maya@lectern.example.edu',
    'lectern://session/1',
  ]
  await main.evaluate((urls) => {
    for (const url of urls) window.open(url)
  }, outside)
  const opened = () => electronApp.evaluate(() => globalThis.opened)
  await expect.poll(opened).toEqual(['https://lectern.example.edu/a'])
  expect(electronApp.windows()).toHaveLength(1)

  const leaves = (url: string) =>
    electronApp.evaluate(({ BrowserWindow }, to) => {
      let prevented = false
      const event = { url: to, preventDefault: () => (prevented = true) }
      BrowserWindow.getAllWindows()[0]?.webContents.emit('will-navigate', event)
      return !prevented
    }, url)
  expect(await leaves('https://lectern.example.edu/d')).toBe(false)
  expect(await leaves('file:///etc/passwd')).toBe(false)
  expect(await leaves('app://lectern/?window=room')).toBe(false)
  expect(await leaves('app://lectern/?window=main')).toBe(true)
  expect(await opened()).toEqual(['https://lectern.example.edu/a', 'https://lectern.example.edu/d'])

  const reached = await main.evaluate(
    (url) =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    `${classroom.server.url}/health`,
  )
  expect(reached).toBe(false)
  const permissions = await main.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone'] as PermissionName[]
    const asked = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
    return asked.map(({ state }) => state)
  })
  expect(new Set(permissions)).toEqual(new Set(['denied']))
  const isSaved = await electronApp.evaluate(({ session }) => {
    let prevented = false
    session.defaultSession.emit('will-download', { preventDefault: () => (prevented = true) })
    return !prevented
  })
  expect(isSaved).toBe(false)
})

test('a page has no say in whether its window closes', async ({ classroom }) => {
  const { main, electronApp } = await classroom.launch()
  await main.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault()))
  // Chromium listens only to pages that somebody has touched.
  await main.getByLabel('E-mail address').click()
  const ended = electronApp.waitForEvent('close')
  await electronApp.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await ended
})
