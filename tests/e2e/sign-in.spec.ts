import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { composer, expect, expectInRoom, maya, openRoom, picture, pill, signIn, test } from './classroom.ts'

const title = (page: Page) => page.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })
const email = (page: Page) => page.getByLabel('E-mail address')
const password = (page: Page) => page.getByLabel('Password', { exact: true })
const submit = (page: Page) => page.getByRole('button', { name: 'Sign in', exact: true })
const folder = () => mkdtemp(join(tmpdir(), 'lectern-user-data-'))
/** No Secret Service answers there. */
const withoutKeychain = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }

async function policy(values: Record<string, unknown>): Promise<string> {
  const userDataDir = await folder()
  await writeFile(join(userDataDir, 'policy.json'), JSON.stringify(values))
  return userDataDir
}

test('what is missing is said at its field, and the focus goes to the first one', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await expect(title(main)).toBeFocused()
  await submit(main).click()
  await expect(email(main)).toBeFocused()
  await expect(email(main)).toHaveAccessibleDescription('Type your e-mail address, such as name@school.edu')
  await expect(password(main)).toHaveAccessibleDescription('Type your password')
  await picture(main, 'sign-in-missing')
})

test('a wrong password is said in plain words, and can be looked at and typed again', async ({
  classroom,
}) => {
  const { main } = await classroom.launch()
  await email(main).fill(maya.email)
  await password(main).fill('not the password')
  await main.getByRole('button', { name: 'Show password' }).click()
  await expect(password(main)).toHaveAttribute('type', 'text')
  await submit(main).click()
  await expect(main.getByRole('alert')).toContainText('do not match')
  await expect(password(main)).toBeFocused()
  await expect(password(main)).toHaveAttribute('type', 'password')
  await expect(password(main)).toHaveAttribute('aria-invalid', 'true')
  await picture(main, 'sign-in-wrong')
  await signIn(main, classroom.server.demoPassword)
})

test('a password manager finds what it looks for', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await expect(email(main)).toHaveAttribute('autocomplete', 'username')
  await expect(password(main)).toHaveAttribute('autocomplete', 'current-password')
})

test('an address that is no server is told apart from one that does not answer', async ({ launchApp }) => {
  const { main } = await launchApp()
  const address = main.getByLabel('Server address')
  await expect(address).toBeVisible()
  await email(main).fill(maya.email)
  await password(main).fill('anything')
  await submit(main).click()
  await expect(address).toBeFocused()
  await expect(address).toHaveAccessibleDescription(/Type the address of your Lectern server/)
  await address.fill('http://school.example')
  await submit(main).click()
  await expect(address).toHaveAccessibleDescription(/must start with https/)
  await address.fill('http://127.0.0.1:9')
  await submit(main).click()
  await expect(main.getByRole('alert')).toContainText('cannot be reached')
  await expect(address).toHaveValue('http://127.0.0.1:9')
})

test('the server of the last sign-in is offered again', async ({ classroom, launchApp }) => {
  const userDataDir = await folder()
  const first = await launchApp({ userDataDir })
  await first.main.getByLabel('Server address').fill(classroom.network.url)
  await signIn(first.main, classroom.server.demoPassword)
  await first.main.getByRole('button', { name: /^Account/ }).click()
  await first.main.getByRole('menuitem', { name: 'Sign out', exact: true }).click()
  await expect(title(first.main)).toBeVisible()
  await first.quit()
  const { main } = await launchApp({ userDataDir })
  await expect(main.getByText(`Server: ${new URL(classroom.network.url).host}`)).toBeVisible()
  await signIn(main, classroom.server.demoPassword)
})

test('a server that the organisation chose is shown as that, and cannot be changed', async ({
  classroom,
  launchApp,
}) => {
  const { network, server } = classroom
  const userDataDir = await policy({ serverUrl: network.url })
  const { main } = await launchApp({ userDataDir })
  await expect(main.getByText('Set by your organisation')).toBeVisible()
  await expect(main.getByText(join(userDataDir, 'policy.json'))).toBeVisible()
  await expect(main.getByLabel('Server address')).toHaveCount(0)
  await picture(main, 'sign-in-managed')
  await signIn(main, server.demoPassword)
  expect(network.count('POST', '/auth/sign-in')).toBe(1)
})

test('without a keychain one may stay signed in until one quits', async ({ classroom }) => {
  const app = await classroom.launch({ env: withoutKeychain })
  const { main } = app
  const trouble = main.getByRole('region', { name: 'This computer has no keychain' })
  await expect(trouble).toContainText('Install GNOME Keyring or KWallet')
  await trouble.getByRole('button', { name: 'Try again' }).click()
  await expect(trouble.getByRole('button', { name: 'Try again' })).toBeVisible()
  await picture(main, 'sign-in-keychain')
  await main.getByRole('checkbox', { name: 'Stay signed in until I quit' }).check()
  await signIn(main, classroom.server.demoPassword)
  await app.quit()
  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await expect(title(again.main)).toBeVisible()
})

test('where the organisation wants the keychain, nothing else is offered', async ({ classroom }) => {
  const userDataDir = await policy({ memoryOnlySignIn: false })
  const { main } = await classroom.launch({ userDataDir, env: withoutKeychain })
  const trouble = main.getByRole('region', { name: 'This computer has no keychain' })
  await expect(trouble).toContainText('Your organisation wants your sign-in kept in the keychain')
  await expect(main.getByRole('checkbox')).toHaveCount(0)
})

test('a sign-in that was ended from another device says so and when, and goes on in the same place', async ({
  classroom,
}) => {
  const { server } = classroom
  const { main } = await classroom.teach()
  await composer(main).fill('A draft that must survive')
  const { colleague: elsewhere } = await classroom.colleague(maya.name)
  await elsewhere.call('signOutEverywhere', { body: { exceptHere: true } })

  const dialog = main.getByRole('dialog', { name: 'Sign in again to carry on' })
  await expect(dialog).toContainText(/ended from another device today at \d\d?:\d\d/)
  await expect(password(main)).toBeFocused()
  await picture(main, 'sign-in-again-ended')
  await main.keyboard.type(server.demoPassword)
  await main.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expectInRoom(main)
  await expect(composer(main)).toHaveValue('A draft that must survive')
  await expect(composer(main)).toBeFocused()
})

test('Lectern opens where it was closed: the same room, the same draft', async ({ classroom }) => {
  const first = await classroom.teach()
  await composer(first.main).fill('In the middle of a')
  await first.quit()
  const { main } = await classroom.launch({ userDataDir: first.userDataDir })
  await expectInRoom(main)
  await expect(composer(main)).toHaveValue('In the middle of a')
})

test('the sign-in page is used by keyboard alone', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await expect(title(main)).toBeFocused()
  await main.keyboard.press('Tab')
  await expect(email(main)).toBeFocused()
  await main.keyboard.type(maya.email)
  await main.keyboard.press('Tab')
  await expect(password(main)).toBeFocused()
  await main.keyboard.type(classroom.server.demoPassword)
  await main.keyboard.press('Enter')
  await expect(main.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
  await expect(pill(main)).toHaveText('Connected')
  await openRoom(main)
})
