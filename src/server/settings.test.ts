import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'
import { StartFailure } from './start-failure.ts'

test('a server told nothing listens on this machine only, without a demo', () => {
  expect(readSettings({})).toEqual({
    host: '127.0.0.1',
    port: 8787,
    dataDir: './.lectern-data',
    accessTtl: 900,
    sessionTtl: 30 * 24 * 3600,
    seed: 'none',
    demoPassword: null,
    participantTimeout: 90,
    signInLimit: 10,
    log: 'warn',
  })
})

test('numbers are read from text', () => {
  const { port, accessTtl } = readSettings({ LECTERN_PORT: '0', LECTERN_ACCESS_TTL: '2' })
  expect({ port, accessTtl }).toEqual({ port: 0, accessTtl: 2 })
})

test.each([
  ['LECTERN_PORT', '70000'],
  ['LECTERN_ACCESS_TTL', '0'],
  ['LECTERN_ACCESS_TTL', '1.5'],
  ['LECTERN_SESSION_TTL', 'forever'],
  ['LECTERN_SEED', 'real'],
  ['LECTERN_DEMO_PASSWORD', 'a-weak1'],
  ['LECTERN_LOG', 'chatty'],
])('%s=%s is refused by name, without its value', (name, value) => {
  const read = () => readSettings({ [name]: value })
  expect(read).toThrow(StartFailure)
  expect(read).toThrow(expect.objectContaining({ code: 'invalid-settings' }))
  expect(read).toThrow(name)
  expect(read).not.toThrow(`"${value}"`)
})
