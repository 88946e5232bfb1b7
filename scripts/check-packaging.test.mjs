import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packagingProblems } from './check-packaging.mjs'
import { root } from './command.mjs'

const real = readFileSync(join(root, 'electron-builder.yml'), 'utf8')

/** @param {string} from @param {string} to @returns the packaging file with one thing changed */
function changed(from, to) {
  expect(real).toContain(from)
  return real.replace(from, to)
}

describe('the packaging file', () => {
  it('is as electron-builder and Lectern want it', async () => {
    expect(await packagingProblems(real)).toEqual([])
  })

  it.each([
    [
      'an option that electron-builder does not know',
      'hardenedRuntime: true',
      'hardRuntime: true',
      'configuration.mac',
    ],
    ['a value of the wrong kind', 'oneClick: false', 'oneClick: maybe', 'oneClick'],
    ['a fuse that opens a door', 'runAsNode: false', 'runAsNode: true', 'fuse runAsNode must be false'],
    [
      'a fuse that nobody chose',
      '  onlyLoadAppFromAsar: true\n',
      '',
      'fuse onlyLoadAppFromAsar must be true',
    ],
    [
      'sources among what ships',
      '  - out/main/**',
      '  - src/**\n  - out/main/**',
      'files lets more in: src/**',
    ],
    ['source maps', "  - '!**/*.map'\n", '', 'files must keep out **/*.map'],
    ['a keychain shut up in the archive', '  - node_modules/keytar/**\n', '', 'asarUnpack must name keytar'],
    ['no archive at all', 'asar: true', 'asar: false', 'asar must be true'],
    ['another identity', 'appId: org.lectern.desktop', 'appId: com.example.app', 'appId must stay'],
    ['no lectern:// links', 'schemes: [lectern]', 'schemes: [other]', 'lectern://'],
    ['no installer for IT', '    - msi\n', '', 'win.target must include msi'],
    ['publishing by building', 'publish: null', 'publish: github', 'publish must be null'],
  ])('is refused with %s', async (_what, from, to, problem) => {
    expect((await packagingProblems(changed(from, to))).join('\n')).toContain(problem)
  })
})
