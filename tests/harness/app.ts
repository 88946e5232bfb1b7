/** The built app, started as a person starts it, and the things that happen to a laptop. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { eventually } from './eventually.ts'
import { continueProcesses, isAlive, killProcess, processTree, stopProcesses } from './process-tree.ts'
import { repository } from './repository.ts'

export interface LaunchOptions {
  /** A fresh temporary folder unless given; a given one is kept, so that the app can be started on it again. */
  readonly userDataDir?: string
  /** The server to offer at sign-in. */
  readonly serverUrl?: string
  /** Start with the demo workspace and its own server. */
  readonly demo?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

export type PowerEvent = 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen'

export interface LaunchedApp {
  readonly electronApp: ElectronApplication
  /** The main window. */
  readonly main: Page
  readonly userDataDir: string
  /** The window of one room, as soon as there is one. */
  windowOf(sessionId: string): Promise<Page>
  /** What the app printed, and what it wrote to its own logs. */
  logs(): Promise<string>
  /** As a person quits. @throws Error when it has not ended within 20 s */
  quit(): Promise<void>
  /** As a crash or a power cut ends it: no instruction more. */
  kill9(): Promise<void>
  /** As a laptop sleeps: the app and all its processes stand still. Nothing may be asked of a page until `thaw`. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** What the operating system announces. */
  emitPower(event: PowerEvent): Promise<void>
  /** Ends it if it still runs, and removes its temporary folder. */
  dispose(): Promise<void>
}

const QUIT_MS = 20_000

const within = (ms: number, work: Promise<unknown>) =>
  new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void work.then(() => resolve(true)).finally(() => clearTimeout(timer))
  })

const addressed = (page: Page, kind: 'main' | 'room', sessionId: string | null) => {
  if (page.isClosed() || !URL.canParse(page.url())) return false
  const { searchParams } = new URL(page.url())
  return searchParams.get('window') === kind && searchParams.get('session') === sessionId
}

/** Starts the built app by Playwright's own `_electron.launch()`: real Electron, or the Electron host in its place. */
export async function launchApp(options: LaunchOptions = {}): Promise<LaunchedApp> {
  const { serverUrl, demo = false, env = {}, args = [] } = options
  const userDataDir = options.userDataDir ?? (await mkdtemp(join(tmpdir(), 'lectern-user-data-')))
  const electronApp = await _electron.launch({
    cwd: repository,
    args: [
      '.',
      `--user-data-dir=${userDataDir}`,
      ...(demo ? ['--demo'] : []),
      ...(serverUrl === undefined ? [] : ['--server', serverUrl]),
      ...args,
    ],
    env: { ...(process.env as Record<string, string>), ...env },
  })
  let printed = ''
  const { stdout, stderr } = electronApp.process()
  for (const stream of [stdout, stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const closed = new Promise<void>((resolve) => electronApp.once('close', () => resolve()))

  // On Windows Playwright's child is a shell, so the app is asked for its own id.
  const [pid, inUse] = await electronApp.evaluate(
    ({ app }) => [process.pid, app.getPath('userData')] as const,
  )
  if (inUse !== userDataDir) {
    await killProcess(pid)
    throw new Error(`The app keeps its data in ${inUse} and not in ${userDataDir}.`)
  }
  const find = (kind: 'main' | 'room', sessionId: string | null) =>
    eventually(
      `window of ${sessionId ?? 'the app'}`,
      () => electronApp.windows().find((page) => addressed(page, kind, sessionId)),
      30_000,
    )
  let frozen: readonly number[] = []
  const thaw = async () => {
    await continueProcesses(frozen)
    frozen = []
  }
  const kill9 = async () => {
    await killProcess(pid)
    await closed
  }

  return {
    electronApp,
    userDataDir,
    main: await find('main', null),
    windowOf: (sessionId) => find('room', sessionId),
    async logs() {
      const folder = join(userDataDir, 'logs')
      const names = await readdir(folder).catch(() => [])
      const own = names.map(async (name) => `── logs/${name}\n${await readFile(join(folder, name), 'utf8')}`)
      return [`── printed\n${printed}`, ...(await Promise.all(own))].join('\n')
    },
    async quit() {
      const closing = electronApp.close()
      if (!(await within(QUIT_MS, closing))) {
        await kill9()
        throw new Error(`The app had not quit after ${QUIT_MS / 1000} s.`)
      }
    },
    kill9,
    async freeze() {
      frozen = await processTree(pid)
      await stopProcesses(frozen)
    },
    thaw,
    emitPower: (event) =>
      electronApp.evaluate(({ powerMonitor }, name) => void powerMonitor.emit(name), event),
    async dispose() {
      await thaw()
      if (isAlive(pid)) await kill9()
      if (options.userDataDir === undefined) await rm(userDataDir, { recursive: true, force: true })
    },
  }
}
