import AxeBuilder from '@axe-core/playwright'
import type { ElectronApplication, Locator, Page } from '@playwright/test'
import type { LaunchedApp } from '../harness/app.ts'
import { people } from '../../src/server/demo/demo-school.ts'
import {
  chat,
  composer,
  expect,
  expectInRoom,
  guestRoom,
  maya,
  openRoom,
  sessionIdOf,
  signIn,
  test,
  type Classroom,
} from './classroom.ts'

/** WCAG 2.2 AA: what axe can find by itself of it. */
const standard = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
const themes = ['light', 'dark'] as const
const pages = ['Sessions', 'Library', 'Jobs', 'Diagnostics', 'Settings'] as const
const title = (page: Page) => page.getByRole('heading', { level: 1 })
const rail = (page: Page) => page.getByRole('navigation', { name: 'Pages' })

async function goTo(page: Page, name: (typeof pages)[number]): Promise<void> {
  await rail(page).getByRole('button', { name }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  // Until what the page asks the server for is there.
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
}

const setTheme = ({ electronApp }: { electronApp: ElectronApplication }, theme: (typeof themes)[number]) =>
  electronApp.evaluate(({ nativeTheme }, source) => void (nativeTheme.themeSource = source), theme)

/** What axe has against a page, in a line each. */
async function faultsOf(page: Page): Promise<string[]> {
  // The new mode opens a page of its own, which Electron has none of to give.
  const { violations } = await new AxeBuilder({ page }).withTags(standard).setLegacyMode(true).analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all }) => `${id} ${target.join(' ')}: ${[...any, ...all][0]?.message ?? ''}`),
  )
}

/** In either theme. Soft, so that one run tells of every place. */
async function look(app: LaunchedApp, page: Page, place: string): Promise<void> {
  for (const theme of themes) {
    await setTheme(app, theme)
    await expect
      .poll(() => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches))
      .toBe(theme === 'dark')
    // Colours that are on their way from one theme to the other are nobody's.
    await expect.poll(() => page.evaluate(() => document.getAnimations().length)).toBe(0)
    expect.soft(await faultsOf(page), `${place}, ${theme}`).toEqual([])
  }
}

async function openPart(app: LaunchedApp, kind: 'room' | 'chat' | 'roster' | 'mini'): Promise<Page> {
  const sessionId = await sessionIdOf(app.main)
  const [part] = await Promise.all([
    app.electronApp.waitForEvent('window'),
    app.main.evaluate((request) => globalThis.lectern.invoke('windows:open', request), { kind, sessionId }),
  ])
  await expect(title(part)).toHaveCount(1)
  await expect(part.locator('[aria-busy=true]')).toHaveCount(0)
  return part
}

/** Several people with something to say. */
async function fillRoom(classroom: Classroom): Promise<void> {
  for (const name of ['Noah Bennett', 'Mei Lin', 'Omar Haddad']) {
    const { colleague, roomId } = await classroom.colleague(name)
    await colleague.join(roomId)
    await colleague.say(roomId, `Good morning from ${name}`)
  }
}

test('axe finds nothing on any page of the main window, in either theme', async ({ classroom }) => {
  await fillRoom(classroom)
  const app = await classroom.launch()
  const { main } = app
  await look(app, main, 'sign-in')
  await main.getByRole('button', { name: 'Sign in', exact: true }).click()
  await look(app, main, 'sign-in with problems')
  await signIn(main, classroom.server.demoPassword)
  for (const name of pages) {
    await goTo(main, name)
    await look(app, main, name)
  }
  await goTo(main, 'Sessions')
  await main.getByRole('tab', { name: /^All/ }).click()
  await look(app, main, 'all sessions')
  await main.getByRole('tab', { name: /^Live/ }).click()
  await openRoom(main)
  await look(app, main, 'room')
  for (const tab of ['Notes', 'Attendance', 'Assistant']) {
    await main.getByRole('tab', { name: tab }).click()
    await look(app, main, tab)
  }
  await main.getByRole('heading', { level: 1 }).focus()
  await main.keyboard.press('?')
  await expect(main.getByRole('dialog')).toBeVisible()
  await look(app, main, 'shortcuts')
  await main.keyboard.press('Escape')
  await main.getByRole('button', { name: /Session details/ }).click()
  await expect(main.getByRole('dialog')).toBeVisible()
  await look(app, main, 'session panel')
  await main.keyboard.press('Escape')
  await classroom.endSession()
  await expect(main.getByRole('dialog', { name: /Sign in again/ })).toBeVisible({ timeout: 60_000 })
  await look(app, main, 'sign in again')
})

test('axe finds nothing in any other window, in either theme', async ({ classroom }) => {
  await fillRoom(classroom)
  const app = await classroom.teach()
  for (const kind of ['room', 'chat', 'roster', 'mini'] as const) {
    const part = await openPart(app, kind)
    await look(app, part, `window ${kind}`)
    await part.close()
  }
})

/** Presses Tab until the focus is there, as somebody does who looks for it. */
async function tabTo(page: Page, target: Locator, most = 80): Promise<void> {
  await expect(target.first()).toBeVisible()
  for (let presses = 0; presses < most; presses += 1) {
    if (await target.first().evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab did not come to ${target.toString()}.`)
}

async function activate(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

test('the whole job is done by keyboard, from signing in to signing out', async ({ classroom }) => {
  const { main } = await classroom.launch()
  const button = (name: string | RegExp) => main.getByRole('button', { name, exact: true })
  await tabTo(main, main.getByLabel('E-mail address'))
  await main.keyboard.type(maya.email)
  await tabTo(main, main.getByLabel('Password', { exact: true }))
  await main.keyboard.type(classroom.server.demoPassword)
  await main.keyboard.press('Enter')
  await expect(main.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()

  await activate(main, main.getByRole('article', { name: guestRoom }).getByRole('button', { name: 'Open' }))
  await expectInRoom(main, guestRoom)
  await tabTo(main, composer(main))
  await main.keyboard.type('Written without a mouse')
  await main.keyboard.press('Enter')
  await expect(chat(main).getByText('Written without a mouse')).toBeVisible()
  await activate(main, button('Raise hand'))
  await expect(button('Lower hand')).toBeVisible()
  await activate(main, button('Leave'))
  await expect(composer(main)).toHaveCount(0)

  // The skip link comes first, and the page after it.
  await activate(main, rail(main).getByRole('button', { name: 'Settings' }))
  await expect(main.getByRole('heading', { level: 1, name: 'Settings' })).toBeFocused()
  await main.keyboard.press('Shift+Tab')
  await activate(main, button('Skip to the page'))
  await expect(main.getByRole('heading', { level: 1, name: 'Settings' })).toBeFocused()
  await tabTo(main, main.getByRole('switch', { name: 'Messages' }))
  await main.keyboard.press('Space')
  await expect(main.getByRole('switch', { name: 'Messages' })).not.toBeChecked()

  await activate(main, rail(main).getByRole('button', { name: 'Diagnostics' }))
  await expect(main.getByRole('heading', { level: 1, name: 'Diagnostics' })).toBeFocused()

  await activate(main, button(/^Account/))
  await expect(main.getByRole('menu')).toBeVisible()
  await expect(main.getByRole('menuitem', { name: 'Sign out', exact: true })).toBeVisible()
  for (let n = 0; n < 10; n += 1) {
    const chosen = main.getByRole('menuitem', { name: 'Sign out', exact: true })
    if (await chosen.evaluate((item) => item === document.activeElement)) break
    await main.keyboard.press('ArrowDown')
  }
  await main.keyboard.press('Enter')
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
})

test('thirty people who come in at once are not read out one by one', async ({ classroom }) => {
  const { main } = await classroom.teach()
  await main.evaluate(() => {
    const said: string[] = []
    Object.assign(globalThis, { said })
    const spoken = ':is([role=status], [role=alert], [aria-live=polite], [aria-live=assertive])'
    const speak = (node: Node) => {
      const region = (node instanceof Element ? node : node.parentElement)?.closest(spoken)
      const quiet = (node instanceof Element ? node : node.parentElement)?.closest('[aria-live=off]')
      const words = region?.textContent?.trim()
      if (region && !quiet && words) said.push(words)
    }
    // One entry for what changes together: a screen reader hears of it together.
    new MutationObserver((changes) => {
      for (const region of new Set(changes.map(({ target }) => target))) speak(region)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  // Those whose e-mail address is their name.
  const learners = people
    .filter(({ name, role }) => role === 'learner' && /^[a-z ]+$/i.test(name))
    .slice(0, 30)
  const arrivals = []
  for (const { name } of learners) arrivals.push(await classroom.colleague(name))
  await Promise.all(arrivals.map(({ colleague, roomId }) => colleague.join(roomId)))
  await expect(main.getByText('31 people', { exact: true })).toBeVisible()
  await expect
    .poll(() => main.evaluate(() => (globalThis as unknown as { said: string[] }).said.length))
    .toBeGreaterThan(0)
  const said = await main.evaluate(() => (globalThis as unknown as { said: string[] }).said)
  expect(said.length, said.join('\n')).toBeLessThanOrEqual(8)
  expect(said.join('\n')).toMatch(/people joined/)
})

/** What moves for longer than a person who asked for stillness would see. */
const moving = (page: Page) =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0) > 1)
      .map(({ effect }) => (effect as KeyframeEffect | null)?.target?.outerHTML.slice(0, 120) ?? ''),
  )

test('who asked for less motion sees none', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await main.emulateMedia({ reducedMotion: 'reduce' })
  await signIn(main, classroom.server.demoPassword)
  for (const name of pages) {
    await goTo(main, name)
    expect(await moving(main), name).toEqual([])
  }
  await goTo(main, 'Sessions')
  await openRoom(main)
  expect(await moving(main)).toEqual([])
})

/** What is wider than its place, the page itself first. A list of tabs may be swept sideways. */
const overflowing = (page: Page) =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll<HTMLElement>('#root *')]
      .filter((element) => {
        const { overflowX } = getComputedStyle(element)
        const scrolls = element === document.documentElement || overflowX === 'auto' || overflowX === 'scroll'
        const isMeantTo = element.matches('[role=tablist], [data-sideways], pre, table, :has(> table)')
        return scrolls && !isMeantTo && element.scrollWidth > element.clientWidth + 1
      })
      .map((element) => `${element.tagName} ${element.className}`),
  )

/** A window of 360 px, and one of 1180 px at 200 % zoom. */
const narrow = [360, 590]

test('nothing scrolls sideways at 360 px, at 200 % zoom, with the largest text or from right to left', async ({
  classroom,
}) => {
  await fillRoom(classroom)
  const app = await classroom.launch()
  const { main } = app
  const faults: string[] = []
  const measure = async (place: string) => {
    for (const width of narrow) {
      await main.setViewportSize({ width, height: width === 360 ? 740 : 400 })
      await expect.poll(() => main.evaluate(() => innerWidth)).toBe(width)
      faults.push(...(await overflowing(main)).map((fault) => `${place}, ${width} px: ${fault}`))
      await main.screenshot({
        path: `test-results/screens/narrow-${place.replaceAll(/\W+/g, '-')}-${width}.png`,
        animations: 'disabled',
      })
    }
    await main.setViewportSize({ width: 1180, height: 800 })
  }
  await expect(title(main)).toBeVisible()
  await measure('sign-in')
  await signIn(main, classroom.server.demoPassword)
  const change = (name: string, value: unknown) =>
    main.evaluate((request) => globalThis.lectern.invoke('settings:change', request), { name, value })
  for (const [language, textSize] of [
    ['en', 100],
    ['de', 130],
    ['ar', 100],
  ] as const) {
    await change('textSize', textSize)
    for (const [index, name] of pages.entries()) {
      await change('language', 'en')
      await goTo(main, name)
      await change('language', language)
      await expect(main.locator('html')).toHaveAttribute('lang', language)
      await expect(main.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr')
      await measure(`${language} ${pages[index] ?? ''}`)
    }
    await change('language', 'en')
    await goTo(main, 'Sessions')
    await openRoom(main)
    await change('language', language)
    await expect(main.locator('html')).toHaveAttribute('lang', language)
    await measure(`${language} room`)
    await change('language', 'en')
    await expect(main.locator('html')).toHaveAttribute('lang', 'en')
  }
  expect(faults).toEqual([])
})
