import { describe, expect, it } from 'vitest'
import { readLaunchOptions, type LaunchOptions } from './launch-options.ts'

const plain: LaunchOptions = {
  server: { kind: 'remembered' },
  headless: false,
  screenshot: null,
  demoAccessTtl: null,
  idleTimeout: undefined,
}
const read = (args: string[], environment: Record<string, string> = {}) =>
  readLaunchOptions(args, environment)

describe('a good command line', () => {
  it.each<[string, string[], Record<string, string>, Partial<LaunchOptions>]>([
    ['the server of the last sign-in, with nothing said', [], {}, {}],
    ['the demo', ['--demo'], {}, { server: { kind: 'demo' } }],
    [
      'a server, by its origin alone',
      ['--server', 'https://lectern.example.edu/path?x'],
      {},
      { server: { kind: 'given', url: 'https://lectern.example.edu' } },
    ],
    [
      'a server of the environment',
      [],
      { LECTERN_SERVER: 'http://127.0.0.1:8787' },
      { server: { kind: 'given', url: 'http://127.0.0.1:8787' } },
    ],
    [
      'the demo, whatever the environment says',
      ['--demo'],
      { LECTERN_SERVER: 'https://a.test' },
      { server: { kind: 'demo' } },
    ],
    [
      'a picture, which is taken in the demo',
      ['--headless', '--screenshot', 'room.png'],
      {},
      { server: { kind: 'demo' }, headless: true, screenshot: 'room.png' },
    ],
    [
      'short tokens for the demo',
      ['--demo'],
      { LECTERN_ACCESS_TTL: '60' },
      { server: { kind: 'demo' }, demoAccessTtl: 60 },
    ],
    ['a lock after ten minutes without anybody', [], { LECTERN_IDLE_TIMEOUT: '600' }, { idleTimeout: 600 }],
    [
      'no lock at all, whatever the environment says',
      ['--idle-timeout', '0'],
      { LECTERN_IDLE_TIMEOUT: '600' },
      { idleTimeout: null },
    ],
    [
      'switches of Chromium among ours',
      ['--no-sandbox', '--user-data-dir=/tmp/x', '--demo', '--remote-debugging-port=0'],
      {},
      { server: { kind: 'demo' } },
    ],
  ])('asks for %s', (_what, args, environment, expected) => {
    expect(read(args, environment)).toEqual({ ok: true, options: { ...plain, ...expected } })
  })
})

describe('a bad command line', () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['an address without https', ['--server', 'http://lectern.example.edu'], {}, /must start with https/],
    ['an address that is none', ['--server', 'lectern'], {}, /address of your Lectern server/],
    ['no address at all', ['--server'], {}, /address of your Lectern server/],
    ['two servers at once', ['--demo', '--server', 'https://a.test'], {}, /not both/],
    ['a picture without a file', ['--headless', '--screenshot'], {}, /needs the name of a file/],
    ['a picture with windows on the screen', ['--screenshot', 'a.png'], {}, /--headless/],
    [
      'a picture of somebody’s server',
      ['--headless', '--screenshot', 'a.png', '--server', 'https://a.test'],
      {},
      /demo/,
    ],
    ['tokens that never live', ['--demo'], { LECTERN_ACCESS_TTL: '0' }, /more than 0 seconds/],
    ['a lock before anybody was there', ['--idle-timeout=-1'], {}, /--idle-timeout must be/],
    ['a lock that names no time', ['--idle-timeout'], {}, /--idle-timeout must be a whole number/],
    ['a lock after half a year', [], { LECTERN_IDLE_TIMEOUT: '15552000' }, /30 days or less/],
    ['tokens of no length', ['--demo'], { LECTERN_ACCESS_TTL: 'soon' }, /number of seconds/],
  ])('with %s is answered with one plain sentence', (_what, args, environment, message) => {
    const reading = read(args, environment)
    expect(reading).toEqual({ ok: false, message: expect.stringMatching(message) })
    expect(reading).toEqual({ ok: false, message: expect.not.stringContaining('\n') })
  })
})
