import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'
import { StartFailure } from './start-failure.ts'

test('a server told nothing listens on this machine only, without a demo', () => {
  expect(readSettings({})).toEqual({
    host: '127.0.0.1',
    port: 8787,
    databaseUrl: null,
    databasePool: 10,
    dataDir: './.lectern-data',
    storage: { kind: 'disk', folder: join('.lectern-data', 'files') },
    accessTtl: 900,
    sessionTtl: 30 * 24 * 3600,
    refreshIdleTtl: 14 * 24 * 3600,
    signingKeyTtl: 30 * 24 * 3600,
    seed: 'none',
    demoPassword: null,
    admin: null,
    participantAway: 45,
    participantTimeout: 90,
    trustProxy: [],
    metricsToken: null,
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
  ['DATABASE_URL', 'mysql://root@db/lectern'],
  ['LECTERN_DATABASE_POOL', '1'],
  ['LECTERN_METRICS_TOKEN', 'short'],
  ['LECTERN_PARTICIPANT_AWAY', '91'],
  ['LECTERN_ADMIN_PASSWORD', 'without an address'],
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

test('files go to a bucket when all that takes is said', () => {
  const bucket = {
    LECTERN_S3_ENDPOINT: 'https://s3.example.edu',
    LECTERN_S3_BUCKET: 'lectern',
    LECTERN_S3_ACCESS_KEY_ID: 'id',
    LECTERN_S3_SECRET_ACCESS_KEY: 'secret',
  }
  expect(readSettings(bucket).storage).toEqual({
    kind: 's3',
    endpoint: 'https://s3.example.edu',
    region: 'us-east-1',
    bucket: 'lectern',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
  })
  for (const name of Object.keys(bucket).slice(1)) {
    expect(() => readSettings({ ...bucket, [name]: undefined })).toThrow(name)
  }
})

test('set to nothing is not set, as containers have it', () => {
  expect(readSettings({ DATABASE_URL: '', LECTERN_METRICS_TOKEN: '' })).toEqual(readSettings({}))
})
