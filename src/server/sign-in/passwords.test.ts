import { parseOptions } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { hashPassword, passwordFits, unusablePassword } from './passwords.ts'

test('only the password itself fits its hash', async () => {
  const stored = await hashPassword('correct horse battery staple')
  expect(await passwordFits(stored, 'correct horse battery staple')).toBe(true)
  expect(await passwordFits(stored, 'correct horse battery stapl')).toBe(false)
  expect(await passwordFits(stored, '')).toBe(false)
})

test('hashes are Argon2id with at least the cost OWASP asks for', async () => {
  const stored = await hashPassword('x')
  expect(stored).toMatch(/^\$argon2id\$/)
  expect(parseOptions(stored)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
})

test('nothing fits where there is no account, and the same work is done', async () => {
  expect(await passwordFits(null, 'anything')).toBe(false)
  expect(parseOptions(await unusablePassword())).toEqual(parseOptions(await hashPassword('x')))
})
