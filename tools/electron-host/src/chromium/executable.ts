import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @throws Error when no Chromium can be found; its message says how to name one. */
export function findChromium(env: NodeJS.ProcessEnv): string {
  const named = env['ELECTRON_HOST_CHROMIUM']
  if (named) return named
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name)
      if (isExecutable(path)) return path
    }
  }
  throw new Error(
    `electron-host: none of ${NAMES.join(', ')} is on PATH; name one with ELECTRON_HOST_CHROMIUM.`,
  )
}
