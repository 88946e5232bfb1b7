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
    assistantPaceMs: 30,
    languageModel: null,
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
  ['LECTERN_ASSISTANT_PACE_MS', '-1'],
  ['LECTERN_ASSISTANT_URL', 'file:///etc/passwd'],
])('%s=%s is refused by name, without its value', (name, value) => {
  const read = () => readSettings({ [name]: value })
  expect(read).toThrow(StartFailure)
  expect(read).toThrow(expect.objectContaining({ code: 'invalid-settings' }))
  expect(read).toThrow(name)
  expect(read).not.toThrow(`"${value}"`)
})

test('a language model is used when its address and its name are given, with a key or without', () => {
  const address = { LECTERN_ASSISTANT_URL: 'http://127.0.0.1:11434/v1', LECTERN_ASSISTANT_MODEL: 'llama' }
  expect(readSettings(address).languageModel).toEqual({
    url: 'http://127.0.0.1:11434/v1',
    model: 'llama',
    key: null,
  })
  expect(readSettings({ ...address, LECTERN_ASSISTANT_KEY: 'sk-1' }).languageModel?.key).toBe('sk-1')
  const { LECTERN_ASSISTANT_URL } = address
  expect(() => readSettings({ LECTERN_ASSISTANT_URL })).toThrow('LECTERN_ASSISTANT_MODEL')
})
