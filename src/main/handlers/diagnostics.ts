import { arch, homedir, release } from 'node:os'
import { join } from 'node:path'
import { app, type WebContents } from 'electron'
// Its build for Node declares a `require` of its own, which collides with the one electron-vite puts into every bundle.
import { strToU8, zipSync } from 'fflate/browser'
import type { SupportBundle } from '../../contract/diagnostics.ts'
import { fail, succeed } from '../../contract/model.ts'
import type { Session } from '../../core/session.ts'
import type { JournalFile } from '../adapters/journal.ts'
import type { Log } from '../adapters/log.ts'
import { askForPlace } from '../adapters/save-dialog.ts'
import { saveCopy } from '../adapters/saved-copy.ts'
import { checkHealth, type HealthChecksOptions } from '../health-checks.ts'
import type { Handlers } from '../ipc.ts'
import type { Settings } from '../settings.ts'
import { createSupportBundle } from '../support-bundle.ts'

export interface DiagnosticsHandlersOptions {
  readonly session: Session
  readonly journal: JournalFile
  readonly log: Log
  readonly settings: Settings
  /** For the health checks. */
  readonly health: Omit<HealthChecksOptions, 'session'>
}

type DiagnosticsChannel = Extract<keyof Handlers, `diagnostics:${string}`>

const DAY_MS = 24 * 60 * 60 * 1000
const LOG_BYTES = 256 * 1024

/** What happened, what works now, and both together for a support desk. */
export function diagnosticsHandlers(options: DiagnosticsHandlersOptions): Pick<Handlers, DiagnosticsChannel> {
  const { session, journal, log, settings, health } = options
  /** What each window was shown last. Only that may be saved. */
  const shown = new WeakMap<WebContents, SupportBundle>()
  const check = () => checkHealth({ session, ...health })

  return {
    'diagnostics:timeline': async ({ since }) => succeed(await journal.since(since)),

    'diagnostics:check': async () => succeed({ at: Date.now(), checks: await check() }),

    'diagnostics:bundle': async (_request, window) => {
      const at = Date.now()
      const [checks, { entries }, recentLog] = await Promise.all([
        check(),
        journal.since(at - DAY_MS),
        log.recent(LOG_BYTES),
      ])
      const bundle = createSupportBundle({
        at,
        about: about(),
        settings: settings.effective(),
        facts: session.facts(),
        checks,
        entries,
        log: recentLog,
        home: homedir(),
      })
      shown.set(window, bundle)
      return succeed(bundle)
    },

    'diagnostics:save-bundle': async ({ id }, window) => {
      const bundle = shown.get(window)
      if (bundle?.id !== id) {
        return fail('not-found', 'What was shown is not there any more. Look at it again, then save it.')
      }
      const savedAs = await askForPlace(window, {
        defaultPath: join(app.getPath('documents'), `lectern-support-${fileDate(new Date())}.zip`),
        filters: [{ name: 'ZIP', extensions: ['zip'] }],
      })
      if (savedAs === null) return succeed({ savedAs })
      const saved = await saveCopy(savedAs, once(zipped(bundle)))
      return saved.ok ? succeed({ savedAs }) : saved
    },
  }
}

const zipped = ({ files }: SupportBundle): Uint8Array =>
  zipSync(Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)])))

async function* once(bytes: Uint8Array) {
  yield bytes
}

/** `2026-11-21-1402`, in this machine's time zone: no colon, which Windows takes for something else. */
function fileDate(now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}`
}

const about = () => ({
  Lectern: app.getVersion(),
  Electron: process.versions['electron'] ?? 'none',
  Chromium: process.versions['chrome'] ?? 'none',
  Node: process.versions.node,
  system: `${process.platform} ${release()} ${arch()}`,
  language: app.getLocale(),
  languages: app.getPreferredSystemLanguages().join(', '),
  'time zone': Intl.DateTimeFormat().resolvedOptions().timeZone,
  'running for': `${Math.round(process.uptime() / 60)} min`,
})
