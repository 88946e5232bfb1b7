/** Where everything is put together. Nothing is decided here. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { app, net, powerMonitor, powerSaveBlocker, protocol, session as sessions, shell } from 'electron'
import { fail } from '../contract/model.ts'
import { createSession } from '../core/engine.ts'
import { clock } from './adapters/clock.ts'
import { createFileStore } from './adapters/files.ts'
import { startHelper } from './adapters/helper-process.ts'
import { createHttpClient } from './adapters/http.ts'
import { createJournal } from './adapters/journal.ts'
import { createKeychain, serviceNameFor } from './adapters/keychain.ts'
import { createLog } from './adapters/log.ts'
import { createNetwork } from './adapters/network.ts'
import { createPowerEvents } from './adapters/power.ts'
import { random } from './adapters/random.ts'
import { createSealedFiles } from './adapters/sealed-files.ts'
import { lockStateOfSecretService } from './adapters/secret-service.ts'
import { createSocketClient } from './adapters/sockets.ts'
import { APP_SCHEME, serveApp } from './app-protocol.ts'
import { startDemoServer } from './demo-server.ts'
import { createHandlers } from './handlers.ts'
import { registerHandlers, sendEvent } from './ipc.ts'
import { readLaunchOptions, type LaunchOptions } from './launch-options.ts'
import { setMenu } from './menu.ts'
import { createRoomAudience } from './room-audience.ts'
import { takeScreenshot } from './screenshot.ts'
import { readServerAddress } from './server-address.ts'
import { confinePages, createWindows } from './windows.ts'

const QUIT_DEADLINE_MS = 8000
/** As a person finds it in the list of their devices. */
const platformNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'macOS',
  win32: 'Windows',
  linux: 'Linux',
}
const out = join(import.meta.dirname, '..')

const launch = readLaunchOptions(process.argv.slice(app.isPackaged ? 1 : 2), process.env)
if (!launch.ok) {
  process.stderr.write(`${launch.message}\n`)
  app.exit(2)
} else if (!app.requestSingleInstanceLock()) {
  // The Lectern that runs already comes to the front.
  app.exit(0)
} else {
  prepare()
  void app
    .whenReady()
    .then(() => run(launch.options))
    .catch((error: unknown) => {
      process.stderr.write(
        `Lectern could not start: ${error instanceof Error ? error.message : String(error)}\n`,
      )
      app.exit(1)
    })
}

/** What Electron takes only before it is ready. */
function prepare(): void {
  app.enableSandbox()
  // Pages load nothing but our own files, so Chromium has no business with anybody else's server.
  app.commandLine.appendSwitch(
    'disable-features',
    'AutofillServerCommunication,CertificateTransparencyComponentUpdater',
  )
  app.commandLine.appendSwitch('disable-component-update')
  app.commandLine.appendSwitch('disable-domain-reliability')
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

async function run(options: LaunchOptions): Promise<void> {
  const userData = app.getPath('userData')
  const log = createLog(join(userData, 'logs', 'lectern.log'))
  const journal = createJournal(join(userData, 'logs', 'timeline.jsonl'))
  const report = (event: string) => log.write(event)

  // What a person wrote is on disk, and a class may be running: note it and go on.
  process.on('uncaughtException', (error) => log.write('uncaught exception', error))
  process.on('unhandledRejection', (error) => log.write('unhandled rejection', error))

  const files = createFileStore(join(userData, 'state'))
  const keychain = createKeychain({
    start: () => startHelper(join(out, 'main', 'keychain-process.js'), 'Lectern Keychain'),
    service: serviceNameFor(userData, join(app.getPath('appData'), app.getName())),
    lockState: lockStateOfSecretService,
    report,
  })
  const sealed = createFileStore(join(userData, 'sealed'))
  const sealedFiles = createSealedFiles({
    files: sealed,
    secrets: keychain,
    keptAside: (name, aside) => report(`sealed file ${name} could not be opened; kept as ${aside}`),
  })

  const demo =
    options.server.kind === 'demo'
      ? await startDemoServer({
          start: (env) => startHelper(join(out, 'server', 'index.js'), 'Lectern Demo Server', env),
          folder: join(userData, 'demo-server'),
          files,
          accessTtl: options.demoAccessTtl,
          report,
        })
      : null
  const serverUrl =
    demo?.url ?? (options.server.kind === 'given' ? options.server.url : await readServerAddress(files))

  const session = createSession(
    {
      clock,
      random,
      http: createHttpClient({
        fetch: (input, init) => net.fetch(input, init),
        userAgent: `Lectern/${app.getVersion()}`,
      }),
      sockets: createSocketClient(net.WebSocket),
      secrets: keychain,
      files,
      sealedFiles,
      power: createPowerEvents(powerMonitor, powerSaveBlocker),
      network: createNetwork(() => net.isOnline()),
      journal,
    },
    {
      serverUrl: serverUrl ?? '',
      idleTimeout: options.idleTimeout,
      device: {
        name: hostname().slice(0, 120) || 'Computer',
        platform: platformNames[process.platform] ?? process.platform,
      },
    },
  )

  const windows = createWindows({
    preload: join(out, 'preload', 'index.cjs'),
    visible: !options.headless,
    report,
  })
  const audience = createRoomAudience()
  const handlers = createHandlers({
    session,
    windows,
    audience,
    keychain,
    files,
    demo,
    serverUrl,
    version: app.getVersion(),
  })

  confinePages(app, sessions.defaultSession, shell)
  protocol.handle(APP_SCHEME, serveApp(join(out, 'renderer')))
  registerHandlers(handlers, windows, log)
  session.subscribe({
    state: (change) => sendEvent('session:state', change, windows.all(), windows, log),
    roomPatch: (change) => sendEvent('room:patch', change, audience.of(change.sessionId), windows, log),
    notice: (failure) => sendEvent('notice', { failure }, windows.all(), windows, log),
  })
  setMenu(process.platform)

  app.on('second-instance', () => windows.openMain())
  app.on('activate', () => windows.openMain())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  let exitCode = 0
  let quitting = false
  app.on('will-quit', (event) => {
    event.preventDefault()
    if (quitting) return
    quitting = true
    report('quitting')
    session.dispose()
    const deadline = new Promise((resolve) => setTimeout(resolve, QUIT_DEADLINE_MS))
    void Promise.race([
      Promise.all([demo?.stop(), keychain.close(), sealed.settled(), journal.flush(), log.flush()]),
      deadline,
    ]).then(() => app.exit(exitCode))
  })

  // The session is restored once its server can answer; the window shows meanwhile that it is being restored.
  const started = (demo?.ready() ?? Promise.resolve()).then(() => session.start())
  if (demo?.moved) {
    const { failure } = fail(
      'server-unavailable',
      'The demo had to move, because another program took its place. Sign out and open the demo again.',
    )
    void started.then(() => sendEvent('notice', { failure }, windows.all(), windows, log))
  }

  if (options.screenshot === null) {
    windows.openMain()
    return
  }
  await started
  const taken = await takeScreenshot(options.screenshot, { session, windows, handlers })
  if (!taken.ok) {
    process.stderr.write(`${taken.failure.message}\n`)
    exitCode = 1
  }
  app.quit()
}
