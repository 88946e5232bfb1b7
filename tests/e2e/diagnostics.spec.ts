import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Locator, Page } from '@playwright/test'
import { unzipSync } from 'fflate'
import type { LaunchedApp } from '../harness/app.ts'
import { searchFiles } from '../harness/secrets-search.ts'
import { expect, maya, openRoom, documented, picture, pill, say, signIn, test } from './classroom.ts'

test.use({ accessTtl: 6 })

const rail = (page: Page) => page.getByRole('navigation', { name: 'Pages' })
const chart = (page: Page) => page.getByRole('application', { name: /^Timeline from/ })
const marks = (page: Page, kind: string) => chart(page).locator(`[data-kind=${kind}]`)
const told = (page: Page) => page.getByTestId('told')
const checkOf = (page: Page, name: string) => page.locator(`[data-check=${name}]`)

async function openDiagnostics(page: Page): Promise<void> {
  await rail(page).getByRole('button', { name: 'Diagnostics' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Diagnostics' })).toBeVisible()
}

/** Pixels from the sign-in to the end of the chart. */
async function widthSinceSignIn(page: Page): Promise<number> {
  const [all, mark] = await Promise.all([
    chart(page).boundingBox(),
    marks(page, 'sign-in').first().boundingBox(),
  ])
  return all && mark ? all.x + all.width - mark.x : 0
}

async function closeLid(app: LaunchedApp, ms: number): Promise<void> {
  await app.emitPower('suspend')
  await expect(pill(app.main)).toHaveAttribute('data-state', 'suspended')
  await app.freeze()
  await wait(ms)
  await app.thaw()
  await app.emitPower('resume')
  await expect(pill(app.main)).toHaveText('Connected')
}

test('the chart shows a renewal, a sleep, an outage and the way back as they happened', async ({
  classroom,
}) => {
  const { network, server } = classroom
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, server.demoPassword)
  await openDiagnostics(main)
  await expect(marks(main, 'sign-in')).toHaveCount(1)
  // The chart opens on what there is: after some seconds of use that is no mark at the end of an empty day.
  await expect.poll(() => widthSinceSignIn(main)).toBeGreaterThan(60)
  await expect(marks(main, 'refresh').first()).toHaveAccessibleName(/^Renewed, .*it was time/)
  await expect(marks(main, 'access').first()).toBeVisible()

  await closeLid(app, 3000)
  await expect(marks(main, 'sleep')).toHaveAccessibleName(/^The computer slept/)
  await expect(marks(main, 'recovery').first()).toHaveAccessibleName(
    /Connection restored.*the computer woke up/,
  )

  await network.down('refused')
  await expect(pill(main)).toHaveAttribute('data-state', 'offline', { timeout: 60_000 })
  await expect(marks(main, 'outage')).toHaveAccessibleName(/^Server not reachable, since/)
  await network.up()
  await main.getByRole('button', { name: 'Try now' }).click()
  await expect(pill(main)).toHaveText('Connected')
  await expect(marks(main, 'outage')).toHaveAccessibleName(/^Server not reachable, \d+ \w+, \d+:\d+:\d+/)

  // Each is told by pointing at it, and by going to it with the keyboard.
  await marks(main, 'outage').hover()
  await expect(told(main)).toContainText('Server not reachable')
  await main.mouse.move(0, 0)
  await chart(main).focus()
  for (let n = 0; n < 3; n++) await main.keyboard.press('ArrowDown')
  await expect(marks(main, 'sleep')).toBeFocused()
  await expect(told(main)).toContainText('The computer slept')
  await documented(main, 'diagnostics-zoomed', 'itself')
  await main.keyboard.press('Escape')
  await expect(chart(main)).toBeFocused()
  await main.keyboard.press('ArrowLeft')
  await expect(marks(main, 'outage')).not.toBeInViewport({ ratio: 1 })
  await main.keyboard.press('0')
  await expect(chart(main)).toHaveAttribute('data-zoom', '1')

  // By wheel and by hand as well; what is looked at stays where it is while time goes on.
  await chart(main).hover()
  await main.mouse.wheel(0, -600)
  await expect.poll(async () => Number(await chart(main).getAttribute('data-zoom'))).toBeGreaterThan(1.5)
  const shown = await chart(main).getAttribute('aria-label')
  await main.mouse.down()
  await main.mouse.move(0, 0)
  await main.mouse.up()
  await expect(chart(main)).not.toHaveAttribute('aria-label', shown ?? '')
  await chart(main).focus()
  await main.keyboard.press('0')

  // The legend is the filter.
  const sleepFilter = main.getByRole('button', { name: /^Sleep \d/ })
  await sleepFilter.click()
  await expect(sleepFilter).toHaveAttribute('aria-pressed', 'false')
  await expect(marks(main, 'sleep')).toHaveCount(0)
  await expect(marks(main, 'outage')).toHaveCount(1)
  await main.getByRole('button', { name: 'Table', exact: true }).click()
  const table = main.getByRole('table')
  await expect(table.getByRole('row', { name: /Server not reachable/ })).toHaveCount(1)
  await expect(table.getByRole('row', { name: /The computer slept/ })).toHaveCount(0)
  await sleepFilter.click()
  await expect(table.getByRole('row', { name: /The computer slept/ })).toHaveCount(1)
  await main.getByRole('button', { name: 'Chart', exact: true }).click()
  await documented(main, 'diagnostics')
  await main.setViewportSize({ width: 360, height: 780 })
  await picture(main, 'diagnostics-narrow')
})

test('events are told in plain words as they happen, and stand still while one reads', async ({
  classroom,
}) => {
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, classroom.server.demoPassword)
  await openDiagnostics(main)
  const events = main.getByRole('region', { name: 'Events' }).locator('li')
  await expect(events.filter({ hasText: 'Access renewed' }).first()).toContainText(
    'refresh-succeeded generation=',
  )
  await app.emitPower('lock-screen')
  await expect(events.first()).toContainText('The screen was locked')
  await main.getByRole('button', { name: 'Pause' }).click()
  await app.emitPower('unlock-screen')
  await expect(main.getByText(/new events? (is|are) waiting/)).toBeVisible()
  await expect(events.first()).toContainText('The screen was locked')
  await main.getByRole('button', { name: 'Go on' }).click()
  await expect(events.filter({ hasText: 'The screen was unlocked' })).toHaveCount(1)
  await main.getByRole('searchbox', { name: 'Search events' }).fill('unlocked')
  await expect(events).toHaveCount(1)
  await main.getByRole('combobox', { name: 'Kind of event' }).selectOption('Problems')
  await expect(main.getByText('No event fits.')).toBeVisible()
})

test('health checks are good, and say what is wrong when the network is dead', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await signIn(main, classroom.server.demoPassword)
  await openDiagnostics(main)
  await main.getByRole('button', { name: 'Check now' }).click()
  await expect(main.getByText('Everything works')).toBeVisible()
  for (const name of [
    'network',
    'server',
    'sign-in',
    'data',
    'clock',
    'live-connection',
    'keychain',
    'disk',
    'proxy',
  ]) {
    await expect(checkOf(main, name)).toHaveAttribute('data-verdict', 'good')
  }
  await picture(main, 'diagnostics-checks')

  await classroom.network.down('refused')
  await main.getByRole('button', { name: 'Check now' }).click()
  await expect(checkOf(main, 'server')).toHaveAttribute('data-verdict', 'bad', { timeout: 30_000 })
  await expect(checkOf(main, 'server')).toContainText('cannot be reached')
  await expect(checkOf(main, 'live-connection')).toHaveAttribute('data-verdict', 'bad')
  await expect(checkOf(main, 'disk')).toHaveAttribute('data-verdict', 'good')
  await expect(main.getByText(/things need attention/)).toBeVisible()

  await main.getByRole('button', { name: 'Copy as text' }).click()
  await expect(main.getByRole('button', { name: 'Copied' })).toBeVisible()
  const pasted = main.evaluate(
    () =>
      new Promise<string | undefined>((resolve) => {
        const take = (event: ClipboardEvent) => resolve(event.clipboardData?.getData('text/plain'))
        document.addEventListener('paste', take, { once: true })
      }),
  )
  await main.getByRole('searchbox', { name: 'Search events' }).focus()
  await main.keyboard.press('ControlOrMeta+V')
  expect(await pasted).toMatch(/Server: Not working \(offline[^]*Sign-in: Not known[^]*Disk: Good/)
})

/** All lines of a file in the preview, also those that are not drawn at the moment. */
async function linesOf(region: Locator): Promise<string[]> {
  return region.evaluate(async (box) => {
    const seen = new Map<number, string>()
    const note = () => {
      for (const line of box.querySelectorAll<HTMLElement>('[data-index]')) {
        seen.set(Number(line.dataset['index']), line.textContent)
      }
    }
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    for (let before = -1; before !== box.scrollTop || before === 0;) {
      before = box.scrollTop
      note()
      box.scrollTop += box.clientHeight / 2
      await frame()
      note()
      if (box.scrollTop === before) break
    }
    return [...seen].sort(([a], [b]) => a - b).map(([, text]) => text)
  })
}

test('a support bundle is shown whole before it is saved, saved as shown, and holds no secret', async ({
  classroom,
}) => {
  const { server, network } = classroom
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, server.demoPassword)
  await openRoom(main)
  const words = 'The grade of Amara is between her and me'
  await say(main, words)
  await main.getByRole('button', { name: 'Sessions' }).first().click()
  await openDiagnostics(main)
  await expect(main.getByText('Access renewed').first()).toBeVisible()
  await main.getByRole('button', { name: 'Support bundle…' }).click()
  await expect(main.getByRole('heading', { level: 1, name: 'Support bundle' })).toBeVisible()
  const tabs = main.getByRole('tablist', { name: 'Files' }).getByRole('tab')
  await expect(tabs).toHaveCount(6, { timeout: 30_000 })
  await documented(main, 'support-bundle')

  const shown: Record<string, string> = {}
  for (const tab of await tabs.all()) {
    const name = (await tab.locator('[dir=ltr]').textContent()) ?? ''
    await tab.click()
    shown[name] = (await linesOf(main.getByRole('region', { name }))).join('\n')
  }

  const folder = await mkdtemp(join(tmpdir(), 'lectern-bundle-'))
  try {
    const zip = join(folder, 'bundle.zip')
    const answerWith = (answer: { canceled: boolean; filePath: string }) =>
      app.electronApp.evaluate(({ dialog }, given) => {
        dialog.showSaveDialog = () => Promise.resolve(given)
      }, answer)
    const save = main.getByRole('button', { name: 'Save as ZIP…' })
    await answerWith({ canceled: true, filePath: '' })
    await save.click()
    await expect(save).not.toHaveAttribute('aria-disabled')
    await answerWith({ canceled: false, filePath: zip })
    await save.click()
    await expect(main.getByText(`Saved as ${zip}`)).toBeVisible()

    const files = unzipSync(await readFile(zip))
    const saved = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8').trimEnd()]),
    )
    expect(saved).toEqual(
      Object.fromEntries(Object.entries(shown).map(([name, text]) => [name, text.trimEnd()])),
    )
    expect(saved['timeline.jsonl']).toContain('refresh-succeeded')
    expect(saved['about.txt']).toContain('Lectern: ')
    expect(JSON.parse(saved['facts.json'] ?? '')).toMatchObject({ serverUrl: network.url })

    const unpacked = join(folder, 'unpacked')
    await mkdir(unpacked)
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(unpacked, name), bytes)
    const secrets = [...network.tokens, server.demoPassword, words, maya.email, maya.name]
    expect(network.tokens.size).toBeGreaterThan(1)
    expect(await searchFiles(unpacked, secrets)).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('diagnostics can be reached before anybody has signed in', async ({ classroom }) => {
  const { main } = await classroom.launch()
  await main.getByRole('button', { name: 'Diagnostics' }).click()
  await expect(main.getByRole('heading', { level: 1, name: 'Diagnostics' })).toBeVisible()
  await main.getByRole('button', { name: 'Check now' }).click()
  await expect(checkOf(main, 'server')).toHaveAttribute('data-verdict', 'good')
  await expect(checkOf(main, 'sign-in')).toContainText('Nobody is signed in')
  await main.getByRole('button', { name: 'Back' }).click()
  await expect(main.getByRole('heading', { level: 1, name: 'Sign in to Lectern' })).toBeVisible()
})
