import { expect, it } from 'vitest'
import { maya } from '../../tests/simulation/virtual-server.ts'
import { memoryStore } from './memory.ts'
import type { SecretStore } from './ports.ts'
import { createVault, type Credential } from './vault.ts'

const stores = () => [memoryStore(), memoryStore()] as const

const credential = (generation: number): Credential => ({
  version: 1,
  generation,
  serverUrl: 'https://lectern.northfield.example',
  account: maya,
  refreshToken: `a-refresh-token-${generation}`,
  sessionExpiresAt: 0,
  rotationKey: 'a-rotation-key-of-this-sign-in',
})

it('gives back what was stored, also to the next process', async () => {
  const [secrets, files] = stores()
  await createVault(secrets, files).adopt(credential(1), false)
  expect(await createVault(secrets, files).open()).toEqual({ kind: 'found', credential: credential(1) })
})

it('does not let a slow process overwrite what a faster one stored', async () => {
  const [secrets, files] = stores()
  const slow = createVault(secrets, files)
  await slow.adopt(credential(1), false)
  const fast = createVault(secrets, files)
  await fast.open()
  expect((await fast.replace(credential(2), 1)).ok).toBe(true)
  expect(await slow.replace(credential(2), 1)).toMatchObject({ ok: false, failure: { code: 'conflict' } })
  expect(await slow.open()).toEqual({ kind: 'found', credential: credential(2) })
})

it('stores nothing more after it was cleared, and keeps the token only to revoke it', async () => {
  const [secrets, files] = stores()
  const vault = createVault(secrets, files)
  await vault.adopt(credential(1), false)
  const cleared = vault.clear()
  const late = vault.replace(credential(2), 1)
  await cleared
  await late
  const next = createVault(secrets, files)
  expect(await next.open()).toEqual({ kind: 'empty' })
  const tokens = (await next.revocations()).map(({ token }) => token)
  expect(tokens.length).toBeGreaterThan(0)
  for (const revocation of await next.revocations()) await next.removeRevocation(revocation)
  expect(await next.revocations()).toEqual([])
  expect(await secrets.read('credential')).toEqual({ ok: true, value: null })
})

it('takes a sign-out that was killed half way for a sign-out', async () => {
  const [secrets, files] = stores()
  await createVault(secrets, files).adopt(credential(1), false)
  await files.remove('known-account.json')
  const vault = createVault(secrets, files)
  expect(await vault.open()).toEqual({ kind: 'empty' })
  expect(await vault.revocations()).toMatchObject([{ token: 'a-refresh-token-1' }])
})

it('is empty, not broken, when the keychain holds something that is not ours', async () => {
  const [secrets, files] = stores()
  await secrets.write('credential', '{"version":99}')
  expect(await createVault(secrets, files).open()).toEqual({ kind: 'empty' })
})

it('goes back to the sign-in that worked when a new one was stored and said to have failed', async () => {
  const [secrets, files] = stores()
  let lying = false
  const slow: SecretStore = {
    ...secrets,
    async write(name, secret) {
      const written = await secrets.write(name, secret)
      return lying ? { ok: false, failure: { problem: 'broken', message: 'It took too long.' } } : written
    },
  }
  const vault = createVault(slow, files)
  await vault.adopt(credential(1), false)
  lying = true
  const again = { ...credential(2), rotationKey: 'another-rotation-key-entirely' }
  expect((await vault.adopt(again, false)).ok).toBe(false)
  lying = false
  expect(await vault.latest()).toEqual({ ok: true, value: credential(1) })
  expect((await vault.replace(credential(2), 1)).ok).toBe(true)
  expect(await createVault(secrets, files).open()).toEqual({ kind: 'found', credential: credential(2) })
})
