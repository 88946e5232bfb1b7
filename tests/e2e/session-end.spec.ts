import { chat, composer, expect, expectInRoom, picture, pill, say, test } from './classroom.ts'

test.use({ accessTtl: 5, sessionTtl: 3 * 3600 })

test('a sign-in that ends today says so in time, and is replaced without leaving the room', async ({
  classroom,
}) => {
  const { network, server } = classroom
  const { main } = await classroom.teach()
  await composer(main).fill('A draft that must survive')
  const notice = main.getByRole('region', { name: 'Notices' })
  await expect(notice).toContainText('Your sign-in ends within a day')
  await picture(main, 'session-ending')

  const dialog = main.getByRole('dialog', { name: 'Sign in again' })
  await notice.getByRole('button', { name: 'Sign in again' }).click()
  await expect(dialog).toBeVisible()
  await picture(main, 'sign-in-again')
  await main.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(pill(main)).toHaveText('Connected')

  await main.getByRole('button', { name: /^Account/ }).click()
  await main.getByRole('menuitem', { name: 'Sign in again…' }).click()
  await dialog.getByLabel('Password', { exact: true }).fill(server.demoPassword)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expectInRoom(main)
  await expect(composer(main)).toHaveValue('A draft that must survive')
  // The sign-in that was replaced is handed back.
  await expect.poll(() => network.count('POST', '/auth/revoke')).toBe(1)
  await say(main, 'Still here')
  await expect(chat(main).locator('[data-seq]').filter({ hasText: 'Still here' })).toBeVisible()
})
