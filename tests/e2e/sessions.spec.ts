import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { readSettings } from '../../src/server/settings.ts'
import { seedManySessions, SERIES } from '../harness/many-sessions.ts'
import { expect, maya, documented, picture, pill, room, signIn, test } from './classroom.ts'

const cards = (page: Page): Locator => page.getByRole('article')
const card = (page: Page, title: string): Locator => page.getByRole('article', { name: title })
const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name: new RegExp(`^${name}`) })
const figure = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: 'At a glance' }).locator('div', { hasText: name }).locator('dd')
const titles = (page: Page) => cards(page).getByRole('heading', { level: 3 }).allTextContents()
/** The places of the list that a person sees now, and what stands there. */
const inSight = (page: Page) =>
  page.locator('main').evaluate((scroller) => {
    const sight = scroller.getBoundingClientRect()
    return [...scroller.querySelectorAll('li[aria-posinset]')]
      .filter((row) => {
        const { top, bottom } = row.getBoundingClientRect()
        return bottom > sight.top && top < sight.bottom
      })
      .map((row) => ({ place: Number(row.getAttribute('aria-posinset')), text: row.textContent }))
  })
const focusedPlace = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('li')?.getAttribute('aria-posinset') ?? null)

const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'New session' })
async function beginPlan(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New session' }).click()
  await dialog(page).getByLabel('Title').fill(title)
  await dialog(page).getByLabel('Date').fill('2031-03-10')
  await dialog(page).getByLabel('Start', { exact: true }).fill('10:00')
  await dialog(page).getByLabel('End').fill('11:30')
}

test('sessions are narrowed by tab, search and filters, and put in order', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await expect(figure(main, 'Live now')).toHaveText('4')
  await expect(figure(main, 'Your mean rating')).toHaveText(/^[1-5]\.\d/)
  await expect(card(main, room)).toContainText(/Ends in/)
  await documented(main, 'sessions')

  await tab(main, 'All').click()
  await expect(main.getByText('25 sessions found')).toBeVisible()
  await main.getByRole('combobox', { name: 'Whose sessions' }).selectOption({ label: 'Only mine' })
  await expect(main.getByText('7 sessions found')).toBeVisible()
  await expect(cards(main)).toHaveCount(7)
  for (const text of await cards(main).allTextContents()) expect(text).toContain(maya.name)
  await main.getByRole('combobox', { name: 'Course' }).selectOption('CHEM 232')
  await expect(main.getByText('7 sessions found')).toBeVisible()
  await main.getByRole('combobox', { name: 'Sorted by' }).selectOption({ label: 'By title' })
  await expect
    .poll(async () => (await titles(main)).map((title) => title.toLowerCase()))
    .toEqual((await titles(main)).map((title) => title.toLowerCase()).toSorted())
  await main.getByRole('button', { name: 'Clear filters' }).click()
  await expect(main.getByText('25 sessions found')).toBeVisible()

  await main.keyboard.press('Control+f')
  await main.keyboard.type('no such thing')
  await expect(main.getByText('Nothing matches “no such thing”.')).toBeVisible()
  await main.getByRole('button', { name: 'Clear search' }).click()
  await expect(cards(main).first()).toBeVisible()
})

test('while an answer is on its way, the sessions from before are marked and none are said to be missing', async ({
  classroom,
}) => {
  const { network } = classroom
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await tab(main, 'All').click()
  await expect(main.getByText('25 sessions found')).toBeVisible()
  const list = main.getByRole('list', { name: 'Sessions', exact: true })
  await expect(list).not.toHaveAttribute('aria-busy')

  network.delay(1500)
  await main.getByRole('combobox', { name: 'Whose sessions' }).selectOption({ label: 'Only mine' })
  await expect(list).toHaveAttribute('aria-busy', 'true')
  await expect(main.getByText('Loading sessions', { exact: true })).toBeVisible()
  await expect(main.getByText('7 sessions found')).toBeVisible()
  await expect(list).not.toHaveAttribute('aria-busy')

  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('no such thing')
  await expect(main.getByText('Nothing matches “no such thing”.')).toBeVisible()
  await main.getByRole('button', { name: 'Clear search' }).click()
  await expect(main.getByRole('group', { name: 'Loading sessions' })).toBeVisible()
  await expect(main.getByText('7 sessions found')).toBeVisible()
})

test('a session that is planned twice in a hurry, over a line that loses the answer, is planned once', async ({
  classroom,
}) => {
  const { network } = classroom
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await expect(cards(main).first()).toBeVisible()
  await beginPlan(main, 'Chirality in everyday life')
  await expect(dialog(main)).toContainText('Monday 10 March 2031, 10:00')
  network.loseNextAnswer('POST', '/live-sessions')
  await dialog(main).getByRole('button', { name: 'Plan session' }).dblclick()
  await expect(dialog(main)).toBeHidden({ timeout: 60_000 })
  await expect(tab(main, 'Upcoming')).toHaveAttribute('aria-selected', 'true')
  await expect(
    main.getByRole('status').filter({ hasText: '“Chirality in everyday life” is planned.' }),
  ).toBeVisible()
  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('chirality')
  await expect(main.getByText('1 session found')).toBeVisible()
  await expect(cards(main)).toHaveCount(1)

  await cards(main).getByRole('button', { name: 'Edit' }).click()
  const edit = main.getByRole('dialog', { name: 'Edit session' })
  await expect(edit.getByLabel('Start', { exact: true })).toHaveValue('10:00')
  await edit.getByLabel('Title').fill('Chirality in the kitchen')
  await edit.getByRole('button', { name: 'Save changes' }).click()
  await expect(card(main, 'Chirality in the kitchen')).toBeVisible()
})

test('what was typed stays while the server is away, and while the dialog is closed', async ({
  classroom,
}) => {
  const { network } = classroom
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await expect(cards(main).first()).toBeVisible()
  await main.getByRole('button', { name: 'New session' }).click()
  await dialog(main).getByRole('button', { name: 'Plan session' }).click()
  await expect(dialog(main).getByLabel('Title')).toHaveAccessibleDescription('Give it a title')
  await expect(dialog(main).getByLabel('Title')).toBeFocused()
  await main.keyboard.press('Escape')

  await beginPlan(main, 'Light and matter')
  await network.down('refused')
  await dialog(main).getByRole('button', { name: 'Plan session' }).click()
  await expect(dialog(main).getByRole('alert')).toContainText(
    'It is not planned yet. What you typed stays here.',
    {
      timeout: 60_000,
    },
  )
  await dialog(main).getByRole('button', { name: 'Close' }).click()
  await expect(main.getByText(/^As of .* Refreshed when the server answers\.$/)).toBeVisible()
  await expect(card(main, room)).toBeVisible()
  await network.up()
  await expect(pill(main)).toHaveText('Connected', { timeout: 60_000 })
  await main.getByRole('button', { name: 'Continue your draft' }).click()
  await expect(dialog(main).getByLabel('Title')).toHaveValue('Light and matter')
  await dialog(main).getByRole('button', { name: 'Try again' }).click()
  await expect(dialog(main)).toBeHidden()
  await expect(tab(main, 'Upcoming')).toHaveText('Upcoming 10')
})

test('a session is begun right away, ended by its host and rated by who took part, by keyboard', async ({
  classroom,
}) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await expect(cards(main).first()).toBeVisible()
  await main.getByRole('button', { name: 'New session' }).click()
  await dialog(main).getByLabel('Title').fill('Quick question hour')
  await dialog(main).getByRole('checkbox', { name: 'Start right away' }).check()
  await dialog(main).getByRole('button', { name: 'Start session' }).click()
  await expect(card(main, 'Quick question hour')).toContainText('Ends in')
  const { colleague, roomId } = await classroom.colleague('Noah Bennett', 'Quick question hour')
  await colleague.join(roomId)

  await main.getByRole('button', { name: 'More for Quick question hour' }).press('Enter')
  await main.getByRole('menuitem', { name: 'End…' }).press('Enter')
  const end = main.getByRole('alertdialog', { name: 'End this session for everybody?' })
  await expect(end.getByRole('button', { name: 'Keep it going' })).toBeFocused()
  await end.getByRole('button', { name: 'End session' }).press('Enter')
  await expect(end).toBeHidden()
  await expect(card(main, 'Quick question hour')).toBeHidden()

  const noahs = await classroom.launch()
  await signIn(noahs.main, classroom.server.demoPassword, 'noah.bennett@northfield.example')
  await expect(noahs.main.getByRole('button', { name: 'New session' })).toBeHidden()
  await tab(noahs.main, 'All').click()
  await noahs.main.getByRole('searchbox', { name: 'Search sessions' }).fill('quick question')
  await expect(cards(noahs.main)).toHaveCount(1)
  const stars = noahs.main.getByRole('group', { name: 'Your rating of Quick question hour' })
  await stars.getByRole('button', { name: '4 stars' }).press('Enter')
  await expect(stars.getByRole('button', { name: '4 stars' })).toHaveAttribute('aria-pressed', 'true')
  await expect(card(noahs.main, 'Quick question hour')).toContainText('Rated 4.0 of 5')
  await tab(main, 'All').click()
  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('quick question')
  await expect(card(main, 'Quick question hour')).toContainText('Rated 4.0 of 5')
  await expect(card(main, 'Quick question hour').getByRole('group')).toBeHidden()
})

test('a planned session is started from its card', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await tab(main, 'Upcoming').click()
  const planned = card(main, 'Organic Chemistry II: spectroscopy workshop')
  await planned.getByRole('button', { name: 'Start now' }).click()
  await expect(planned).toBeHidden()
  await tab(main, 'Live').click()
  await expect(planned).toContainText('Live')
  await expect(tab(main, 'Live')).toHaveText('Live 5')
})

test('without the server the sessions that were last seen are there, and say of when they are', async ({
  classroom,
}) => {
  const { network } = classroom
  const app = await classroom.launch()
  await signIn(app.main, classroom.server.demoPassword)
  await tab(app.main, 'All').click()
  await expect(app.main.getByText('25 sessions found')).toBeVisible()
  // It is written a moment after it was seen.
  await expect
    .poll(async () => (await readdir(app.userDataDir, { recursive: true })).map((path) => basename(path)))
    .toContain('last-known.json')
  await app.quit()
  await network.down('refused')
  const { main } = await classroom.launch({ userDataDir: app.userDataDir })
  await expect(card(main, room)).toBeVisible()
  await expect(main.getByText(/^As of .* Refreshed when the server answers\.$/)).toBeVisible()
  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('cell biology')
  await expect(cards(main)).toHaveCount(1)
  await picture(main, 'sessions-offline')
  await network.up()
  await expect(main.getByText('1 session found')).toBeVisible({ timeout: 60_000 })
})

test('five thousand sessions are scrolled and walked through to the last one', async ({ classroom }) => {
  const { server } = classroom
  await server.stop()
  await seedManySessions(readSettings({ LECTERN_DATA_DIR: server.dataDir }), 5000)
  await server.restart()
  const { main } = await classroom.launch()
  await signIn(main, server.demoPassword)
  await tab(main, 'All').click()
  await expect(tab(main, 'All')).toHaveText('All 5025')
  // The tab knows the number before the list is there.
  await expect(main.getByText('5025 sessions found')).toBeVisible()
  const last = main.locator('li[aria-posinset="5025"]')
  await expect(last).toHaveCount(0)

  await main.locator('main').evaluate((page) => (page.scrollTop = page.scrollHeight / 2))
  await expect(async () => {
    const seen = await inSight(main)
    expect(seen.length).toBeGreaterThan(1)
    for (const { place, text } of seen) {
      expect(Math.abs(place - 5025 / 2)).toBeLessThan(500)
      expect(text).toContain(SERIES)
    }
  }).toPass({ timeout: 30_000 })
  expect(await main.getByRole('listitem').count()).toBeLessThan(40)
  await picture(main, 'sessions-five-thousand')

  await cards(main).first().focus()
  await main.keyboard.press('End')
  await expect.poll(() => focusedPlace(main)).toBe('5025')
  await expect(last.getByRole('article')).toBeFocused()
  await expect(last).toHaveAttribute('aria-setsize', '5025')
  await main.keyboard.press('ArrowUp')
  await expect.poll(() => focusedPlace(main)).toBe('5024')
  await main.keyboard.press('Home')
  await expect.poll(() => focusedPlace(main)).toBe('1')
  // Whoever scrolls on with the wheel keeps their place among the keys.
  await main.locator('main').evaluate((page) => (page.scrollTop = page.scrollHeight / 2))
  await expect.poll(async () => (await inSight(main))[0]?.place).toBeGreaterThan(2000)
  await main.keyboard.press('ArrowDown')
  await expect.poll(() => focusedPlace(main)).toBe('2')
  await expect.poll(async () => (await inSight(main)).map(({ place }) => place)).toContain(2)
  await main.keyboard.press('Home')
  await expect.poll(() => focusedPlace(main)).toBe('1')
  await main.keyboard.press('PageDown')
  await expect.poll(async () => Number(await focusedPlace(main))).toBeGreaterThan(1)

  await main.getByRole('combobox', { name: 'Course' }).selectOption('CRS 139')
  await expect(main.getByText('125 sessions found')).toBeVisible()
  await expect(cards(main).first()).toContainText('CRS 139')
})
