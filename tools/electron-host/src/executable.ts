/** Takes the place of the electron executable: the same command line, the same lines on stderr. */
import { readFileSync } from 'node:fs'
import { open } from 'node:inspector'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { App } from './api/app.ts'
import { createFolders } from './api/application-folders.ts'
import { startChromium, type Chromium } from './chromium/process.ts'
import { startRelay } from './chromium/relay.ts'
import { folderOf, parseCommandLine, type CommandLine } from './command-line.ts'
import { createElectronModule, type ElectronModule } from './electron-module.ts'
import { resolveElectronTo } from './module-resolution.ts'
import { startReaper } from './reaper.ts'
import { setRunning } from './running.ts'
import { electronVersion, setChromeVersion } from './versions.ts'
import { connectWindows } from './windows-of-chromium.ts'

/** Time for what a main module does between asking whether the app is ready and its end. */
const AFTER_ASKING_MS = 100

interface Package {
  readonly name?: string
  readonly productName?: string
  readonly version?: string
  readonly main?: string
}

const args = process.argv.slice(2)
const commandLine = parseCommandLine(args)
if (commandLine.asksVersion) {
  process.stdout.write(`v${electronVersion}\n`)
  process.exit(0)
}

function readPackage(folder: string): Package {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package
  } catch (error) {
    process.stderr.write(`electron-host: no readable package.json in ${folder}: ${String(error)}\n`)
    return process.exit(1)
  }
}

/** Everything `app.exit` must take along. */
let chromium: Chromium | undefined
let isEnding = false
const endProcess = process.exit.bind(process)

const folder = folderOf(commandLine.app)
const { name, productName, version = '', main = 'index.js' } = readPackage(folder)
const appName = productName ?? name ?? 'Electron'
const executable = join(__dirname, '../bin/electron')
const reaper = startReaper()

const electron = createElectronModule(
  {
    name: appName,
    version,
    path: folder,
    switches: commandLine.switches,
    folders: createFolders({
      env: process.env,
      name: appName,
      executable,
      userData: userDataOf(commandLine),
    }),
    async end(code) {
      isEnding = true
      await App.parted(electron.app)
      await chromium?.kill()
      endProcess(code)
    },
  },
  reaper,
)

function userDataOf({ switches }: CommandLine): string | undefined {
  const path = switches.get('user-data-dir')
  return path ? resolve(path) : undefined
}

/** What an app finds in a process of Electron's. */
function dressProcess({ app }: ElectronModule): void {
  process.argv.splice(0, process.argv.length, executable, ...args)
  Object.assign(process, { type: 'browser', resourcesPath: join(folder, 'resources'), defaultApp: true })
  Object.defineProperty(process.versions, 'electron', { value: electronVersion, enumerable: true })
  process.exit = (code) => {
    app.exit(Number(code ?? process.exitCode ?? 0))
    // Electron's returns too, against its type.
    return undefined as never
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit())
  // Electron shows a dialog and carries on.
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return
    electron.dialog.showErrorBox(
      'A JavaScript error occurred in the main process',
      `Uncaught Exception:\n${error.stack ?? String(error)}`,
    )
  })
  process.on('unhandledRejection', (reason) => {
    if (process.listenerCount('unhandledRejection') === 1) console.error('Unhandled rejection:', reason)
  })
}

async function launchChromium(): Promise<void> {
  const started = await startChromium({
    env: process.env,
    reaper,
    switches: electron.app.commandLine.forChromium(),
  })
  chromium = started
  void started.ended.then(() => {
    if (isEnding) return
    console.error('electron-host: Chromium has ended.')
    endProcess(1)
  })
  const { product } = await started.devtools.send('Browser.getVersion')
  setChromeVersion(product)
  await connectWindows(started.devtools)
  const relay = await startRelay(started.address)
  setRunning({ chromium: started, relay })
  if (commandLine.announcesDevTools) process.stderr.write(`\nDevTools listening on ${relay.address}\n`)
}

async function importMain(): Promise<void> {
  const path = commandLine.app === folder ? join(folder, main) : commandLine.app
  await import(pathToFileURL(path).href)
}

async function run(): Promise<void> {
  const asked = App.askedForReady(electron.app).then(
    () => new Promise((resolve) => setTimeout(resolve, AFTER_ASKING_MS)),
  )
  const imported = importMain()
  // An app is ready when its main module has run, unless that waits at its top level for the app to be ready. Until
  // then it may still choose switches for Chromium, or leave because another instance runs.
  await Promise.race([imported, asked])
  if (isEnding) return
  await launchChromium()
  App.ready(electron.app)
  await imported
}

resolveElectronTo(electron)
dressProcess(electron)
if (commandLine.inspectPort !== null) open(commandLine.inspectPort, '127.0.0.1')
const require = createRequire(__filename)
for (const module of commandLine.required) require(resolve(module))
run().catch((error: unknown) => {
  console.error(error)
  electron.app.exit(1)
})
