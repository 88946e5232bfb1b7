import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SecretResult, SecretStore } from '../../core/ports.ts'
import { createFileStore } from './files.ts'
import { createSealedFiles } from './sealed-files.ts'

let folder: string
let aside: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-sealed-'))
  aside = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A keyring in memory that can be locked, in either of the two ways Linux keyrings say so. */
class Keyring implements SecretStore {
  readonly entries = new Map<string, string>()
  state: 'open' | 'locked' | 'silently locked' = 'open'

  private refuse = (): SecretResult<never> => ({
    ok: false,
    failure: { problem: 'locked', message: 'Unlock it.' },
  })
  read = (name: string): Promise<SecretResult<string | null>> => {
    if (this.state === 'locked') return Promise.resolve(this.refuse())
    const value = this.state === 'silently locked' ? null : (this.entries.get(name) ?? null)
    return Promise.resolve({ ok: true, value })
  }
  write = (name: string, secret: string): Promise<SecretResult<void>> => {
    if (this.state !== 'open') return Promise.resolve(this.refuse())
    this.entries.set(name, secret)
    return Promise.resolve({ ok: true, value: undefined })
  }
  remove = (name: string): Promise<SecretResult<void>> => {
    this.entries.delete(name)
    return Promise.resolve({ ok: true, value: undefined })
  }
}

const sealedBy = (secrets: SecretStore) =>
  createSealedFiles({
    files: createFileStore(folder),
    secrets,
    keptAside: (name, where) => aside.push(`${name} → ${where}`),
  })
const onDisk = (name: string) => readFile(join(folder, name), 'utf8')

describe('a sealed document', () => {
  it('comes back whole, and looks different on the disk each time', async () => {
    const keyring = new Keyring()
    const text = 'grüße 👋\n'.repeat(1000)
    await sealedBy(keyring).write('outbox.json', text)
    const first = await onDisk('outbox.json')
    await sealedBy(keyring).write('outbox.json', text)
    expect(await onDisk('outbox.json')).not.toBe(first)
    expect(first).not.toContain('grü')
    expect(await sealedBy(keyring).read('outbox.json')).toEqual({ ok: true, value: text })
  })

  it('is null before it was written and after it was removed', async () => {
    const sealed = sealedBy(new Keyring())
    expect(await sealed.read('outbox.json')).toEqual({ ok: true, value: null })
    await sealed.write('outbox.json', 'x')
    await sealed.remove('outbox.json')
    expect(await sealed.read('outbox.json')).toEqual({ ok: true, value: null })
  })

  it('cannot be passed off as another, nor be changed, and is kept aside instead of lost', async () => {
    const keyring = new Keyring()
    const sealed = sealedBy(keyring)
    await sealed.write('a.json', 'of a')
    const moved = await onDisk('a.json')
    await writeFile(join(folder, 'b.json'), moved)
    expect(await sealed.read('b.json')).toEqual({ ok: true, value: null })
    const [kept] = (await readdir(folder)).filter((name) => name.endsWith('.unreadable'))
    expect(await onDisk(kept ?? '')).toBe(moved)
    expect(aside).toEqual([`b.json → ${kept}`])

    const envelope = JSON.parse(moved) as { text: string }
    const bytes = Buffer.from(envelope.text, 'base64')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    await writeFile(join(folder, 'a.json'), JSON.stringify({ ...envelope, text: bytes.toString('base64') }))
    expect(await sealed.read('a.json')).toEqual({ ok: true, value: null })
    expect(aside).toHaveLength(2)
  })

  it.each(['', 'null', '{', '{"version":2}', '{"version":1,"iv":"AA==","tag":"AA==","text":""}'])(
    'that was damaged to %j is kept aside',
    async (damage) => {
      await writeFile(join(folder, 'a.json'), damage)
      expect(await sealedBy(new Keyring()).read('a.json')).toEqual({ ok: true, value: null })
      expect(aside).toHaveLength(1)
    },
  )
})

describe('a keyring that does not give the key', () => {
  it.each(['locked', 'silently locked'] as const)(
    'because it is %s costs no document, and no key takes the place of the old one',
    async (state) => {
      const keyring = new Keyring()
      await sealedBy(keyring).write('outbox.json', 'see you at nine')
      const key = keyring.entries.get('sealed-files-key')
      keyring.state = state

      const sealed = sealedBy(keyring)
      const unavailable = { ok: false, failure: { code: 'storage-failed', retryable: true } }
      expect(await sealed.read('outbox.json')).toMatchObject(unavailable)
      expect(await sealed.write('outbox.json', 'other')).toMatchObject(unavailable)
      expect(aside).toEqual([])

      keyring.state = 'open'
      expect(keyring.entries.get('sealed-files-key')).toBe(key)
      expect(await sealed.read('outbox.json')).toEqual({ ok: true, value: 'see you at nine' })
    },
  )

  it('because somebody deleted it keeps the old document aside and starts anew', async () => {
    const keyring = new Keyring()
    await sealedBy(keyring).write('outbox.json', 'old')
    keyring.entries.clear()
    const sealed = sealedBy(keyring)
    expect(await sealed.read('outbox.json')).toEqual({ ok: true, value: null })
    expect(aside).toHaveLength(1)
    expect(await sealed.write('outbox.json', 'new')).toEqual({ ok: true, value: undefined })
    expect(await sealedBy(keyring).read('outbox.json')).toEqual({ ok: true, value: 'new' })
  })
})
