import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, openRoom, openSecondWindow, documented, picture, signIn, test } from './classroom.ts'

const goToSettings = async (page: Page) => {
  await page.getByRole('navigation').getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
}
const look = (page: Page) =>
  page.evaluate(() => ({
    lang: document.documentElement.lang,
    dir: document.documentElement.dir,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    size: getComputedStyle(document.documentElement).fontSize,
  }))

test('language, theme and text size change in every window at once, and stay', async ({ classroom }) => {
  const app = await classroom.teach()
  const { main } = app
  const second = await openSecondWindow(app)
  await goToSettings(main)

  await main.getByRole('radio', { name: 'Dark' }).check()
  await main.getByRole('radio', { name: 'Very large' }).check()
  await main.getByLabel('Language').selectOption('de')
  for (const page of [main, second]) {
    await expect.poll(() => look(page)).toEqual({ lang: 'de', dir: 'ltr', dark: true, size: '20.8px' })
  }
  await expect(main.getByRole('heading', { level: 1, name: 'Einstellungen' })).toBeVisible()
  await expect(main.getByRole('status').filter({ hasText: 'Sprache: gespeichert' })).toHaveCount(1)
  await main.screenshot({ path: 'test-results/screens/settings-german.png' })

  await main.getByLabel('Sprache').selectOption('ar')
  for (const page of [main, second]) {
    await expect.poll(() => look(page)).toMatchObject({ lang: 'ar', dir: 'rtl' })
  }
  await expect(main.getByRole('heading', { level: 1, name: 'الإعدادات' })).toBeVisible()
  await main.screenshot({ path: 'test-results/screens/settings-arabic.png' })
  await second.screenshot({ path: 'test-results/screens/room-arabic.png' })
  await app.quit()

  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await expect(again.main.getByRole('heading', { level: 1, name: 'الإعدادات' })).toBeVisible()
  await expect.poll(() => look(again.main)).toEqual({ lang: 'ar', dir: 'rtl', dark: true, size: '20.8px' })
})

test('a change is saved at once and quietly confirmed', async ({ classroom }) => {
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, classroom.server.demoPassword)
  await goToSettings(main)
  const messages = main.getByRole('switch', { name: 'Messages' })
  await expect(messages).toBeChecked()
  await messages.focus()
  await main.keyboard.press('Space')
  await expect(messages).not.toBeChecked()
  await expect(main.getByRole('status').filter({ hasText: 'Messages: saved' })).toHaveCount(1)
  await main.getByLabel('Lock when nobody is here').selectOption({ label: 'After 2 hours' })
  await documented(main, 'settings')
  await app.quit()
  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await expect(again.main.getByRole('switch', { name: 'Messages' })).not.toBeChecked()
  await expect(again.main.getByLabel('Lock when nobody is here')).toHaveValue('120')
})

test('what the organisation sets is shown with its source, and cannot be changed', async ({ classroom }) => {
  const userDataDir = await mkdtemp(join(tmpdir(), 'lectern-user-data-'))
  const file = join(userDataDir, 'policy.json')
  await writeFile(file, JSON.stringify({ theme: 'light', idleMinutes: 45, startAtLogin: false }))
  const { main } = await classroom.launch({ userDataDir })
  await signIn(main, classroom.server.demoPassword)
  await openRoom(main)
  await goToSettings(main)
  const idle = main.getByLabel('Lock when nobody is here')
  await expect(idle).toBeDisabled()
  await expect(idle).toHaveValue('45')
  await expect(idle).toHaveAccessibleDescription(new RegExp(`Set by your organisation for you: ${file}`))
  await expect(main.getByRole('radio', { name: 'Dark' })).toBeDisabled()
  await expect(main.getByRole('switch', { name: /Start when I sign in/ })).toBeDisabled()
  await expect(main.getByRole('switch', { name: 'Messages' })).toBeEnabled()
  await picture(main, 'settings-managed')
})

test('what is set for the computer counts before what is set for the person, and names its file', async ({
  classroom,
}) => {
  const [ofComputer, userDataDir] = await Promise.all(
    ['computer', 'user-data'].map((name) => mkdtemp(join(tmpdir(), `lectern-${name}-`))),
  )
  if (ofComputer === undefined || userDataDir === undefined) throw new Error('There is no folder.')
  const file = join(ofComputer, 'policy.json')
  await writeFile(file, JSON.stringify({ idleMinutes: 30, keepAwake: 'yes' }))
  await writeFile(join(userDataDir, 'policy.json'), JSON.stringify({ idleMinutes: 45, theme: 'dark' }))
  const { main } = await classroom.launch({ userDataDir, env: { LECTERN_MACHINE_POLICY: file } })
  await expect(main.getByText(`settings file ${file} has a mistake: “keepAwake” does not fit`)).toBeVisible()
  await signIn(main, classroom.server.demoPassword)
  await goToSettings(main)
  const idle = main.getByLabel('Lock when nobody is here')
  await expect(idle).toBeDisabled()
  await expect(idle).toHaveValue('30')
  await expect(idle).toHaveAccessibleDescription(
    new RegExp(`Set by your organisation for this computer: ${file}`),
  )
  await expect(main.getByRole('radio', { name: 'Dark' })).toBeChecked()
  await expect(main.getByRole('radio', { name: 'Dark' })).toBeDisabled()
})
