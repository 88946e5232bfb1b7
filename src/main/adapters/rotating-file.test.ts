import { chmod, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRotatingFile } from './rotating-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-rotating-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('keeps the newest lines in a few files of limited size', async () => {
  const file = createRotatingFile(join(folder, 'a.log'), 100, 3)
  for (let n = 0; n < 60; n += 1) {
    file.append(`line ${String(n).padStart(4, '0')}`)
    await file.flush()
  }
  expect((await readdir(folder)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2'])
  const parts = await Promise.all(
    ['a.log.2', 'a.log.1', 'a.log'].map((name) => readFile(join(folder, name), 'utf8')),
  )
  for (const part of parts) expect(part.length).toBeLessThanOrEqual(100)
  const numbers = parts
    .join('')
    .trim()
    .split('\n')
    .map((line) => Number(line.slice(5)))
  expect(numbers.at(-1)).toBe(59)
  expect(numbers).toEqual(Array.from(numbers, (_, index) => 60 - numbers.length + index))
})

it('goes on where the last start stopped', async () => {
  const path = join(folder, 'a.log')
  for (const line of ['first start', 'second start']) {
    const file = createRotatingFile(path, 1000, 2)
    file.append(line)
    await file.flush()
  }
  expect(await readFile(path, 'utf8')).toBe('first start\nsecond start\n')
})

it('loses lines and nothing else when the disk refuses', async () => {
  await writeFile(join(folder, 'blocked'), '')
  await chmod(join(folder, 'blocked'), 0o400)
  const file = createRotatingFile(join(folder, 'blocked', 'a.log'), 100, 2)
  file.append('lost')
  await expect(file.flush()).resolves.toBeUndefined()
})

it.runIf(process.platform === 'linux')('holds on to nothing while the disk is full', async () => {
  const path = join(folder, 'a.log')
  await symlink('/dev/full', path)
  const file = createRotatingFile(path, 100, 2)
  for (let n = 0; n < 5; n += 1) {
    file.append('lost')
    await file.flush()
  }
  const open = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  expect(open.filter((target) => target === '/dev/full')).toEqual([])
})
