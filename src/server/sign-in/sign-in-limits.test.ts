import { expect, test } from 'vitest'
import { createLimits } from '../limits.ts'
import { createSignInLimits, networkOf, type SignInLimits } from './sign-in-limits.ts'

const MAYA = 'maya@example.edu'
const outcome = (attempt: Promise<unknown>) =>
  attempt.then(
    (result) => (result === null ? 'wrong' : 'right'),
    (error: { code: string }) => error.code,
  )

/** @param address tried with a wrong password */
const guess = (limits: SignInLimits, address: string, email = MAYA) =>
  outcome(limits.attempt(email, address, async () => null))
const signIn = (limits: SignInLimits, address: string, email = MAYA) =>
  outcome(limits.attempt(email, address, async () => 'tokens'))

test('of many guesses at once no more passwords are looked at than the limit says', async () => {
  const limits = createSignInLimits(createLimits(null), 5)
  let looked = 0
  const attempts = Array.from({ length: 40 }, () =>
    outcome(
      limits.attempt(MAYA, '192.0.2.1', async () => {
        looked++
        return null
      }),
    ),
  )
  const outcomes = await Promise.all(attempts)
  expect(looked).toBe(5)
  expect(outcomes.filter((one) => one === 'wrong')).toHaveLength(5)
  expect(outcomes.filter((one) => one === 'rate-limited')).toHaveLength(35)
})

test('however many people sign in through one address at the same moment, all get in', async () => {
  const limits = createSignInLimits(createLimits(null), 5)
  const people = Array.from({ length: 200 }, (_, n) => signIn(limits, '192.0.2.1', `${n}@example.edu`))
  expect(new Set(await Promise.all(people))).toEqual(new Set(['right']))
})

test('an attempt that the server itself failed at does not count', async () => {
  const limits = createSignInLimits(createLimits(null), 1)
  const broken = limits.attempt(MAYA, '192.0.2.1', () => Promise.reject(new Error('no database')))
  await expect(broken).rejects.toThrow('no database')
  expect(await signIn(limits, '192.0.2.1')).toBe('right')
})

test('one address that guesses at many accounts is slowed down with all of them', async () => {
  const limits = createSignInLimits(createLimits(null), 2)
  for (let n = 0; n < 20; n++) expect(await guess(limits, '192.0.2.1', `${n}@example.edu`)).toBe('wrong')
  expect(await signIn(limits, '192.0.2.1')).toBe('rate-limited')
  expect(await signIn(limits, '192.0.2.2')).toBe('right')
})

test('an account that many addresses guess at stays open to its owner, and its guessers get no further', async () => {
  const limits = createSignInLimits(createLimits(null), 2)
  const guessers = Array.from({ length: 10 }, (_, n) => `198.51.100.${n}`)
  for (const address of guessers) expect(await guess(limits, address)).toBe('wrong')
  for (const address of guessers) expect(await guess(limits, address)).toBe('rate-limited')
  for (let n = 0; n < 5; n++) expect(await signIn(limits, '192.0.2.1')).toBe('right')
  // A new address has one guess each, until there were too many altogether.
  for (let n = 10; n < 40; n++) expect(await guess(limits, `198.51.100.${n}`)).toBe('wrong')
  expect(await guess(limits, '198.51.100.40')).toBe('rate-limited')
  expect(await guess(limits, '198.51.100.40', 'noah@example.edu')).toBe('wrong')
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2:3::', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
