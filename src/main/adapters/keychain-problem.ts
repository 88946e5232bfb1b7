import type { KeychainProblem } from '../../contract/model.ts'

/**
 * What keytar's messages mean, as measured on Linux (libsecret, GNOME Keyring) and as written in Security.framework
 * (macOS) and winerror.h (Windows). The first that fits counts; a message nobody knows is `broken`.
 */
const meanings: readonly (readonly [RegExp, KeychainProblem])[] = [
  [/locked collection|is locked|interaction is not allowed/i, 'locked'],
  [
    /access is denied|permission denied|user canceled|passphrase you entered is not correct|authorization was den|dismissed/i,
    'denied',
  ],
  [
    /cannot autolaunch d-bus|was not provided by any \.service|serviceunknown|could not connect|failed to connect to (socket|the bus)|connection is closed|logon session does not exist/i,
    'missing',
  ],
  // There is a Secret Service, but it holds no keyring to put anything into.
  [/object does not exist at path|no such (secret )?collection/i, 'missing'],
]

export function problemOf(error: string, platform: NodeJS.Platform): KeychainProblem {
  // keytar's addon links to libsecret; on other systems nothing it needs can be absent.
  if (/failed to load keytar/i.test(error)) return platform === 'linux' ? 'missing' : 'broken'
  return meanings.find(([pattern]) => pattern.test(error))?.[1] ?? 'broken'
}

/** One plain sentence and a way on. */
export function wordsFor(problem: KeychainProblem, platform: NodeJS.Platform): string {
  const store =
    platform === 'darwin'
      ? 'the macOS keychain'
      : platform === 'win32'
        ? 'Windows Credential Manager'
        : 'the password keyring of this computer'
  switch (problem) {
    case 'missing':
      return platform === 'linux'
        ? 'This computer has no password keyring. Install GNOME Keyring or KWallet, or stay signed in until you quit.'
        : `Lectern did not find ${store}. Restart the computer, or stay signed in until you quit.`
    case 'locked':
      return `Your sign-in is safe, but ${store} is locked. Unlock it, then try again.`
    case 'denied':
      return `Lectern was not allowed to use ${store}. Try again and allow it, or stay signed in until you quit.`
    case 'broken':
      return `Lectern got no proper answer from ${store}. Try again, or stay signed in until you quit.`
  }
}
