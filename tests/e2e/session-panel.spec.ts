import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { expect, maya, documented, picture, pill, signIn, test } from './classroom.ts'

const opener = (page: Page) => page.getByRole('button', { name: /Session details$/ })
const panel = (page: Page) => page.getByRole('dialog', { name: 'Session', exact: true })
const ring = (page: Page) => panel(page).getByRole('img', { name: /^Access to the server: expires/ })
const fact = (page: Page, name: string) =>
  panel(page).locator('dt', { hasText: name }).locator('xpath=following-sibling::dd[1]')
const devices = (page: Page) =>
  panel(page).getByRole('list', { name: 'Where you are signed in' }).getByRole('listitem')

async function openPanel(page: Page): Promise<void> {
  await opener(page).click()
  await expect(panel(page)).toBeVisible()
}

test.describe('with access that lasts for 12 seconds', () => {
  test.use({ accessTtl: 12 })

  test('the ring empties and is full again after a renewal, which moves the next one on', async ({
    classroom,
  }) => {
    const { main } = await classroom.launch()
    await signIn(main, classroom.server.demoPassword)
    await openPanel(main)
    const left = async () => Number(await ring(main).getAttribute('data-left'))
    const next = await fact(main, 'Next renewal').textContent()
    await expect.poll(left).toBeLessThan(0.6)
    await expect.poll(left).toBeGreaterThan(0.7)
    await expect(fact(main, 'Next renewal')).not.toHaveText(next ?? '')
    await expect(fact(main, 'Last renewal')).toContainText(/now|seconds? ago/)
    await expect(panel(main)).toContainText('Connected')
  })
})

test('the panel opens and closes by keyboard, and gives the focus back', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await opener(main).focus()
  await main.keyboard.press('Enter')
  await expect(ring(main)).toHaveAccessibleName('Access to the server: expires in 14 minutes')
  await expect(devices(main)).toHaveCount(1)
  await expect(devices(main)).toContainText('this device')
  await expect(fact(main, 'Server')).toContainText('127.0.0.1')
  await documented(main, 'session-panel')
  await main.keyboard.press('Escape')
  await expect(panel(main)).toBeHidden()
  await expect(opener(main)).toBeFocused()
})

test('after a closed lid the panel says what the recovery was for and how long it took', async ({
  classroom,
}) => {
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, classroom.server.demoPassword)
  await app.emitPower('suspend')
  await expect(pill(main)).toHaveAttribute('data-state', 'suspended')
  await app.freeze()
  await wait(2000)
  await app.thaw()
  await app.emitPower('resume')
  await expect(pill(main)).toHaveText('Connected')
  await openPanel(main)
  await expect(fact(main, 'Last recovery')).toContainText(/after the computer woke up, took [\d.]+ m?s/)
})

test('another device is signed out from here, after a question', async ({ classroom, signInColleague }) => {
  const { server } = classroom
  await signInColleague({ serverUrl: server.url, email: maya.email, password: server.demoPassword })
  const { main } = await classroom.launch()
  await signIn(main, server.demoPassword)
  await openPanel(main)
  await expect(devices(main)).toHaveCount(2)
  const leave = devices(main).getByRole('button', { name: 'Sign out of Colleague' })
  await leave.click()
  const question = main.getByRole('alertdialog', { name: 'Sign out of Colleague?' })
  await expect(question).toBeVisible()
  await question.getByRole('button', { name: 'Keep it signed in' }).click()
  await expect(leave).toBeFocused()
  await leave.click()
  await question.getByRole('button', { name: 'Sign out there' }).click()
  await expect(panel(main).getByText('Colleague is signed out')).toBeVisible()
  await expect(devices(main)).toHaveCount(1)
  await expect(pill(main)).toHaveText('Connected')
})

test('without the server the panel keeps what it knew and says so', async ({ classroom }) => {
  test.slow()
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await openPanel(main)
  await expect(devices(main)).toHaveCount(1)
  await classroom.network.down('refused')
  // Any call notices it.
  await main.evaluate(() => globalThis.lectern.invoke('diagnostics:check'))
  await main.evaluate(() => void globalThis.lectern.invoke('api:call', { endpoint: 'listLiveSessions' }))
  await expect(pill(main)).toHaveAttribute('data-state', 'offline', { timeout: 60_000 })
  await expect(panel(main)).toContainText(/As of \d/)
  await panel(main).getByRole('button', { name: 'Sign out everywhere…' }).click()
  const question = main.getByRole('alertdialog', { name: 'Sign out everywhere?' })
  await expect(question).toContainText('cannot be reached now')
  await picture(main, 'sign-out-everywhere-offline')
  await question.getByRole('button', { name: 'Stay signed in' }).click()
})

test('signing out everywhere ends the other devices too, and this one last', async ({
  classroom,
  signInColleague,
}) => {
  const { server, network } = classroom
  const other = await signInColleague({
    serverUrl: server.url,
    email: maya.email,
    password: server.demoPassword,
  })
  const { main } = await classroom.launch()
  await signIn(main, server.demoPassword)
  await openPanel(main)
  await panel(main).getByRole('button', { name: 'Sign out everywhere…' }).click()
  const question = main.getByRole('alertdialog', { name: 'Sign out everywhere?' })
  await picture(main, 'sign-out-everywhere')
  await question.getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
  expect(network.count('POST', '/auth/sign-out-everywhere')).toBe(1)
  await expect(other.call('listLiveSessions')).rejects.toThrow('401')
})
