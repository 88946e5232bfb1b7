import type { Page } from '@playwright/test'
import {
  chat,
  composer,
  expect,
  expectInRoom,
  guestRoom,
  openDemo,
  openRoom,
  openSecondWindow,
  openWindowFromCard,
  picture,
  pill,
  say,
  shownMessages,
  signIn,
  test,
} from './classroom.ts'

/** Seconds; the warning comes half of it before the end. */
const IDLE_S = 30
const env = { LECTERN_IDLE_TIMEOUT: String(IDLE_S) }
/** Milliseconds by which either has come, with room for a slow machine. */
const COMES = { timeout: (IDLE_S + 15) * 1000 }

const warning = (page: Page) => page.getByRole('alertdialog', { name: 'Are you still there?' })
const lock = (page: Page) => page.getByRole('dialog', { name: 'Sign in again to carry on' })
/** Where a part of the page stands on the screen, in pixels from the top. */
const placeOf = async (page: Page, text: string) =>
  (await page.getByText(text, { exact: true }).boundingBox())?.y

async function signInAgain(page: Page, password: string): Promise<void> {
  await lock(page).getByLabel('Password', { exact: true }).fill(password)
  await lock(page).getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(lock(page)).toBeHidden()
}

test('before a session locks, every window asks; a key or a click in one of them keeps it', async ({
  classroom,
}) => {
  const app = await classroom.launch({ env })
  const { main } = app
  await signIn(main, classroom.server.demoPassword)
  await openRoom(main, guestRoom)
  const second = await openSecondWindow(app)
  await expectInRoom(second, guestRoom)
  await composer(main).fill('In the middle of a')

  for (const page of [main, second]) {
    await expect(warning(page)).toBeVisible(COMES)
    await expect(warning(page)).toContainText(/locks this session at \d\d?:\d\d/)
    await expect(warning(page).getByRole('button', { name: 'Stay signed in' })).toBeFocused()
  }
  const left = warning(main).getByRole('timer')
  const first = await left.textContent()
  await expect(left).not.toHaveText(first ?? '')
  await picture(main, 'idle-warning')

  await second.keyboard.press('Shift')
  for (const page of [main, second]) await expect(warning(page)).toBeHidden()
  await expect(composer(main)).toBeFocused()
  await main.keyboard.type(' sentence')
  await expect(composer(main)).toHaveValue('In the middle of a sentence')

  await expect(warning(main)).toBeVisible(COMES)
  await warning(main).getByRole('button', { name: 'Stay signed in' }).click()
  for (const page of [main, second]) {
    await expect(warning(page)).toBeHidden()
    await expect(pill(page)).toHaveText('Connected')
  }
  expect(classroom.network.count('POST', '/auth/revoke')).toBe(0)
})

test('a session that locked is carried on in place: same windows, same places, same words', async ({
  classroom,
}) => {
  const { server } = classroom
  const { colleague: aisha, roomId } = await classroom.colleague('Aisha Rahman', guestRoom)
  for (let n = 1; n <= 30; n += 1) await aisha.say(roomId, `Lane ${n}`)
  const app = await classroom.launch({ env })
  const { main } = app
  await signIn(main, server.demoPassword)
  const inRoom = await openWindowFromCard(app, guestRoom)
  await main.getByRole('tab', { name: /^All/ }).click()
  await expect(main.getByText('25 sessions found')).toBeVisible()
  // The page draws no more of a list, or of a chat, than is looked at.
  const farDown = 'Modern Europe: railways and the nation'
  // By the wheel, which is somebody: however long it takes on a busy machine, nothing locks meanwhile.
  await main.locator('main').hover()
  await expect(async () => {
    await main.mouse.wheel(0, 300)
    await expect(main.getByRole('heading', { name: farDown })).toBeInViewport({ timeout: 200 })
  }).toPass()
  await composer(inRoom).fill('A draft that must survive')
  await chat(inRoom).hover()
  await expect(async () => {
    await inRoom.mouse.wheel(0, -200)
    await expect(chat(inRoom).getByText('Lane 5', { exact: true })).toBeInViewport({ timeout: 200 })
  }).toPass()
  const before = { lane: await placeOf(inRoom, 'Lane 5'), card: await placeOf(main, farDown) }
  for (const page of [main, inRoom])
    await page.evaluate(() => Object.assign(globalThis, { sameWindow: true }))

  for (const page of [main, inRoom]) {
    await expect(lock(page)).toBeVisible(COMES)
    await expect(lock(page)).toContainText('Nobody was here')
  }
  await expect.poll(() => classroom.network.count('POST', '/auth/revoke')).toBe(1)
  await aisha.say(roomId, 'Said while it was locked')
  await picture(inRoom, 'locked')
  await signInAgain(inRoom, server.demoPassword)

  await expect(lock(main)).toBeHidden()
  await expectInRoom(inRoom, guestRoom)
  for (const page of [main, inRoom]) {
    expect(await page.evaluate(() => 'sameWindow' in globalThis)).toBe(true)
  }
  expect(app.electronApp.windows()).toHaveLength(2)
  await expect(composer(inRoom)).toHaveValue('A draft that must survive')
  const newest = inRoom.getByRole('button', { name: 'Jump to newest (1 new)' })
  await expect(newest).toBeVisible()
  expect(await placeOf(inRoom, 'Lane 5')).toBeCloseTo(before.lane ?? NaN, 0)
  await expect.poll(() => placeOf(main, farDown)).toBeCloseTo(before.card ?? NaN, 0)
  await newest.click()
  await expect(chat(inRoom).getByText('Said while it was locked', { exact: true })).toHaveCount(1)
})

test('a session that ended while the network was down is carried on, and what was written is sent once', async ({
  classroom,
}) => {
  const { network, server } = classroom
  const { main } = await classroom.teach()
  await network.down('refused')
  await say(main, 'Written while the network was down')
  await expect(pill(main)).toHaveAttribute('data-state', 'offline')
  await composer(main).fill('A draft that must survive')
  await classroom.endSession()
  await network.up()

  await expect(lock(main)).toBeVisible()
  await expect(lock(main)).toContainText('1 message waits')
  await signInAgain(main, server.demoPassword)
  await expectInRoom(main)
  await expect(composer(main)).toHaveValue('A draft that must survive')
  await expect.poll(async () => (await shownMessages(main)).filter(({ pending }) => pending)).toEqual([])
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  const { items } = await noah.call('listMessages', { sessionId: roomId })
  expect(items.filter(({ text }) => text === 'Written while the network was down')).toHaveLength(1)
})

test('the demo locks as well, and opens again without a password', async ({ launchApp }) => {
  const { main } = await launchApp({ demo: true, env })
  await openDemo(main)
  await expect(lock(main)).toBeVisible(COMES)
  await expect(lock(main).getByLabel('Password')).toHaveCount(0)
  await lock(main).getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(lock(main)).toBeHidden()
  await expect(pill(main)).toHaveText('Connected')
})
