import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { TokenResponse } from '../../src/contract/credentials.ts'
import { StoredFile } from '../../src/contract/library.ts'
import type { LaunchedApp } from '../harness/app.ts'
import { expect, maya, documented, picture, pill, signIn, test, type Classroom } from './classroom.ts'

/** Puts a file into Maya's library, as another computer of hers would. */
async function upload({ server }: Classroom, name: string, content: string): Promise<void> {
  const json = { 'content-type': 'application/json' }
  const signedIn = await fetch(`${server.url}/auth/sign-in`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({
      email: maya.email,
      password: server.demoPassword,
      device: { name: 'Another computer', platform: 'test' },
    }),
  })
  const { access_token: token } = TokenResponse.parse(await signedIn.json())
  const authorization = `Bearer ${token}`
  const bytes = new TextEncoder().encode(content)
  const announced = await fetch(`${server.url}/files`, {
    method: 'POST',
    headers: { ...json, authorization, 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ name, contentType: 'text/csv', size: bytes.length }),
  })
  const { id } = StoredFile.parse(await announced.json())
  const sent = await fetch(`${server.url}/files/${id}/bytes`, {
    method: 'PATCH',
    headers: {
      authorization,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
    body: bytes,
  })
  expect(sent.status).toBe(204)
}

const someRoster = [
  'name,email,role',
  'Noah Bennett,noah.bennett@northfield.example,learner',
  'Wanda Test,wanda.test@northfield.example,learner',
  'No Address,,learner',
  'Nobody At All,this is no address,learner',
  'Wanda Again,wanda.test@northfield.example,learner',
].join('\n')

/** Takes a while on any machine. */
const longRoster = (people: number) =>
  ['name,email', ...Array.from({ length: people }, (_, i) => `Person ${i},person.${i}@example.org`)].join(
    '\n',
  )

const card = (page: Page, name: RegExp | string): Locator => page.getByRole('article', { name })
const bar = (job: Locator) => job.getByRole('progressbar')
const figure = (job: Locator, label: string) =>
  job.locator('dl > div').filter({ hasText: label }).getByRole('definition')

async function openJobs(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Jobs' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
}

async function orderImport(page: Page, file: string, course: string): Promise<void> {
  await page.getByRole('button', { name: 'Import a roster' }).click()
  const dialog = page.getByRole('dialog', { name: 'Import a roster' })
  const option = dialog.getByRole('option').filter({ hasText: file })
  await dialog
    .getByLabel('File of the library')
    .selectOption({ value: (await option.getAttribute('value')) ?? '' })
  await dialog.getByLabel('Course').fill(course)
  await expect(dialog).toContainText('This is free. Your 200 credits stay as they are.')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialog).toBeHidden()
}

async function atJobs(classroom: Classroom): Promise<LaunchedApp> {
  const app = await classroom.launch()
  await signIn(app.main, classroom.server.demoPassword)
  await openJobs(app.main)
  return app
}

test('a roster is imported, and each line that was left out says why', async ({ classroom }) => {
  await upload(classroom, 'class of 2026.csv', someRoster)
  const { main } = await atJobs(classroom)
  await expect(main.getByText('There are no jobs yet.')).toBeVisible()
  await picture(main, 'jobs-empty')
  await orderImport(main, 'class of 2026.csv', 'CHEM 999')
  const job = card(main, /class of 2026\.csv/)
  await expect(job).toContainText('Finished')
  await expect(figure(job, 'newly enrolled')).toHaveText('2')
  await expect(figure(job, 'new accounts')).toHaveText('1')
  await expect(figure(job, 'lines left out')).toHaveText('3')
  await job.getByText('3 lines were left out, and why').click()
  await expect(job.getByRole('row')).toHaveCount(4)
  await expect(job.getByRole('row').nth(1)).toContainText('The e-mail address is missing.')
  await expect(job.getByRole('row').nth(3)).toContainText('in line 3 already')

  await main.getByRole('tab', { name: /^Failed/ }).click()
  await expect(main.getByText('No job has failed.')).toBeVisible()
  await main.getByRole('tab', { name: /^Finished/ }).click()
  await expect(job).toBeVisible()
  await documented(main, 'jobs')
})

test('a file that is no roster fails with the reason, and can be tried again', async ({ classroom }) => {
  await upload(classroom, 'shopping.csv', 'what,how many\nmilk,2\n')
  const { main } = await atJobs(classroom)
  await orderImport(main, 'shopping.csv', 'CHEM 999')
  const job = card(main, /shopping\.csv/)
  await expect(job.first()).toContainText('The first line has to name the columns')
  await job.getByRole('button', { name: 'Try again: shopping.csv' }).click()
  await expect(job).toHaveCount(2)
  await expect(job.first()).toContainText('The first line has to name the columns')
})

test('attendance is exported and its file saved where the person says', async ({ classroom }) => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-saved-'))
  const place = join(folder, 'attendance.csv')
  const app = await atJobs(classroom)
  const { main } = app
  await main.getByRole('button', { name: 'Export attendance' }).click()
  const dialog = main.getByRole('dialog', { name: 'Export attendance' })
  await dialog.getByLabel('Course').selectOption('CHEM 232')
  await expect(dialog).toContainText('This is free.')
  await picture(main, 'jobs-export')
  await dialog.getByRole('button', { name: 'Export', exact: true }).click()
  const job = card(main, 'Export of attendance: CHEM 232')
  await expect(job).toContainText('Finished')
  const rows = Number(await figure(job, 'stays in a room').textContent())
  expect(rows).toBeGreaterThan(10)

  await app.electronApp.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, place)
  await job.getByRole('button', { name: 'Save file…' }).click()
  await expect(job).toContainText(`Saved as ${place}`)
  const saved = await readFile(place, 'utf8')
  expect(saved.trimEnd().split(/\r?\n/)).toHaveLength(rows + 1)
  expect(saved).toContain('Noah Bennett')
  await rm(folder, { recursive: true })
})

test('a job that is cancelled stops, and what waits behind it goes on', async ({ classroom }) => {
  await upload(classroom, 'everybody.csv', longRoster(40_000))
  const { main } = await atJobs(classroom)
  await orderImport(main, 'everybody.csv', 'BIG 100')
  const job = card(main, /everybody\.csv/)
  await expect(bar(job)).toHaveAttribute('aria-valuetext', /lines/)
  await orderImport(main, 'everybody.csv', 'BIG 200')
  await expect(job.first()).toContainText('Waiting for its turn')
  await expect(main.getByRole('navigation', { name: 'Pages' })).toContainText('2 running')
  await picture(main, 'jobs-running')
  await job.last().getByRole('button', { name: 'Cancel everybody.csv' }).click()
  const dialog = main.getByRole('dialog', { name: 'Cancel “everybody.csv”?' })
  await expect(dialog).toContainText('Whoever has been enrolled already stays enrolled')
  await expect(dialog).toContainText('It has cost nothing.')
  await dialog.getByRole('button', { name: 'Cancel the job' }).click()
  await expect(dialog).toBeHidden()
  await expect(job.last()).toContainText('Cancelled')
  await expect(bar(job.first())).toHaveAttribute('aria-valuetext', /lines/)
})

test('a server that restarts in the middle of a job goes on with it, and its end is told on another page', async ({
  classroom,
}) => {
  const people = 40_000
  await upload(classroom, 'everybody.csv', longRoster(people))
  const { main } = await atJobs(classroom)
  await orderImport(main, 'everybody.csv', 'BIG 100')
  const job = card(main, /everybody\.csv/)
  await expect(bar(job)).toHaveAttribute('aria-valuetext', /lines/)
  await classroom.server.restart()
  await expect(pill(main)).toHaveText('Connected', { timeout: 60_000 })
  await expect(job).toContainText('started again after the server restarted', { timeout: 60_000 })

  await main.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Sessions' }).click()
  const notices = main.getByRole('region', { name: 'Notices' })
  await expect(notices).toContainText('“everybody.csv” is finished.', { timeout: 120_000 })
  await notices.getByRole('button', { name: 'Show jobs' }).click()
  await expect(notices).not.toContainText('everybody.csv')
  await expect(figure(job, 'newly enrolled')).toHaveText(new Intl.NumberFormat('en').format(people))
})
