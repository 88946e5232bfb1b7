import {
  chat,
  expect,
  expectInRoom,
  maya,
  openDemo,
  openRoom,
  openSecondWindow,
  documented,
  pill,
  roster,
  say,
  signIn,
  test,
} from './classroom.ts'

test('a wrong password is said in plain words, and the right one opens the sessions', async ({
  classroom,
}) => {
  const { main } = await classroom.launch()
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
  await documented(main, 'sign-in')
  await main.getByLabel('E-mail address').fill(maya.email)
  await main.getByLabel('Password', { exact: true }).fill('not the password')
  await main.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(main.getByRole('alert')).toContainText('do not match')
  await signIn(main, classroom.server.demoPassword)
  await expect(pill(main)).toHaveText('Connected')
})

test('sessions are found by tab and by search', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  const cards = main.getByRole('article')
  await expect(main.getByRole('tab', { name: /^Live/ })).toHaveAttribute('aria-selected', 'true')
  await expect(cards.first()).toBeVisible()
  const live = await cards.count()
  await main.getByRole('tab', { name: /^All/ }).click()
  await expect(main.getByText('25 sessions found')).toBeVisible()
  expect(live).toBeLessThan(25)
  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('chem 232')
  await expect.poll(() => cards.count()).toBeLessThan(10)
  await expect(cards.first()).toContainText('CHEM 232')
  await main.getByRole('searchbox', { name: 'Search sessions' }).fill('no such thing')
  await expect(cards).toHaveCount(0)
})

test('the demo workspace opens with one click, and its room in two windows', async ({ launchApp }) => {
  const app = await launchApp({ demo: true })
  const { main } = app
  await openDemo(main)
  await openRoom(main)
  const second = await openSecondWindow(app)
  await expectInRoom(second)
  await expect(roster(second).filter({ hasText: maya.name })).toHaveCount(1)
  await say(second, 'Welcome back, everybody. We start with question three.')
  for (const page of [main, second]) {
    await expect(chat(page).getByText('Welcome back, everybody.')).toHaveCount(1)
  }
})

test('a room full of people is shown as it is', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  const noah = await classroom.colleague('Noah Bennett')
  const others = await Promise.all(
    ['Priya Nair', 'Amara Diallo', 'Mei Lin', 'Omar Haddad', 'Freya Nielsen'].map((name) =>
      classroom.colleague(name),
    ),
  )
  for (const { colleague, roomId } of [noah, ...others]) await colleague.join(roomId)
  await openRoom(main)
  await expect(roster(main)).toHaveCount(7)
  await say(main, 'Welcome back, everybody. We start with question three.')
  await expect(chat(main).locator('[data-seq]').filter({ hasText: 'Welcome back' })).toBeVisible()
  await noah.colleague.say(noah.roomId, 'Is that the one with the bulky base?')
  await expect(chat(main).getByText('Is that the one with the bulky base?')).toHaveCount(1)
  await say(main, 'It is. Who wants to draw the first step?')
  await expect(chat(main).locator('[data-seq]').filter({ hasText: 'Who wants' })).toBeVisible()

  await documented(main, 'room')
})

test('signing out is for every window, and the app starts signed out', async ({ classroom }) => {
  const app = await classroom.teach()
  const { main } = app
  const second = await openSecondWindow(app)
  await expectInRoom(second)
  await main.getByRole('button', { name: /^Account/ }).click()
  await main.getByRole('menuitem', { name: 'Sign out' }).click()
  for (const page of [main, second]) {
    if (!page.isClosed()) await expect(chat(page)).toHaveCount(0)
  }
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
  await expect.poll(() => classroom.network.count('POST', '/auth/revoke')).toBe(1)
  await app.quit()
  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await expect(again.main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
})

test('a session that the organisation ended is carried on in place', async ({ classroom }) => {
  const { server } = classroom
  const app = await classroom.teach()
  const { main } = app
  await main.getByRole('textbox', { name: 'Message' }).fill('A draft that must survive')
  await classroom.endSession()
  const dialog = main.getByRole('dialog', { name: /Sign in again/ })
  await expect(dialog).toBeVisible()
  await expect(dialog).toContainText('used twice')
  await dialog.getByLabel('Password', { exact: true }).fill(server.demoPassword)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expectInRoom(main)
  await expect(main.getByRole('textbox', { name: 'Message' })).toHaveValue('A draft that must survive')
})
