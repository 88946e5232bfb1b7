/** The folders of `app.getPath` on Linux. */
import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const XDG_FOLDERS = {
  desktop: ['DESKTOP', 'Desktop'],
  documents: ['DOCUMENTS', 'Documents'],
  downloads: ['DOWNLOAD', 'Downloads'],
  music: ['MUSIC', 'Music'],
  pictures: ['PICTURES', 'Pictures'],
  videos: ['VIDEOS', 'Videos'],
} as const

export interface Folders {
  get(name: string): string
  set(name: string, path: string): void
}

export interface FolderOptions {
  readonly env: NodeJS.ProcessEnv
  readonly name: string
  /** From `--user-data-dir`; wins over everything but `setPath`. */
  readonly userData?: string | undefined
  readonly executable: string
}

/** What `xdg-user-dirs` wrote down, `XDG_DOWNLOAD_DIR="$HOME/Downloads"`; nothing when it never ran. */
function userDirs(configHome: string): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync(join(configHome, 'user-dirs.dirs'), 'utf8').matchAll(
      /^XDG_(\w+)_DIR="(.*)"$/gm,
    )
    return new Map([...lines].map(([, key = '', path = '']) => [key, path.replace('$HOME', homedir())]))
  } catch {
    return new Map()
  }
}

export function createFolders({ env, name, userData, executable }: FolderOptions): Folders {
  const configHome = env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  const set = new Map<string, string>()

  function derived(folder: string): string | undefined {
    switch (folder) {
      case 'home':
        return homedir()
      case 'appData':
        return configHome
      case 'userData':
        return userData ?? join(derivedOrSet('appData'), name)
      case 'sessionData':
        return derivedOrSet('userData')
      case 'temp':
        return tmpdir()
      case 'logs':
        return join(derivedOrSet('userData'), 'logs')
      case 'crashDumps':
        return join(derivedOrSet('userData'), 'Crashpad')
      case 'cache':
        return env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
      case 'exe':
      case 'module':
        return executable
      default: {
        if (!Object.hasOwn(XDG_FOLDERS, folder)) return undefined
        const [key, fallback] = XDG_FOLDERS[folder as keyof typeof XDG_FOLDERS]
        return userDirs(configHome).get(key) ?? join(homedir(), fallback)
      }
    }
  }

  function derivedOrSet(folder: string): string {
    const path = set.get(folder) ?? derived(folder)
    if (path === undefined) throw new Error(`Failed to get '${folder}' path`)
    return path
  }

  return {
    get: derivedOrSet,
    set(folder, path) {
      derivedOrSet(folder)
      if (!isAbsolute(path)) throw new Error('Path must be absolute')
      set.set(folder, path)
    },
  }
}
