import { expect, it } from 'vitest'
import { KeychainProblem } from '../../contract/model.ts'
import { problemOf, wordsFor } from './keychain-problem.ts'

it.each<[NodeJS.Platform, string, KeychainProblem]>([
  ['linux', 'Failed to load keytar native addon, checked ["../build/Release"] on linux-x64', 'missing'],
  ['linux', 'Cannot autolaunch D-Bus without X11 $DISPLAY', 'missing'],
  ['linux', 'The name org.freedesktop.secrets was not provided by any .service files', 'missing'],
  ['linux', 'Could not connect: No such file or directory', 'missing'],
  ['linux', 'Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'missing'],
  ['linux', 'Cannot create an item in a locked collection', 'locked'],
  ['linux', 'Timeout was reached', 'broken'],
  ['darwin', 'User interaction is not allowed.', 'locked'],
  ['darwin', 'The user name or passphrase you entered is not correct.', 'denied'],
  ['darwin', 'User canceled the operation.', 'denied'],
  ['win32', 'Access is denied.', 'denied'],
  ['win32', 'Failed to load keytar native addon', 'broken'],
  ['win32', 'something nobody has seen before', 'broken'],
])('on %s, "%s" means that the keychain is %s', (platform, error, problem) => {
  expect(problemOf(error, platform)).toBe(problem)
})

it('has one plain sentence or two for each problem, with a way on', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    for (const problem of KeychainProblem.options) {
      expect(wordsFor(problem, platform)).toMatch(/try again|until you quit/i)
      expect(wordsFor(problem, platform)).not.toMatch(/undefined|error|fail/i)
    }
  }
})
