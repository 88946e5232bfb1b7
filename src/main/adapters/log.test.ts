import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createLog, withoutSecrets } from './log.ts'

const jwt = [
  'eyJhbGciOiJFZERTQSJ9',
  randomBytes(90).toString('base64url'),
  randomBytes(64).toString('base64url'),
]

it.each([
  ['an access token', jwt.join('.')],
  ['a refresh token', randomBytes(32).toString('base64url')],
  ['a key', randomBytes(32).toString('hex')],
])('never holds %s, wherever a foreign message quotes it', (_what, secret) => {
  for (const text of [secret, `token=${secret}&x`, `{"t":"${secret}"}`, `at x (${secret}) `]) {
    expect(withoutSecrets(text)).not.toContain(secret)
  }
})

it('never holds what an Authorization header carries, however short', () => {
  expect(withoutSecrets('sent Authorization: Bearer abc.def to x')).toBe(
    'sent Authorization: Bearer [removed] to x',
  )
})

it('keeps what helps to mend Lectern', () => {
  const stack = `TypeError: x is not a function
    at carryOut (file:///opt/Lectern/resources/app.asar/out/main/index.js:120:17)`
  expect(withoutSecrets(stack)).toBe(stack)
  expect(withoutSecrets('session 0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d')).toContain('0b2f6d0e')
})

it('is written line by line, with the stack', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-log-'))
  const path = join(folder, 'logs', 'lectern.log')
  const log = createLog(path)
  log.write('one')
  log.write('two', new Error(`bad ${jwt.join('.')}`))
  await log.flush()
  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(lines).toEqual([
    { at: expect.any(String), event: 'one' },
    { at: expect.any(String), event: 'two', error: expect.stringMatching(/^Error: bad \[removed\]\n +at /) },
  ])
  await rm(folder, { recursive: true })
})

it('gives back its last lines, whole, for a support desk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-log-'))
  const log = createLog(join(folder, 'lectern.log'))
  for (let n = 0; n < 50; n += 1) log.write(`event ${n}`)
  const lines = (await log.recent(300)).split('\n').map((line) => JSON.parse(line) as { event: string })
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.length).toBeLessThan(8)
  expect(lines.at(-1)?.event).toBe('event 49')
  await rm(folder, { recursive: true })
})
