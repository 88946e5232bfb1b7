/** Where everything is put together. Nothing is decided here. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  net,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  screen,
  session as sessions,
  shell,
} from 'electron'
import type { EventName, EventPayload, Page } from '../contract/ipc.ts'
import { fail } from '../contract/model.ts'
import { createSession } from '../core/engine.ts'
import { createTimeline } from '../core/timeline.ts'
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
import { deepLinkAmong, DEEP_LINK_SCHEME, SecondStart } from './deep-links.ts'
import { startDemoServer } from './demo-server.ts'
import { joinDesktop, languageOf, windowTitle } from './desktop.ts'
import { openDesktopWords } from './desktop-words.ts'
import { createHandlers } from './handlers/handlers.ts'
import { registerHandlers, sendEvent } from './ipc.ts'
import { openLastPage } from './last-page.ts'
import { createLinkOpener } from './link-opener.ts'
import { readLaunchOptions, type LaunchOptions } from './launch-options.ts'
import { openMutedRooms } from './muted-rooms.ts'
import { machinePolicyPath, mistakesInWords, readPolicy, userPolicyPath } from './policy.ts'
import { quitInOrder } from './quit.ts'
import { createRoomAudience } from './room-audience.ts'
import { takeScreenshot } from './screenshot.ts'
import { readServerAddress } from './server-address.ts'
import { idleSeconds, openSettings, settingsOf } from './settings.ts'
import { openWindowPlaces } from './window-places.ts'
import { confinePages, createWindows } from './windows.ts'

/** As a person finds it in the list of their devices. */
const platformNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'macOS',
  win32: 'Windows',
  linux: 'Linux',
}
const out = join(import.meta.dirname, '..')

const args = process.argv.slice(app.isPackaged ? 1 : 2)
const launch = readLaunchOptions(args, process.env)
let linkAtStart = deepLinkAmong(args)
/** Somebody starts Lectern, once more or by a link. Until there can be a window, the last link waits. */
let arrive = (link: string | null): void => {
  linkAtStart = link ?? linkAtStart
}
if (!launch.ok) {
  process.stderr.write(`${launch.message}\n`)
  app.exit(2)
} else if (!app.requestSingleInstanceLock({ link: linkAtStart } satisfies SecondStart)) {
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
  // The installer's shortcut has the same id; without it Windows shows no notification.
  app.setAppUserModelId('org.lectern.desktop')
  // On macOS a link comes by an event, also the one that started Lectern.
  app.on('open-url', (event, link) => {
    event.preventDefault()
    arrive(link)
  })
  app.on('second-instance', (_event, _args, _folder, second) => {
    arrive(SecondStart.safeParse(second).data?.link ?? null)
  })
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
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ])
}

async function run(options: LaunchOptions): Promise<void> {
  const userData = app.getPath('userData')
  const log = createLog(join(userData, 'logs', 'lectern.log'))
  const journal = createJournal(join(userData, 'logs', 'timeline.jsonl'))
  const record = createTimeline(clock, journal)
  record('app-started', { version: app.getVersion() })
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
          environment: process.env,
          folder: join(userData, 'demo-server'),
          files,
          accessTtl: options.demoAccessTtl,
          report,
        })
      : null
  const [machinePolicy, userPolicy, mutedRooms, lastPage, places, lastServer] = await Promise.all([
    readPolicy(machinePolicyPath(process.platform, app.isPackaged, process.env)),
    readPolicy(userPolicyPath(userData)),
    openMutedRooms(files),
    openLastPage(files),
    openWindowPlaces(files),
    readServerAddress(files),
  ])
  const settings = await openSettings({
    machinePolicy,
    userPolicy,
    commandLine: settingsOf(options),
    // There the system checks, and fetches nothing.
    defaults: process.platform === 'darwin' ? { spellChecking: true } : {},
    files,
  })
  const translate = await openDesktopWords(() => languageOf(settings.effective()))
  const serverUrl = demo?.url ?? settings.effective().serverUrl.value ?? lastServer

  const windows = createWindows({
    preload: join(out, 'preload', 'index.cjs'),
    visible: !options.headless,
    places,
    workAreas: () => screen.getAllDisplays().map(({ workArea }) => workArea),
    titleOf: (kind) => windowTitle(kind, translate),
    report,
  })
  const send = <E extends EventName>(name: E, payload: EventPayload<E>, receivers = windows.all()) =>
    sendEvent(name, payload, receivers, windows, log)

  const sockets = createSocketClient(net.WebSocket)
  const session = createSession(
    {
      clock,
      random,
      http: createHttpClient({
        fetch: (input, init) => net.fetch(input, init),
        userAgent: `Lectern/${app.getVersion()}`,
      }),
      sockets,
      secrets: keychain,
      files,
      sealedFiles,
      power: createPowerEvents(powerMonitor, powerSaveBlocker),
      network: createNetwork(() => net.isOnline()),
      journal: {
        record(entry) {
          journal.record(entry)
          send('diagnostics:entry', entry)
        },
      },
    },
    {
      serverUrl: serverUrl ?? '',
      get idleTimeout() {
        return idleSeconds(settings.effective(), options)
      },
      device: {
        name: hostname().slice(0, 120) || 'Computer',
        platform: platformNames[process.platform] ?? process.platform,
      },
    },
  )

  /** For the first page that is there to show them. */
  const notices = [machinePolicy, userPolicy].flatMap((policy) => {
    for (const mistake of policy?.mistakes ?? []) report(`${policy?.origin}: ${mistake}`)
    return policy && policy.mistakes.length > 0 ? [mistakesInWords(policy)] : []
  })
  if (demo?.moved) {
    const { failure } = fail(
      'server-unavailable',
      'The demo had to move, because another program took its place. Sign out and open the demo again.',
    )
    notices.push(failure)
  }
  const desktop = joinDesktop({
    clock,
    session,
    settings,
    windows,
    mutedRooms,
    translate,
    log,
    mainPage: lastPage.get,
    showMain,
    showShortcuts: () =>
      send('shortcuts:show', undefined, [windows.focused() ?? windows.openMain().webContents]),
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
    journal,
    log,
    health: {
      keychain,
      sockets,
      folder: userData,
      isOnline: () => net.isOnline(),
      resolveProxy: (url) => sessions.defaultSession.resolveProxy(url),
    },
    settings,
    mutedRooms,
    lastPage: lastPage.get,
    pageShown(page) {
      lastPage.set(page)
      desktop.look()
    },
    pageListens(window) {
      for (const failure of notices.splice(0)) send('notice', { failure }, [window])
    },
    showMain,
    send: (name, payload, window) => send(name, payload, [window]),
    tellOfDraft: (change, writer) =>
      send(
        'draft:changed',
        change,
        audience.of(change.sessionId).filter((window) => window !== writer),
      ),
  })

  function showMain(page?: Page): void {
    // A page that is still loading asks for the last one; a page that is there hears of it.
    if (page) lastPage.set(page)
    const { webContents } = windows.openMain()
    if (page) send('page:open', { page }, [webContents])
  }

  confinePages(app, sessions.defaultSession, shell)
  protocol.handle(APP_SCHEME, serveApp(join(out, 'renderer'), session.download))
  registerHandlers(handlers, windows, log)
  session.subscribe({
    state: (change) => send('session:state', change),
    roomPatch: (change) => send('room:patch', change, audience.of(change.sessionId)),
    notice: (failure) => send('notice', { failure }),
    facts: (facts) => send('session:facts', facts),
  })
  settings.subscribe((now) => send('settings:changed', now))
  const openLink = createLinkOpener(session, showMain)

  arrive = (link) => {
    if (link !== null) openLink(link)
    windows.openMain()
  }
  if (app.isPackaged) {
    // Whatever stands in a link: what follows `--` is never taken for an option.
    app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME, process.execPath, ['--'])
  }
  app.on('activate', () => windows.openMain())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  let exitCode = 0
  quitInOrder({
    app,
    destroyWindows() {
      for (const window of BrowserWindow.getAllWindows()) window.destroy()
    },
    finish() {
      const settled = session.dispose()
      record('app-quit')
      return [
        demo?.stop() ?? Promise.resolve(),
        places.save().then(files.settled),
        // Last: what core writes is sealed with a key from it.
        settled.then(() => keychain.close()),
        journal.flush(),
      ]
    },
    log,
    exitCode: () => exitCode,
  })

  // The session is restored once its server can answer; the window shows meanwhile that it is being restored.
  const started = (demo?.ready() ?? Promise.resolve()).then(() => session.start())
  if (options.screenshot === null) {
    arrive(linkAtStart)
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
