import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { saveCopy } from './saved-copy.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'lectern-copy-'))))
afterEach(() => rm(folder, { recursive: true }))

const bytesOf = (text: string) => new TextEncoder().encode(text)
async function* pieces(...texts: string[]) {
  for (const text of texts) yield bytesOf(text)
}
async function* cutAfter(text: string) {
  yield bytesOf(text)
  throw new Error('the connection was cut')
}

it('a copy is there, whole, and nothing else', async () => {
  const path = join(folder, 'copy.csv')
  expect(await saveCopy(path, pieces('one,', 'two'), 7)).toEqual({ ok: true, value: undefined })
  expect(await readFile(path, 'utf8')).toBe('one,two')
  expect(await readdir(folder)).toEqual(['copy.csv'])
})

it('a copy that breaks off leaves what was there before', async () => {
  const path = join(folder, 'copy.csv')
  await writeFile(path, 'the old one')
  await expect(saveCopy(path, cutAfter('the n'))).rejects.toThrow('cut')
  expect(await readFile(path, 'utf8')).toBe('the old one')
  expect(await readdir(folder)).toEqual(['copy.csv'])
})

it('a copy that is too short is none', async () => {
  const path = join(folder, 'copy.csv')
  expect(await saveCopy(path, pieces('half'), 8)).toMatchObject({
    ok: false,
    failure: { code: 'storage-failed' },
  })
  expect(await readdir(folder)).toEqual([])
})

it('a place that cannot be written to is said in plain words', async () => {
  expect(await saveCopy(join(folder, 'gone', 'copy.csv'), pieces('x'))).toMatchObject({
    ok: false,
    failure: { code: 'storage-failed', message: 'That folder is not there any more. Choose another one.' },
  })
  await mkdir(join(folder, 'a folder'))
  await writeFile(join(folder, 'a folder', 'file'), '')
  expect((await saveCopy(join(folder, 'a folder'), pieces('x'))).ok).toBe(false)
  expect(await readdir(folder)).toEqual(['a folder'])
})
