import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Reaper } from '../reaper.ts'
import { connectDevTools, type DevTools } from './devtools.ts'
import { findChromium } from './executable.ts'

const SWITCHES = [
  '--remote-debugging-pipe',
  '--remote-debugging-port=0',
  '--no-startup-window',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-service-autorun',
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-extensions-with-background-pages',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-field-trial-config',
  '--disable-popup-blocking',
  '--disable-search-engine-choice-screen',
  '--disable-sync',
  '--metrics-recording-only',
  '--mute-audio',
  '--password-store=basic',
  '--use-mock-keychain',
  // Windows stand beside each other unseen; none of them is to be slowed down for it.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

const WITHOUT_FEATURES = [
  'AutofillServerCommunication',
  'CertificateTransparencyComponentUpdater',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'HttpsUpgrades',
  'InterestFeedContentSuggestions',
  'MediaRouter',
  'OptimizationHints',
  'Translate',
]
const DISABLE = '--disable-features='

export interface Chromium {
  readonly devtools: DevTools
  /** Chromium's own DevTools address, `ws://127.0.0.1:…`. */
  readonly address: string
  readonly ended: Promise<void>
  /** Ends Chromium and all its processes at once. */
  kill(): Promise<void>
}

export interface ChromiumOptions {
  readonly env: NodeJS.ProcessEnv
  readonly reaper: Reaper
  /** What the app passed to `app.commandLine`. */
  readonly switches: readonly string[]
}

const listOf = (disabled: string) => disabled.slice(DISABLE.length)

const isHeadless = (env: NodeJS.ProcessEnv) => {
  const asked = env['ELECTRON_HOST_HEADLESS']
  return asked === undefined ? !env['DISPLAY'] && !env['WAYLAND_DISPLAY'] : asked !== '0'
}

/** @throws Error when Chromium does not start; the message carries what it wrote. */
export async function startChromium({ env, reaper, switches }: ChromiumOptions): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'electron-host-'))
  reaper.removeFolder(profile)
  const child = spawn(
    findChromium(env),
    [
      ...SWITCHES,
      `--user-data-dir=${profile}`,
      ...(isHeadless(env) ? ['--headless'] : []),
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...switches.filter((one) => !one.startsWith(DISABLE)),
      DISABLE +
        [...WITHOUT_FEATURES, ...switches.filter((one) => one.startsWith(DISABLE)).map(listOf)].join(','),
    ],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      // Without keys of Google, Chromium speaks of them on start.
      env: {
        ...env,
        GOOGLE_API_KEY: 'no',
        GOOGLE_DEFAULT_CLIENT_ID: 'no',
        GOOGLE_DEFAULT_CLIENT_SECRET: 'no',
      },
    },
  )
  const { pid } = child
  if (pid !== undefined) reaper.watchGroup(pid)

  let written = ''
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      written += error.message
      resolve()
    })
    child.once('exit', () => {
      if (pid !== undefined) reaper.forgetGroup(pid)
      resolve()
    })
  })
  const address = new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (data: Buffer) => {
      if (env['ELECTRON_HOST_DEBUG']) process.stderr.write(data)
      if (written.length > 100_000) return
      written += data.toString()
      const found = /DevTools listening on (ws:\S+)/.exec(written)?.[1]
      if (found) resolve(found)
    })
    void ended.then(() => reject(new Error(`electron-host: Chromium did not start. ${written}`)))
  })
  const [, , , toChromium, fromChromium] = child.stdio
  const devtools = connectDevTools(toChromium as Writable, fromChromium as Readable)
  return {
    devtools,
    address: await address,
    ended,
    async kill() {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
      await ended
    },
  }
}
