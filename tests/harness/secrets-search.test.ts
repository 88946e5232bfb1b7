import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { searchFiles } from './secrets-search.ts'

const jwt = `eyJhbGciOiJFUzI1NiJ9.${'payload-of-a-token'.repeat(6)}.${'signature'.repeat(9)}`
const opaque = 'Q3xk-Vv0_2bWnT7aLrE9pZ'
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-search-'))
  await mkdir(join(folder, 'deep', 'er'), { recursive: true })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const search = () => searchFiles(folder, [jwt, opaque])

it('finds nothing where there is nothing', async () => {
  await writeFile(join(folder, 'log'), 'eyJhbGciOiJFUzI1NiJ9.another.token')
  expect(await search()).toEqual([])
})

it.each([
  ['plain', Buffer.from(`{"token":"${opaque}"}`)],
  ['UTF-16', Buffer.from(`{"token":"${opaque}"}`, 'utf16le')],
  ['hexadecimal', Buffer.from(Buffer.from(opaque).toString('hex'))],
  ['base64', Buffer.from(Buffer.from(`Bearer ${opaque}!`).toString('base64'))],
  ['base64', Buffer.from(Buffer.from(`earer ${opaque}?`).toString('base64'))],
  ['base64', Buffer.from(Buffer.from(`arer ${opaque}`).toString('base64'))],
])('finds a secret that was written as %s', async (encoding, bytes) => {
  const file = join(folder, 'deep', 'er', 'state')
  await writeFile(file, Buffer.concat([Buffer.from([0, 255, 7]), bytes, Buffer.from([0])]))
  expect(await search()).toEqual([{ file, encoding, secret: 'Q3xk-Vv0…' }])
})

it('finds a long secret of which only a part was written', async () => {
  await writeFile(join(folder, 'cut'), jwt.slice(-50))
  await writeFile(join(folder, 'crash'), jwt.slice(0, jwt.length / 2 + 5))
  expect((await search()).map(({ file }) => file).sort()).toEqual([
    join(folder, 'crash'),
    join(folder, 'cut'),
  ])
})

it('refuses to look for nothing, because it would always find nothing', async () => {
  await expect(searchFiles(folder, [])).rejects.toThrow('no secrets')
})
