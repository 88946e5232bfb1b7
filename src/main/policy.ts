import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from '../contract/model.ts'
import { settingNames, settings, type SettingName } from '../contract/settings.ts'

/** What an organisation sets for the people who use this computer or this profile. */
export interface Policy {
  /** The file it stands in. */
  readonly origin: string
  /** Parsed by the settings' own schemas. */
  readonly values: Readonly<Partial<Record<SettingName, unknown>>>
  /** What is wrong with the file, each as the end of "… has a mistake:". What is right counts all the same. */
  readonly mistakes: readonly string[]
}

const MAX_BYTES = 64 * 1024

/**
 * Where an administrator puts the policy of a computer. Only they can write there, so that nobody plants one for the
 * others, and no variable of a person's environment leads elsewhere. On Windows `%ProgramData%` would offer neither; and
 * what is beside the program itself goes with an update.
 *
 * @param environment may name another file for a test, but not to an app that somebody has installed
 */
export function machinePolicyPath(
  platform: NodeJS.Platform,
  isPackaged: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const ofTest = environment['LECTERN_MACHINE_POLICY']
  if (ofTest !== undefined && !isPackaged) return ofTest
  switch (platform) {
    case 'darwin':
      return '/Library/Application Support/Lectern/policy.json'
    case 'win32':
      return 'C:\\Program Files\\Lectern Policy\\policy.json'
    default:
      return '/etc/lectern/policy.json'
  }
}

/** For one person on every computer they use: roaming profiles carry it along. */
export const userPolicyPath = (userData: string): string => join(userData, 'policy.json')

/** Read at the start of Lectern, and not again. @returns null when there is no such file */
export async function readPolicy(path: string): Promise<Policy | null> {
  try {
    const file = await open(path, 'r')
    try {
      // One byte more than may be there: no `stat` whose answer could be old by now.
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0)
      if (bytesRead > MAX_BYTES) return broken(path, 'it is larger than 64 KB')
      return parsePolicy(buffer.toString('utf8', 0, bytesRead), path)
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : broken(path, `it cannot be read (${code})`)
  }
}

/** One object with the names of the settings. A key that is unknown or does not fit takes no other key with it. */
export function parsePolicy(text: string, origin: string): Policy {
  let document: unknown
  try {
    // Windows' own editors put a byte order mark first.
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return broken(origin, 'it is not valid JSON')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return broken(origin, 'it is not a JSON object')
  }
  const values: Partial<Record<SettingName, unknown>> = {}
  const mistakes: string[] = []
  for (const [key, value] of Object.entries(document)) {
    const name = settingNames.find((known) => known === key)
    if (name === undefined) {
      mistakes.push(`there is no setting “${key.slice(0, 60)}”`)
      continue
    }
    const parsed = settings[name].schema.safeParse(value)
    if (parsed.success) values[name] = parsed.data
    else mistakes.push(`“${name}” does not fit: ${parsed.error.issues[0]?.message ?? 'wrong value'}`)
  }
  return { origin, values, mistakes }
}

/** What the person in front of the screen can do about it is to tell somebody. */
export function mistakesInWords({ origin, mistakes }: Policy): Failure {
  const others = mistakes.length - 1
  const more = others > 0 ? ` (and ${others} more)` : ''
  const where = `Your organisation's settings file ${origin.slice(-200)} has a mistake: ${mistakes[0] ?? ''}`
  return {
    code: 'settings-mistake',
    message: `${where.slice(0, 400)}${more}. Please tell your IT desk.`,
    retryable: false,
  }
}

const broken = (origin: string, mistake: string): Policy => ({ origin, values: {}, mistakes: [mistake] })
