import type { Page } from '@playwright/test'
import { expect, openRoom, documented, pill, test } from './classroom.ts'

const panel = (page: Page) => page.getByRole('region', { name: 'Assistant' })
const exchanges = (page: Page) => panel(page).getByRole('list').first().locator('> li')
/** The text of an answer, without the question and the buttons. */
const answerText = (page: Page, which: number) =>
  exchanges(page)
    .nth(which)
    .locator('[aria-busy]')
    .evaluate((answer) =>
      [...answer.querySelectorAll('p[dir], li')].map((part) => part.textContent).join('\n'),
    )
const status = (page: Page) => panel(page).locator('> [role=status]')
const summary = (page: Page) => panel(page).getByRole('button', { name: 'Sum up the chat' })

async function openAssistant(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Assistant' }).click()
  await expect(panel(page)).toBeVisible()
}

/** What the assistant says when nothing disturbs it; asked after a disturbed answer, it has to be the same. */
async function undisturbedSummary(page: Page): Promise<string> {
  await summary(page).click()
  await expect(status(page)).toHaveText('Answer finished')
  return answerText(page, (await exchanges(page).count()) - 1)
}

test('a question is answered word by word, and the answer is still there after a look elsewhere', async ({
  classroom,
}) => {
  const { main } = await classroom.teach()
  await openAssistant(main)
  await panel(main).getByRole('textbox', { name: 'Question' }).fill('Who is here, and since when?')
  await panel(main).getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(status(main)).toHaveText('The assistant is answering')
  await expect(status(main)).toHaveText('Answer finished')
  await expect(exchanges(main).first()).toContainText('Maya Okafor')
  await expect(panel(main).getByRole('textbox', { name: 'Question' })).toHaveValue('')
  await summary(main).click()
  await expect.poll(() => answerText(main, 1)).not.toBe('')
  await main.getByRole('button', { name: 'Sessions' }).first().click()
  await expect(main.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
  await openRoom(main)
  await openAssistant(main)
  await expect(exchanges(main)).toHaveCount(2)
  await expect(exchanges(main).nth(1).getByRole('button', { name: 'Copy answer' })).toBeVisible()
  await documented(main, 'assistant')
})

test('an answer whose connection is cut in the middle is whole once it is over', async ({ classroom }) => {
  const { main } = await classroom.teach()
  await openAssistant(main)
  await summary(main).click()
  await expect.poll(() => answerText(main, 0)).toContain('messages by')
  await classroom.network.down('refused')
  await expect(pill(main)).toContainText('Offline')
  await expect(exchanges(main).first()).toContainText('The answer goes on by itself')
  await classroom.network.up()
  await expect(status(main)).toHaveText('Answer finished', { timeout: 60_000 })
  const disturbed = await answerText(main, 0)
  expect(disturbed).toBe(await undisturbedSummary(main))
  expect(classroom.network.count('POST', /\/assistant\/questions$/)).toBe(2)
})

test('an answer that was stopped goes on where it stood', async ({ classroom }) => {
  const { main } = await classroom.teach()
  await openAssistant(main)
  await summary(main).click()
  await expect.poll(() => answerText(main, 0)).toContain('messages by')
  await panel(main).getByRole('button', { name: 'Stop' }).click()
  await expect(status(main)).toHaveText('Answer stopped')
  const stopped = await answerText(main, 0)
  await panel(main).getByRole('button', { name: 'Continue' }).click()
  await expect(status(main)).toHaveText('Answer finished')
  const whole = await answerText(main, 0)
  expect(whole.startsWith(stopped)).toBe(true)
  expect(whole.length).toBeGreaterThan(stopped.length)
  expect(whole).toBe(await undisturbedSummary(main))
})

test('a question that cannot be asked offline stays in the box', async ({ classroom }) => {
  const { main } = await classroom.teach()
  await openAssistant(main)
  const question = panel(main).getByRole('textbox', { name: 'Question' })
  await classroom.network.down('refused')
  await expect(pill(main)).toContainText('Offline')
  await question.fill('How much time is left?')
  await question.press('Enter')
  await expect(panel(main)).toContainText('can be asked again as soon as the server answers')
  await expect(question).toHaveValue('How much time is left?')
  await classroom.network.up()
  await expect(pill(main)).toHaveText('Connected')
  await question.press('Enter')
  await expect(status(main)).toHaveText('Answer finished')
  await expect(exchanges(main).first()).toContainText('left.')
})
