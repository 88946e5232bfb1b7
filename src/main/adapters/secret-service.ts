import { execFile } from 'node:child_process'

export type LockState = 'locked' | 'unlocked' | 'unknown'

const TIME_OUT_MS = 2000
const SERVICE = 'org.freedesktop.secrets'
const COLLECTION = '/org/freedesktop/secrets/aliases/default'
const INTERFACE = 'org.freedesktop.Secret.Collection'

/** Either is on nearly every desktop. Neither may start a keyring of its own by asking. */
const questions: readonly (readonly [string, readonly string[]])[] = [
  ['busctl', ['--user', '--auto-start=no', 'get-property', SERVICE, COLLECTION, INTERFACE, 'Locked']],
  [
    'dbus-send',
    [
      '--session',
      '--print-reply=literal',
      `--dest=${SERVICE}`,
      COLLECTION,
      'org.freedesktop.DBus.Properties.Get',
      `string:${INTERFACE}`,
      'string:Locked',
    ],
  ],
]

const ask = (command: string, args: readonly string[]) =>
  new Promise<string>((resolve) => {
    execFile(command, args, { timeout: TIME_OUT_MS, maxBuffer: 4096 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    )
  })

/**
 * Whether the default keyring of this Linux session is locked. keytar cannot tell: a locked keyring gives null for
 * an entry that exists. `unknown` elsewhere, and where nobody can be asked.
 */
export async function lockStateOfSecretService(): Promise<LockState> {
  if (process.platform !== 'linux') return 'unknown'
  for (const [command, args] of questions) {
    const answer = await ask(command, args)
    if (/\btrue\b/.test(answer)) return 'locked'
    if (/\bfalse\b/.test(answer)) return 'unlocked'
  }
  return 'unknown'
}
