import type { Page } from '@playwright/test'
import type { LaunchedApp } from '../harness/app.ts'
import { chat, composer, expect, documented, pill, roster, say, test } from './classroom.ts'

/** Opens a part of the room in a window of its own, from the room's menu. */
async function popOut({ electronApp, main }: LaunchedApp, name: string): Promise<Page> {
  await main.getByRole('button', { name: 'More about this room' }).click()
  const [window] = await Promise.all([
    electronApp.waitForEvent('window'),
    main.getByRole('menuitem', { name }).click(),
  ])
  await expect(pill(window)).toHaveText('Connected')
  return window
}

test('chat and people in windows of their own stay in step with the room', async ({ classroom }) => {
  const app = await classroom.teach()
  const { main } = app
  const chatWindow = await popOut(app, 'Chat in its own window')
  const rosterWindow = await popOut(app, 'People in their own window')
  await documented(chatWindow, 'window-chat', 'itself')

  await composer(chatWindow).fill('Half a sentence')
  await expect(composer(main)).toHaveValue('Half a sentence')
  await say(chatWindow, 'From the window of the chat')
  for (const page of [main, chatWindow]) {
    await expect(
      chat(page).locator('[data-seq]').filter({ hasText: 'From the window of the chat' }),
    ).toHaveCount(1)
    await expect(composer(page)).toHaveValue('')
  }

  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  await noah.join(roomId)
  await noah.call('setHand', { sessionId: roomId, body: { raised: true } })
  for (const page of [main, rosterWindow]) {
    await expect(roster(page).filter({ hasText: 'Noah Bennett' })).toContainText('1st')
  }
  await documented(rosterWindow, 'window-people', 'itself')
  await rosterWindow.getByRole('button', { name: 'Lower the hand of Noah Bennett' }).click()
  for (const page of [main, rosterWindow]) {
    await expect(roster(page).filter({ hasText: 'Noah Bennett' })).not.toContainText('1st')
  }
})

test('the small window shows the clock and the raised hands, and its host takes them down', async ({
  classroom,
}) => {
  const app = await classroom.teach()
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  const { colleague: priya } = await classroom.colleague('Priya Nair')
  const mini = await popOut(app, 'Small clock above everything')
  await expect(mini.getByRole('timer', { name: 'Session clock' })).toContainText(/left/)
  await expect(mini.getByText('No hands up')).toBeVisible()
  for (const somebody of [priya, noah]) {
    await somebody.join(roomId)
    await somebody.call('setHand', { sessionId: roomId, body: { raised: true } })
  }
  const hands = mini.getByRole('region', { name: 'Raised hands' }).getByRole('listitem')
  await expect(hands).toHaveText([/^1st.*Priya Nair/, /^2nd.*Noah Bennett/])
  await documented(mini, 'window-mini', 'itself')
  await mini.getByRole('button', { name: 'Lower the hand of Priya Nair' }).click()
  await expect(hands).toHaveText([/^1st.*Noah Bennett/])

  await classroom.network.down('refused')
  await expect(pill(mini)).toHaveAttribute('data-state', 'offline')
  await expect(hands).toHaveCount(1)
  await classroom.network.up()
  await expect(pill(mini)).toHaveText('Connected')
})

test('a window that holds a part of a room asks for no password', async ({ classroom }) => {
  const app = await classroom.teach()
  const chatWindow = await popOut(app, 'Chat in its own window')
  await composer(chatWindow).fill('A draft that must survive')
  await classroom.endSession()
  const dialog = chatWindow.getByRole('dialog')
  await expect(dialog).toBeVisible()
  await expect(dialog.getByLabel('Password')).toHaveCount(0)
  await expect(dialog.getByRole('button')).toHaveCount(1)

  const again = app.main.getByRole('dialog', { name: /Sign in again/ })
  await again.getByLabel('Password', { exact: true }).fill(classroom.server.demoPassword)
  await again.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(composer(chatWindow)).toHaveValue('A draft that must survive')
})
