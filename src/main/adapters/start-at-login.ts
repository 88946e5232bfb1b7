import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { App } from 'electron'

/** Starts Lectern when the person signs in to their computer, or no longer does. @throws when the disk refuses */
export function setStartAtLogin(app: App, start: boolean): Promise<void> {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: start })
    return Promise.resolve()
  }
  // An AppImage is mounted anew at each start: what runs is not what the person has.
  const program = process.env['APPIMAGE'] ?? process.execPath
  return writeAutostart(
    autostartFile(process.env),
    start ? [program, ...(app.isPackaged ? [] : [app.getAppPath()])] : null,
  )
}

/** @see https://specifications.freedesktop.org/autostart-spec/latest/ */
export const autostartFile = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'autostart', 'lectern.desktop')

/** @param command null to start nothing */
export async function writeAutostart(path: string, command: readonly string[] | null): Promise<void> {
  if (command === null) return rm(path, { force: true })
  await mkdir(dirname(path), { recursive: true })
  const entry = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Lectern',
    'Icon=lectern',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ]
  // A desktop that starts at this moment reads the old entry or the new one.
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(beside, `${entry.join('\n')}\n`, { flag: 'wx' })
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/**
 * Desktop Entry Specification, "The Exec key": an argument stands in quotes, with four characters escaped in them;
 * that is a string of its own, in which a backslash is doubled, and a percent sign begins a field code.
 */
const quoted = (argument: string): string =>
  `"${argument
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`
