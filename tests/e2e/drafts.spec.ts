import { searchFiles } from '../harness/secrets-search.ts'
import {
  composer,
  expect,
  expectInRoom,
  openRoom,
  openSecondWindow,
  maya,
  say,
  shownMessages,
  signIn,
  test,
} from './classroom.ts'

const sentence = 'Half a sentence that nobody has sent'

test('kill -9 a second after the last key: the draft is in the room after the start', async ({
  classroom,
}) => {
  const app = await classroom.teach()
  await composer(app.main).pressSequentially(sentence)
  await app.main.waitForTimeout(1000)
  await app.kill9()
  expect(await searchFiles(app.userDataDir, [sentence])).toEqual([])

  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await openRoom(again.main)
  await expect(composer(again.main)).toHaveValue(sentence)

  await composer(again.main).press('Enter')
  await expect(composer(again.main)).toHaveValue('')
  await expect.poll(async () => (await shownMessages(again.main)).at(-1)?.text).toContain(sentence)
  await again.kill9()
  const third = await classroom.launch({ userDataDir: app.userDataDir })
  await openRoom(third.main)
  await expect.poll(async () => (await shownMessages(third.main)).at(-1)?.text).toContain(sentence)
  await expect(composer(third.main)).toHaveValue('')
})

test('a reload, a closed window and quitting keep what was typed a moment before', async ({ classroom }) => {
  const app = await classroom.teach()
  const { main } = app
  await composer(main).fill('before the reload')
  await main.reload()
  await openRoom(main)
  await expect(composer(main)).toHaveValue('before the reload')

  const second = await openSecondWindow(app)
  await expectInRoom(second)
  await expect(composer(second)).toHaveValue('before the reload')
  await composer(second).fill('before the window closes')
  await second.close({ runBeforeUnload: true })
  // The closing window's last word may still be on its way when this one is looked at first.
  await expect(async () => {
    await main.evaluate(() => dispatchEvent(new Event('focus')))
    await expect(composer(main)).toHaveValue('before the window closes', { timeout: 500 })
  }).toPass()

  await composer(main).fill('before quitting')
  await app.quit()
  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await openRoom(again.main)
  await expect(composer(again.main)).toHaveValue('before quitting')
})

test('a draft waits for the person who wrote it, and nobody else sees it', async ({ classroom }) => {
  const { server } = classroom
  const { main } = await classroom.teach()
  const signOut = async () => {
    await main.getByRole('button', { name: /^Account/ }).click()
    await main.getByRole('menuitem', { name: 'Sign out' }).click()
    await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
  }
  await composer(main).fill(sentence)
  await signOut()

  await signIn(main, server.demoPassword, 'noah.bennett@northfield.example')
  await openRoom(main)
  await expect(composer(main)).toHaveValue('')
  await say(main, 'Noah was here')
  await composer(main).fill('A draft of Noah’s')
  await signOut()

  await signIn(main, server.demoPassword, maya.email)
  await openRoom(main)
  await expect(composer(main)).toHaveValue(sentence)
})
