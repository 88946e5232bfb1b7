import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { credentialEndpoints, TokenResponse } from '../../src/contract/credentials.ts'
import { libraryEndpoints, type StoredFile } from '../../src/contract/library.ts'
import type { LaunchedApp } from '../harness/app.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { expect, maya, documented, picture, pill, signIn, test, type Classroom } from './classroom.ts'

interface Chosen {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Speech, as far as a waveform can tell: bursts of a tone with pauses between them; 16 bits, one channel. */
function recording(name: string, seconds: number, sampleRate = 16_000): Chosen {
  const samples = Math.round(seconds * sampleRate)
  const buffer = Buffer.alloc(44 + samples * 2)
  buffer.write('RIFF')
  buffer.writeUInt32LE(36 + samples * 2, 4)
  buffer.write('WAVEfmt ', 8)
  buffer.writeUInt32LE(16, 16)
  buffer.writeUInt16LE(1, 20)
  buffer.writeUInt16LE(1, 22)
  buffer.writeUInt32LE(sampleRate, 24)
  buffer.writeUInt32LE(sampleRate * 2, 28)
  buffer.writeUInt16LE(2, 32)
  buffer.writeUInt16LE(16, 34)
  buffer.write('data', 36)
  buffer.writeUInt32LE(samples * 2, 40)
  for (let sample = 0; sample < samples; sample += 1) {
    const at = sample / sampleRate
    const loud = Math.abs(Math.sin(at * 1.3) * Math.sin(at * 0.37)) ** 1.5
    buffer.writeInt16LE(Math.round(Math.sin(at * 2 * Math.PI * 220) * loud * 20_000), 44 + sample * 2)
  }
  return { name, mimeType: 'audio/wav', buffer }
}

/** What the server has, asked past the app. */
async function libraryOf({ url, demoPassword }: ServerProcess) {
  const device = { name: 'Library', platform: 'test' }
  const answer = await fetch(url + credentialEndpoints.signIn.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: maya.email, password: demoPassword, device }),
  })
  const { access_token } = TokenResponse.parse(await answer.json())
  const ask = (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${access_token}` } })
  const list = async (): Promise<readonly StoredFile[]> =>
    libraryEndpoints.listFiles.response.parse(await (await ask('/files')).json()).items
  return {
    list,
    async hashOf(name: string): Promise<string | null> {
      const file = (await list()).find((one) => one.name === name && one.status === 'ready')
      return file
        ? sha256(new Uint8Array(await (await ask(`/files/${file.id}/content`)).arrayBuffer()))
        : null
    },
  }
}

async function openLibrary(classroom: Classroom, options = {}): Promise<LaunchedApp> {
  const app = await classroom.launch(options)
  const signInButton = app.main.getByRole('button', { name: 'Sign in', exact: true })
  const library = app.main.getByRole('button', { name: 'Library' })
  await expect(signInButton.or(library)).toBeVisible()
  if (await signInButton.isVisible()) await signIn(app.main, classroom.server.demoPassword)
  await library.click()
  await expect(app.main.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible()
  return app
}

const input = (page: Page) => page.locator('header ~ * input[type=file], main input[type=file]').first()
const files = (page: Page): Locator => page.getByRole('list', { name: 'Files' }).getByRole('listitem')
const fileRow = (page: Page, name: string) => files(page).filter({ hasText: name })
const underWay = (page: Page): Locator => page.getByRole('region', { name: 'Uploads' }).getByRole('listitem')
const sent = async (page: Page) =>
  Number(await page.getByRole('progressbar').first().getAttribute('aria-valuenow'))

async function drop(page: Page, chosen: readonly Chosen[]): Promise<void> {
  const payload = chosen.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    base64: buffer.toString('base64'),
  }))
  const transfer = await page.evaluateHandle((given) => {
    const dataTransfer = new DataTransfer()
    for (const { name, mimeType, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name, { type: mimeType }))
    }
    return dataTransfer
  }, payload)
  const target = page.getByRole('heading', { level: 1 })
  await target.dispatchEvent('dragenter', { dataTransfer: transfer })
  await target.dispatchEvent('dragover', { dataTransfer: transfer })
  await expect(page.getByText('Drop to upload')).toBeVisible()
  await target.dispatchEvent('drop', { dataTransfer: transfer })
  await expect(page.getByText('Drop to upload')).toHaveCount(0)
}

test('files arrive by the button and by dropping them, and those nobody can take are refused in plain words', async ({
  classroom,
}) => {
  const { main } = await openLibrary(classroom)
  await expect(main.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible()
  await picture(main, 'library-empty')

  const lecture = recording('Lecture 4 – enolates.wav', 4)
  const roster: Chosen = {
    name: 'CHEM 232 roster.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('name,email\nAda Lovelace,ada@northfield.example\n'),
  }
  const chooser = main.waitForEvent('filechooser')
  await main.getByRole('button', { name: 'Upload files' }).press('Enter')
  await (await chooser).setFiles([lecture, roster])
  await expect(files(main)).toHaveCount(2)
  await expect(fileRow(main, lecture.name)).toContainText('Recording')
  await drop(main, [recording('Office hours.wav', 2)])
  await expect(files(main)).toHaveCount(3)
  await expect(underWay(main)).toHaveCount(0)
  const library = await libraryOf(classroom.server)
  expect(await library.hashOf(lecture.name)).toBe(sha256(lecture.buffer))
  expect(await library.hashOf(roster.name)).toBe(sha256(roster.buffer))

  await drop(main, [
    {
      name: 'Not sound.wav',
      mimeType: 'audio/wav',
      buffer: Buffer.from('This is only text, whatever its name says.'),
    },
    { name: 'slides.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') },
    { name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) },
  ])
  await expect(underWay(main).filter({ hasText: 'Not sound.wav' })).toContainText(
    'This is not a WAV recording',
  )
  await expect(underWay(main).filter({ hasText: 'slides.zip' })).toContainText('no files of this kind')
  await expect(underWay(main).filter({ hasText: 'empty.csv' })).toContainText('This file is empty')
  await picture(main, 'library-list')
  for (const name of ['Not sound.wav', 'slides.zip', 'empty.csv']) {
    await main.getByRole('button', { name: `Take ${name} off the list` }).click()
  }
  await expect(underWay(main)).toHaveCount(0)
  await expect.poll(async () => (await library.list()).length).toBe(3)

  await main.getByRole('searchbox', { name: 'Search files' }).fill('ROSTER')
  await expect(files(main)).toHaveCount(1)
  await main.getByRole('searchbox', { name: 'Search files' }).fill('')
  await main.getByRole('combobox', { name: 'Kind' }).selectOption('Recordings')
  await expect(files(main)).toHaveCount(2)
})

test.describe(() => {
  test.use({ accessTtl: 10 })

  test('an upload is paused and goes on, and arrives whole through expiring tokens, a cut line and a restart of the server', async ({
    classroom,
  }) => {
    const { server, network } = classroom
    const { main } = await openLibrary(classroom)
    const lecture = recording('A whole morning.wav', 300)
    // More than a second for every part, which are then as small as they get: many lives of a token for all of them.
    network.delay(600)
    await input(main).setInputFiles(lecture)
    await expect.poll(() => sent(main)).toBeGreaterThan(5)
    const renewals = () => network.count('POST', '/auth/token')
    const renewedBefore = renewals()

    await main.getByRole('button', { name: `Pause ${lecture.name}` }).click()
    await expect(underWay(main)).toContainText('Paused at')
    const parts = () => network.count('PATCH', /\/bytes$/)
    // What was under way when the button was pressed still arrives.
    await expect.poll(() => network.requests.at(-1)?.delivered).toBe(true)
    const paused = parts()
    await main.getByRole('button', { name: 'Sessions' }).click()
    await main.getByRole('button', { name: 'Library' }).click()
    await expect(underWay(main)).toContainText('Paused at')
    expect(parts()).toBe(paused)
    await main.getByRole('button', { name: `Go on with ${lecture.name}` }).click()
    await expect.poll(parts).toBeGreaterThan(paused)

    network.cut()
    await expect.poll(renewals).toBeGreaterThan(renewedBefore + 1)
    const withOlderTokens = parts()
    await expect.poll(parts).toBeGreaterThan(withOlderTokens + 1)
    network.delay(120)
    await expect.poll(() => sent(main)).toBeGreaterThan(25)
    await server.restart()
    await expect(fileRow(main, lecture.name)).toBeVisible({ timeout: 60_000 })
    await expect(underWay(main)).toHaveCount(0)
    expect(await (await libraryOf(server)).hashOf(lecture.name)).toBe(sha256(lecture.buffer))
  })
})

test('an upload that the app was closed over goes on when the same file is chosen again', async ({
  classroom,
}) => {
  const { server, network } = classroom
  const first = await openLibrary(classroom)
  const lecture = recording('Unfinished business.wav', 200)
  network.delay(150)
  await input(first.main).setInputFiles(lecture)
  await expect.poll(() => sent(first.main)).toBeGreaterThan(20)
  await first.quit()
  network.delay(0)
  const library = await libraryOf(server)
  const [left] = await library.list()
  expect(left).toMatchObject({ name: lecture.name, status: 'uploading' })

  const { main } = await openLibrary(classroom, { userDataDir: first.userDataDir })
  await expect(underWay(main)).toContainText('Choose the file again to go on')
  const choose = underWay(main).locator('input[type=file]')
  await choose.setInputFiles(recording('Another.wav', 1))
  await expect(main.getByText('That is another file.')).toBeVisible()
  const before = network.requests.length
  await choose.setInputFiles(lecture)
  await expect(fileRow(main, lecture.name)).toBeVisible()
  expect(await library.hashOf(lecture.name)).toBe(sha256(lecture.buffer))
  expect(
    network.requests.slice(before).filter(({ method, path }) => method === 'POST' && path === '/files'),
  ).toEqual([])
})

test('a recording is analysed for a price that is said before, plays from anywhere, and is saved as it was', async ({
  classroom,
}) => {
  const app = await openLibrary(classroom)
  const { main } = app
  const lecture = recording('Seminar.wav', 60)
  await input(main).setInputFiles(lecture)
  await fileRow(main, lecture.name).getByRole('button', { name: 'Play Seminar.wav' }).click()

  const player = main.getByRole('region', { name: lecture.name })
  const audio = player.locator('audio')
  const position = () => audio.evaluate((element: HTMLAudioElement) => element.currentTime)
  await expect.poll(position).toBeGreaterThan(0.3)
  await player.getByRole('button', { name: 'Analyse (costs 1 credit; you have 200)' }).click()
  await expect(player.locator('svg[data-peaks]')).toBeVisible({ timeout: 60_000 })
  await expect(player).toContainText(/Loudness −\d+\.\d LUFS · Peak −\d+\.\d dBFS/)

  const slider = player.getByRole('slider', { name: 'Position' })
  const box = await slider.boundingBox()
  if (!box) throw new Error('The waveform has no place on the page.')
  await main.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2)
  await expect.poll(position).toBeGreaterThan(29)
  await slider.press('PageDown')
  await slider.press('ArrowRight')
  await expect.poll(position).toBeLessThan(20)
  await player.getByRole('button', { name: 'Pause' }).click()
  await slider.press('Home')
  await expect(slider).toHaveAttribute('aria-valuetext', '0 seconds of 1 minute')
  await player.getByRole('combobox', { name: 'Speed' }).selectOption('1.5')
  expect(await audio.evaluate((element: HTMLAudioElement) => element.playbackRate)).toBe(1.5)
  await slider.press('PageUp')
  await documented(main, 'library')

  await main.getByRole('button', { name: '199 credits' }).click()
  const ledger = main.getByRole('dialog', { name: 'Credits' })
  await expect(ledger.getByRole('row').nth(1)).toContainText('−1')
  await expect(ledger.getByRole('row').nth(1)).toContainText('199')
  await expect(ledger.getByRole('row').nth(2)).toContainText('+200')
  await documented(main, 'credits')
  await ledger.getByRole('button', { name: 'Close' }).click()

  const folder = await mkdtemp(join(tmpdir(), 'lectern-copies-'))
  try {
    const path = join(folder, 'copy.wav')
    await writeFile(path, 'something older')
    await app.electronApp.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
    }, path)
    await main.getByRole('button', { name: 'More for Seminar.wav' }).click()
    await main.getByRole('menuitem', { name: 'Save a copy…' }).click()
    await expect(main.getByText(`Saved as ${path}`)).toBeVisible()
    expect(sha256(await readFile(path))).toBe(sha256(lecture.buffer))
    expect(await readdir(folder)).toEqual(['copy.wav'])
  } finally {
    await rm(folder, { recursive: true })
  }

  await main.getByRole('button', { name: 'More for Seminar.wav' }).click()
  await main.getByRole('menuitem', { name: 'Check this file' }).click()
  await expect(main.getByRole('dialog')).toContainText('Every byte is in place.')
  await main.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await main.getByRole('button', { name: 'More for Seminar.wav' }).click()
  await main.getByRole('menuitem', { name: 'Delete…' }).click()
  const question = main.getByRole('alertdialog', { name: 'Delete “Seminar.wav”?' })
  await expect(question).toContainText('cannot be undone')
  await question.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(main.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible()
  await expect(player).toHaveCount(0)
})

test('without a server the files stay on screen with their time, and what was begun waits', async ({
  classroom,
}) => {
  const { main } = await openLibrary(classroom)
  await input(main).setInputFiles(recording('Kept.wav', 1))
  await expect(files(main)).toHaveCount(1)
  await classroom.network.down('refused')
  // Outside of rooms it is the next heartbeat that finds out.
  await expect(pill(main)).toHaveAttribute('data-state', 'offline', { timeout: 60_000 })
  await expect(files(main)).toHaveCount(1)
  await expect(main.getByText('Refreshed when the server answers.')).toBeVisible()
  await input(main).setInputFiles(recording('Later.wav', 1))
  await expect(underWay(main)).toContainText('waiting for the server. It goes on by itself.')
  await picture(main, 'library-offline')
  await classroom.network.up()
  await expect(files(main)).toHaveCount(2, { timeout: 30_000 })
})
