/**
 * A classroom for specs: the real server with the demo school, a network that can be broken, and the built app with
 * an instructor at it. What a person would look for on the page is named here once.
 */
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import type { ChannelName } from '../../src/contract/ipc.ts'
import type { Result } from '../../src/contract/model.ts'
import type { LaunchedApp, LaunchOptions } from '../harness/app.ts'
import type { Colleague } from '../harness/colleague.ts'
import type { FaultyNetwork } from '../harness/faulty-network.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { expect, test as base } from '../harness/test.ts'

export { expect }

declare global {
  /** What the preload script gives to a page; a spec calls it as a page's own script would. */
  var lectern: { invoke(channel: ChannelName, request?: unknown): Promise<Result<unknown>> }
}

export const maya = { name: 'Maya Okafor', email: 'maya.okafor@northfield.example' }
/** A session that is live and that Maya holds. */
export const room = 'Organic Chemistry II: reaction mechanisms'
/** One that is live and that somebody else holds, so that Maya may be idle in it. */
export const guestRoom = 'Cell biology lab: reading a gel'

export interface Classroom {
  readonly server: ServerProcess
  /** Between the app and the server; colleagues do not go through it. */
  readonly network: FaultyNetwork
  /** Starts the app; on the folder of an earlier start when given. */
  launch(options?: LaunchOptions): Promise<LaunchedApp>
  /** Starts the app, signs Maya in and opens her room. */
  teach(): Promise<LaunchedApp>
  /**
   * Ends the session for good: the refresh token that was used first comes from another place once more, which to the
   * server is theft.
   */
  endSession(): Promise<void>
  /** Somebody else of the school, and the id of the room they meet in. */
  colleague(name: string, title?: string): Promise<{ readonly colleague: Colleague; readonly roomId: string }>
}

interface ClassroomOptions {
  /** Life of an access token in seconds. */
  readonly accessTtl: number
  /** Life of a sign-in in seconds. */
  readonly sessionTtl: number
}

export const test = base.extend<{ classroom: Classroom } & ClassroomOptions>({
  accessTtl: [900, { option: true }],
  sessionTtl: [30 * 24 * 3600, { option: true }],
  async classroom(
    { accessTtl, sessionTtl, startServer, startFaultyNetwork, launchApp, signInColleague },
    use,
  ) {
    const server = await startServer({ accessTtl, sessionTtl })
    const network = await startFaultyNetwork(server.url)
    const launch = (options?: LaunchOptions) => launchApp({ serverUrl: network.url, ...options })
    await use({
      server,
      network,
      launch,
      async teach() {
        const app = await launch()
        await signIn(app.main, server.demoPassword)
        await openRoom(app.main)
        return app
      },
      async endSession() {
        const [stolen] = [...network.tokens].filter((token) => !token.includes('.'))
        for (const key of ['thief-attempt-0001', 'thief-attempt-0002']) {
          await fetch(`${server.url}/auth/token`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
            body: JSON.stringify({ grant_type: 'refresh_token', refresh_token: stolen }),
          })
        }
      },
      async colleague(name, title = room) {
        const email = `${name.toLowerCase().replace(' ', '.')}@northfield.example`
        const colleague = await signInColleague({
          serverUrl: server.url,
          email,
          password: server.demoPassword,
        })
        const { items } = await colleague.call('listLiveSessions', { query: { search: title } })
        const [live] = items
        if (!live) throw new Error(`There is no live session called ${title}.`)
        return { colleague, roomId: live.id }
      },
    })
  },
})

/** Prints a line of figures beside the test's own. */
export const report = (figures: string) => console.log(`    ${figures}`)

export async function signIn(page: Page, password: string, email = maya.email): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
}

/** Its server makes its database at the very first start, which takes a busy machine its time. */
export async function openDemo(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Open the demo workspace/ }).click({ timeout: 120_000 })
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
}

const card = (page: Page, title: string): Locator => page.getByRole('article', { name: title })

/** Opens a room, unless the app has come back to it by itself. */
export async function openRoom(page: Page, title = room): Promise<void> {
  const inIt = page.getByRole('heading', { level: 1, name: title })
  const open = card(page, title).getByRole('button', { name: 'Open', exact: true })
  await expect(inIt.or(open)).toBeVisible()
  if (!(await inIt.isVisible())) await open.click()
  await expectInRoom(page, title)
}

export async function expectInRoom(page: Page, title = room): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
  await expect(pill(page)).toHaveText('Connected')
  await expect(composer(page)).toBeEnabled()
}

/** The id of the session with this title, as a page of the app learns it. */
export const sessionIdOf = (page: Page, title = room): Promise<string | undefined> =>
  page.evaluate(async (search) => {
    const request = { endpoint: 'listLiveSessions', query: { search } }
    const answer = await globalThis.lectern.invoke('api:call', request)
    return answer.ok ? (answer.value as { items: { id: string }[] }).items[0]?.id : undefined
  }, title)

/** The window that opens when this room is asked for in a new one. */
export async function openSecondWindow({ electronApp, main }: LaunchedApp): Promise<Page> {
  await main.getByRole('button', { name: 'More about this room' }).click()
  const [second] = await Promise.all([
    electronApp.waitForEvent('window'),
    main.getByRole('menuitem', { name: 'Room in its own window' }).click(),
  ])
  await expect(pill(second)).toHaveText('Connected')
  return second
}

/** The window that opens when a room is asked for in a new one, from its card in the list. */
export async function openWindowFromCard({ electronApp, main }: LaunchedApp, title = room): Promise<Page> {
  await card(main, title)
    .getByRole('button', { name: `More for ${title}` })
    .click()
  const [opened] = await Promise.all([
    electronApp.waitForEvent('window'),
    main.getByRole('menuitem', { name: 'Open in new window' }).click(),
  ])
  await expectInRoom(opened, title)
  return opened
}

export const pill = (page: Page): Locator => page.getByRole('status', { name: 'Connection' })
export const chat = (page: Page): Locator => page.getByRole('log', { name: 'Chat' })
export const roster = (page: Page): Locator =>
  page.getByRole('list', { name: 'Participants' }).getByRole('listitem')

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' })

export async function say(page: Page, text: string): Promise<void> {
  const box = composer(page)
  await box.fill(text)
  await box.press('Enter')
}

const inBothSchemes = async (page: Page, path: string) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${path}-${colorScheme}.png`, animations: 'disabled' })
  }
}

/** In both schemes, to look at. */
export const picture = (page: Page, name: string): Promise<void> =>
  inBothSchemes(page, join('test-results/screens', name))

/** A window of a laptop, half a screen beside the slides, and the narrowest there is. */
const sizes = {
  wide: { width: 1180, height: 800 },
  half: { width: 768, height: 1024 },
  narrow: { width: 360, height: 740 },
} as const

/**
 * A picture for the documentation: `LECTERN_SCREENS=docs/screens npm run test:e2e` renews them, in both schemes.
 *
 * @param at `itself`: the size the window has; its name then stands alone
 */
export async function documented(page: Page, name: string, at: 'sizes' | 'itself' = 'sizes'): Promise<void> {
  const folder = process.env['LECTERN_SCREENS']
  if (folder === undefined) return picture(page, name)
  if (at === 'itself') return inBothSchemes(page, join(folder, name))
  const before = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    await expect.poll(() => page.evaluate(() => innerWidth)).toBe(viewport.width)
    await inBothSchemes(page, join(folder, `${name}-${size}`))
  }
  await page.setViewportSize(before)
}

/** The chat as the page shows it, without what is still waiting: one key per message, in order of the screen. */
export function shownMessages(page: Page): Promise<{ key: string; text: string; pending: boolean }[]> {
  return chat(page)
    .locator('[data-idempotency-key]')
    .evaluateAll((items) =>
      items.map((item) => ({
        key: item.getAttribute('data-idempotency-key') ?? '',
        text: item.textContent ?? '',
        pending: !item.hasAttribute('data-seq'),
      })),
    )
}

/** Keeps everything the connection pill and the alerts of a page say from now on. */
export async function watchWords(page: Page): Promise<() => Promise<{ pill: string[]; alerts: string[] }>> {
  await page.evaluate(() => {
    const heard = { pill: [] as string[], alerts: [] as string[] }
    Object.assign(globalThis, { heard })
    const note = (list: string[], text: string | null | undefined) => {
      const words = text?.trim()
      if (words && list.at(-1) !== words) list.push(words)
    }
    const look = () => {
      note(heard.pill, document.querySelector('[role=status][aria-label=Connection]')?.textContent)
      for (const alert of document.querySelectorAll('[role=alert]')) note(heard.alerts, alert.textContent)
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
    look()
  })
  return () =>
    page.evaluate(() => (globalThis as unknown as { heard: { pill: string[]; alerts: string[] } }).heard)
}
