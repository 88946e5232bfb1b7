/** What runs in a window before the page: the two halves of the bridge, and the preload. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PreloadConfig } from './page/preload-world.ts'
import { chromeVersion, electronVersion } from './versions.ts'

export interface PageScripts {
  /** Name of the isolated world. */
  readonly world: string
  readonly binding: string
  readonly receiver: string
  readonly forMainWorld: string
  readonly forPreloadWorld: string
}

const built = (name: string) => readFileSync(join(__dirname, `${name}.js`), 'utf8')

/**
 * @param preload absolute path, or null.
 * @param additionalArguments of `webPreferences`, for the preload's process.argv.
 */
export function createPageScripts(
  preload: string | null,
  additionalArguments: readonly string[],
): PageScripts {
  // Names no page can guess: what knows them can reach the preload's side of the bridge.
  const secret = () => `host${randomBytes(16).toString('hex')}`
  const world = `electron-preload-${secret()}`
  const config: PreloadConfig = {
    handover: secret(),
    binding: secret(),
    receiver: secret(),
    process: {
      argv: [process.argv[0], ...additionalArguments],
      env: { ...process.env },
      platform: process.platform,
      arch: process.arch,
      execPath: process.execPath,
      pid: process.pid,
      resourcesPath: (process as { resourcesPath?: string }).resourcesPath,
      versions: { ...process.versions, electron: electronVersion, chrome: chromeVersion() },
      version: process.version,
    },
  }
  const wrapped =
    preload === null
      ? 'null'
      : `function (require, exports, module, process, Buffer, global, setImmediate, clearImmediate) {` +
        `${readFileSync(preload, 'utf8')}\n}`
  const name = preload === null ? '' : `\n//# sourceURL=${pathToFileURL(preload).href}`
  return {
    world,
    binding: config.binding,
    receiver: config.receiver,
    forMainWorld: `(() => {${built('main-world')}\nelectronHost.start(${JSON.stringify(config.handover)})})()`,
    // The preload stands first, so that the lines in its stack traces are its own.
    forPreloadWorld:
      `(() => { const preload = ${wrapped};\n${built('preload-world')}\n` +
      `electronHost.start(${JSON.stringify(config)}, preload)})()${name}`,
  }
}
