import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, _electron, type ElectronApplication, type Page } from '@playwright/test'

export const fixturePath = join(import.meta.dirname, 'fixture')
/** The host as Playwright finds it. */
export const executable = join(import.meta.dirname, '../bin/electron')

interface Fixtures {
  /** A user data folder of this test alone. */
  readonly userData: string
  /** Starts an app of this test alone. */
  readonly launch: (...args: string[]) => Promise<ElectronApplication>
  /** The first window of the shared app, loaded anew. */
  readonly window: Page
}

interface SharedFixtures {
  /** One app for all tests that leave no trace in it. */
  readonly app: ElectronApplication
}

/** The first window, when its page and preload have run. */
export async function readyWindow(app: ElectronApplication): Promise<Page> {
  const window = await app.firstWindow()
  await window.waitForURL(/^app:/)
  await window.waitForFunction(() => 'bridge' in globalThis)
  return window
}

export const test = base.extend<Fixtures, SharedFixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from this pattern
  userData: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'electron-host-test-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  launch: async ({ userData }, use) => {
    const apps: ElectronApplication[] = []
    await use(async (...args) => {
      const app = await _electron.launch({ args: [fixturePath, `--user-data-dir=${userData}`, ...args] })
      apps.push(app)
      return app
    })
    for (const app of apps) await app.close()
  },
  app: [
    // eslint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'electron-host-test-'))
      const app = await _electron.launch({ args: [fixturePath, `--user-data-dir=${folder}`] })
      await readyWindow(app)
      await use(app)
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
  window: async ({ app }, use) => {
    const window = await app.firstWindow()
    await window.goto('app://fixture/index.html')
    await use(window)
  },
})

type Anything = (...args: never[]) => unknown

/** What the fixture's preload exposes as `bridge`. */
export interface FixtureBridge {
  readonly text: string
  readonly list: readonly [number, { two: number }]
  readonly date: Date
  readonly map: Map<string, unknown>
  readonly bytes: Uint8Array
  readonly point: { readonly x: number; readonly length?: unknown }
  readonly tree: { readonly self: unknown }
  readonly nested: { add(a: number, b: number): number; ownName(): string }
  readonly later: Promise<{ answer(): number }>
  call(callback: Anything, ...args: unknown[]): unknown
  callLater(callback: () => Promise<string>): Promise<string>
  make(): (name: string) => string
  same<T>(value: T): T
  isOurs(value: unknown): boolean
  keep(): () => string
  throwError(): void
  throwText(): void
  rejectLater(): Promise<void>
  errorOf(): Error
  constructorNameOf(value: object): boolean
  exposeAgain(): void
  exposeOverPage(): void
}

/** What the fixture's preload exposes as `ipc`. */
export interface FixtureIpc {
  invoke<T>(channel: string, ...args: unknown[]): Promise<T>
  send(channel: string, ...args: unknown[]): void
  on(channel: string, listener: Anything): () => void
  once(channel: string, listener: Anything): void
  invokeFunction(): Promise<unknown>
}

export { expect } from '@playwright/test'

/** The ids of all processes with this text in their command line. */
export function processesWith(text: string): string[] {
  return spawnSync('pgrep', ['-f', '--', text], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
}
