import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { searchFiles } from '../harness/secrets-search.ts'
import {
  chat,
  composer,
  expect,
  expectInRoom,
  documented,
  openRoom,
  picture,
  pill,
  roster,
  say,
  signIn,
  test,
  type Classroom,
} from './classroom.ts'

const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) })
const notes = (page: Page) => page.getByRole('textbox', { name: 'Notes' })
const said = (page: Page, text: string) => chat(page).getByText(text, { exact: true })
const line = (page: Page) => chat(page).getByText('While you were away', { exact: true })

/**
 * A live session that Maya planned, beside those of the demo, which the server keeps going: no plan of theirs holds
 * that ends within the hour.
 */
async function ownSession(classroom: Classroom) {
  const title = 'A talk of a quarter of an hour'
  const { colleague: maya } = await classroom.colleague('Maya Okafor')
  const plan = (minutes: number) => ({
    title,
    course: 'CHEM 232',
    description: '',
    scheduledEnd: new Date(Date.now() + minutes * 60_000).toISOString(),
  })
  const { id, scheduledStart } = await maya.call('createLiveSession', {
    idempotencyKey: randomUUID(),
    body: { ...plan(15), scheduledStart: new Date().toISOString() },
  })
  return {
    title,
    /** Moves its planned end to so many minutes from now. */
    endIn: (minutes: number) =>
      maya.call('changeLiveSession', { sessionId: id, body: { ...plan(minutes), scheduledStart } }),
  }
}

test('raised hands stand first, in the order they went up, and the host takes one down', async ({
  classroom,
}) => {
  const { main } = await classroom.teach()
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  const { colleague: amara } = await classroom.colleague('Amara Diallo')
  const { colleague: priya } = await classroom.colleague('Priya Nair')
  for (const somebody of [noah, amara, priya]) await somebody.join(roomId)
  await expect(roster(main)).toHaveCount(4)
  await expect(main.getByRole('status', { name: 'What happened' })).toContainText('joined')

  for (const somebody of [priya, noah]) {
    await somebody.call('setHand', { sessionId: roomId, body: { raised: true } })
  }
  await expect(roster(main).nth(0)).toContainText('Priya Nair')
  await expect(roster(main).nth(0)).toContainText('1st')
  await expect(roster(main).nth(1)).toContainText('Noah Bennett')
  await expect(roster(main).nth(1)).toContainText('2nd')
  await documented(main, 'hands')

  await main.getByRole('button', { name: 'Lower the hand of Priya Nair' }).click()
  await expect(roster(main).nth(0)).toContainText('Noah Bennett')
  await expect(roster(main).nth(0)).toContainText('1st')
  await expect(roster(main).filter({ hasText: 'Priya Nair' })).not.toContainText('1st')

  const search = main.getByRole('searchbox', { name: 'Search people' })
  await search.fill('diallo')
  await expect(roster(main)).toHaveCount(1)
  await search.fill('nobody of this name')
  await expect(roster(main)).toHaveCount(0)
  await expect(main.getByText('Nobody here is called')).toBeVisible()
  await search.fill('')

  await priya.leave(roomId)
  await expect(roster(main)).toHaveCount(3)
  await main.getByText('1 left lately').click()
  await expect(main.getByRole('list', { name: 'Left lately' })).toContainText('Priya Nair')
})

/** Maya's room, in which Amara goes on while the lid is closed; it is open again. @param missed what she says */
async function closeLidOverLunch(classroom: Classroom, missed: readonly string[]) {
  const { network } = classroom
  const app = await classroom.teach()
  const { main } = app
  const { colleague: amara, roomId } = await classroom.colleague('Amara Diallo')
  await amara.join(roomId)
  await say(main, 'Before lunch')
  await expect(said(main, 'Before lunch')).toBeVisible()

  await app.emitPower('suspend')
  await expect(pill(main)).toHaveAttribute('data-state', 'suspended')
  await network.down('refused')
  for (const text of missed) await amara.say(roomId, text)
  await network.up()
  await app.emitPower('resume')
  await expectInRoom(main)
  return { main, amara, roomId }
}

test('after a closed lid a line stands where one left off, and goes when one carries on', async ({
  classroom,
}) => {
  const missed = Array.from({ length: 25 }, (_, n) => `Over lunch ${n + 1}`)
  const { main, amara, roomId } = await closeLidOverLunch(classroom, missed)

  // The newest is in sight, as it was before; what was missed begins further up.
  await expect(said(main, 'Over lunch 25')).toBeInViewport()
  const jump = main.getByRole('button', { name: 'Jump to where you left off' })
  await jump.click()
  await expect(line(main)).toBeInViewport()
  await expect(said(main, 'Over lunch 1')).toBeInViewport()
  await expect(jump).toBeHidden()
  await picture(main, 'while-you-were-away')

  await amara.say(roomId, 'Are you back?')
  await main.getByRole('button', { name: 'Jump to newest (1 new)' }).click()
  await expect(said(main, 'Are you back?')).toBeInViewport()
  await say(main, 'I am')
  await expect(chat(main).locator('[data-seq]').filter({ hasText: 'I am' })).toBeInViewport()
  await expect(line(main)).toHaveCount(0)
})

test('what came before anybody sat down again is still found when more pushes it out of sight', async ({
  classroom,
}) => {
  const { main, amara, roomId } = await closeLidOverLunch(classroom, ['Over lunch'])
  await expect(line(main)).toBeInViewport()

  // One after the other: this takes longer than a glance.
  for (let n = 1; n <= 25; n += 1) {
    await amara.say(roomId, `After lunch ${n}`)
    await expect(said(main, `After lunch ${n}`)).toBeInViewport()
  }
  await main.getByRole('button', { name: 'Jump to where you left off' }).click()
  await expect(line(main)).toBeInViewport()
})

test('earlier messages come as one scrolls up, and nothing jumps meanwhile', async ({ classroom }) => {
  const { colleague: amara, roomId } = await classroom.colleague('Amara Diallo')
  for (let n = 1; n <= 330; n += 1) await amara.say(roomId, `Line ${n}`)
  const { main } = await classroom.teach()
  await expect(said(main, 'Line 330')).toBeInViewport()

  await chat(main).hover()
  await expect(async () => {
    for (let turn = 0; turn < 5; turn += 1) await main.mouse.wheel(0, -800)
    await expect(main.getByText('The chat begins here')).toBeInViewport({ timeout: 200 })
  }).toPass()
  const first = chat(main).getByRole('listitem').first()
  const before = await first.boundingBox()
  await amara.say(roomId, 'Said far below')
  await expect(main.getByRole('button', { name: 'Jump to newest (1 new)' })).toBeVisible()
  expect(await first.boundingBox()).toEqual(before)
  // No more of it is drawn than is looked at.
  expect(await chat(main).getByRole('listitem').count()).toBeLessThan(80)

  await main.getByRole('button', { name: 'Jump to newest' }).click()
  await expect(said(main, 'Said far below')).toBeInViewport()
})

test('kill -9 after the last key: the notes are there after the start, and nowhere to be read on the disk', async ({
  classroom,
}) => {
  const sentence = 'Ask Noah about the bulky base'
  const app = await classroom.teach()
  await tab(app.main, 'Notes').click()
  await notes(app.main).pressSequentially(sentence)
  await expect(app.main.getByText('Saved on this computer')).toBeVisible()
  await app.kill9()
  expect(await searchFiles(app.userDataDir, [sentence])).toEqual([])

  const again = await classroom.launch({ userDataDir: app.userDataDir })
  // It opens where it was.
  await expectInRoom(again.main)
  await tab(again.main, 'Notes').click()
  await expect(notes(again.main)).toHaveValue(sentence)
  await expect(composer(again.main)).toHaveValue('')
})

test('a session about to end says so in time; its host ends it, and it stays to be read', async ({
  classroom,
}) => {
  const { title, endIn } = await ownSession(classroom)
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await openRoom(main, title)
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett', title)
  await noah.join(roomId)
  await endIn(9.8)
  await expect(main.getByText('10 minutes left of this session.')).toBeAttached()
  await endIn(4.8)
  await expect(main.getByText('5 minutes left of this session.')).toBeAttached()
  await expect(main.getByRole('timer', { name: 'Session clock' })).toContainText('4 min left')
  await picture(main, 'session-about-to-end')
  await endIn(0.1)
  await expect(main.getByText('The planned end of this session has come.')).toBeAttached()
  await expect(main.getByRole('timer', { name: 'Session clock' })).toContainText(', now')

  const more = main.getByRole('button', { name: 'More about this room' })
  await more.click()
  await main.getByRole('menuitem', { name: 'End session' }).click()
  const dialog = main.getByRole('alertdialog', { name: 'End this session for everybody?' })
  await expect(dialog.getByRole('button', { name: 'Keep it going' })).toBeFocused()
  await main.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await more.click()
  await main.getByRole('menuitem', { name: 'End session' }).click()
  await dialog.getByRole('button', { name: 'End session' }).click()
  await expect(main.getByText('This session ended at')).toBeVisible()
  await expect(composer(main)).toBeDisabled()
  await expect(main.getByText('What was said stays here to read.')).toBeVisible()
})

test('the attendance is a table that can be sorted, and a file', async ({ classroom }) => {
  const app = await classroom.teach()
  const { main } = app
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  await noah.join(roomId)
  await noah.leave(roomId)
  await tab(main, 'Attendance').click()
  const table = main.getByRole('table', { name: 'Attendance' })
  await expect(table.getByRole('row').filter({ hasText: 'Noah Bennett' })).toBeVisible()
  await expect(table.getByRole('row').filter({ hasText: 'Maya Okafor' })).toContainText('Here')
  const names = () => table.getByRole('rowheader').allTextContents()
  const ascending = await names()
  await table.getByRole('button', { name: 'Name' }).click()
  await expect(table.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending')
  expect(await names()).toEqual(ascending.toReversed())

  const file = join(app.userDataDir, 'saved.csv')
  await app.electronApp.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, file)
  await main.getByRole('button', { name: 'Save as CSV' }).click()
  await expect(main.getByText('Saved as')).toBeVisible()
  expect(await readFile(file, 'utf8')).toContain('Noah Bennett')
})

test('the whole room by keyboard, with letters alone only while nobody types', async ({ classroom }) => {
  const { main } = await classroom.teach()
  await main.keyboard.press('Control+Shift+P')
  await expect(main.getByRole('searchbox', { name: 'Search people' })).toBeFocused()
  await main.keyboard.type('n')
  await expect(main.getByRole('searchbox', { name: 'Search people' })).toHaveValue('n')
  await main.keyboard.press('Control+a')
  await main.keyboard.press('Delete')
  await main.keyboard.press('Escape')
  await expect(composer(main)).toBeFocused()

  await main.keyboard.press('F6')
  await main.keyboard.press('n')
  await expect(notes(main)).toBeFocused()
  await main.keyboard.press('Shift+F6')
  await expect(composer(main)).toBeFocused()
  await main.keyboard.press('Shift+F6')
  await expect(chat(main)).toBeFocused()
  await main.keyboard.press('t')
  await expect(main.getByRole('table', { name: 'Attendance' })).toBeVisible()
  await main.keyboard.press('/')
  await expect(composer(main)).toBeFocused()
  await expect(composer(main)).toHaveValue('')

  await main.keyboard.press('Shift+F6')
  await main.keyboard.press('?')
  const sheet = main.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  await picture(main, 'shortcuts')
  const letters = sheet.getByRole('checkbox', { name: 'Letters alone are shortcuts' })
  await letters.click()
  await expect(letters).not.toBeChecked()
  await main.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await main.keyboard.press('n')
  await expect(notes(main)).toHaveCount(0)
  await main.keyboard.press('Control+Shift+N')
  await expect(notes(main)).toBeFocused()
})

test('a room of which this computer keeps quiet says so, also after a restart', async ({ classroom }) => {
  const app = await classroom.teach()
  await app.main.getByRole('button', { name: 'More about this room' }).click()
  await app.main.getByRole('menuitem', { name: 'Mute notifications' }).click()
  await expect(app.main.getByText('Notifications are muted')).toBeVisible()
  await app.quit()
  const again = await classroom.launch({ userDataDir: app.userDataDir })
  await expectInRoom(again.main)
  await expect(again.main.getByText('Notifications are muted')).toBeVisible()
})
