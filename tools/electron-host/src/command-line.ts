import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export interface CommandLine {
  /** Folder of the app, or its main file. */
  readonly app: string
  /** Modules to `require` before the app, from `-r`. */
  readonly required: readonly string[]
  /** Port of Node's inspector, or null. */
  readonly inspectPort: number | null
  /** Whether the DevTools address is to be printed. */
  readonly announcesDevTools: boolean
  readonly asksVersion: boolean
  /** Every other switch: `--name` or `--name=value`. */
  readonly switches: ReadonlyMap<string, string>
}

/** @param args as Electron takes them: `[options] [path to the app] [arguments of the app]`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const required: string[] = []
  const switches = new Map<string, string>()
  let app: string | undefined
  let inspectPort: number | null = null
  let asksVersion = false

  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '-r' || arg === '--require') {
      const module = args[++i]
      if (module !== undefined) required.push(module)
      continue
    }
    if (!arg.startsWith('-')) {
      app ??= arg
      continue
    }
    const [, name, value = ''] = /^--?([^=]*)=?(.*)$/s.exec(arg) ?? []
    if (name === 'inspect' || name === 'inspect-brk') inspectPort = value === '' ? 9229 : Number(value)
    else if (name === 'version' || name === 'v') asksVersion = true
    else if (name) switches.set(name, value)
  }
  return {
    app: resolve(app ?? '.'),
    required,
    inspectPort,
    announcesDevTools: switches.has('remote-debugging-port'),
    asksVersion,
    switches,
  }
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined

/** The folder with the package.json an app path belongs to. */
export function folderOf(app: string): string {
  if (!statSync(app).isFile()) return app
  const start = dirname(app)
  for (let folder = start; ; folder = dirname(folder)) {
    if (exists(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return start
  }
}
