import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFileStore } from '../../src/main/adapters/files.ts'
import { buildScript, workFolder } from './main-child.ts'

let place: string
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'lectern-files-'))
})
afterEach(() => rm(place, { recursive: true, force: true }))

it('has the old or the new document, whole, after kill -9 at any moment of a write', async () => {
  const folder = await workFolder()
  const files = await buildScript('src/main/adapters/files.ts', folder.path, 'files')
  const writer = join(folder.path, 'writer.mjs')
  // Documents of one letter each, so that a mixture or a cut would be seen.
  await writeFile(
    writer,
    `import { createFileStore } from ${JSON.stringify(files)}
     const store = createFileStore(process.argv[2])
     for (let n = 0; ; n += 1) {
       await store.write('outbox.json', String.fromCharCode(97 + (n % 26)).repeat(400_000))
       process.send(n)
     }`,
  )
  for (let round = 0; round < 12; round += 1) {
    const child = fork(writer, [place])
    await once(child, 'message')
    // Somewhere in the next write: more turns of the loop each round.
    for (let turn = 0; turn < round * 40; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const text = await readFile(join(place, 'outbox.json'), 'utf8')
    expect(text).toHaveLength(400_000)
    expect(text).toBe(text.charAt(0).repeat(400_000))
  }
  await createFileStore(place).write('outbox.json', 'next start')
  expect(await readdir(place)).toEqual(['outbox.json'])
  await folder.remove()
})

it('carries calls for one document out in their order', async () => {
  const files = createFileStore(place)
  const all = [
    files.write('a.json', 'one'),
    files.read('a.json'),
    files.write('a.json', 'two'),
    files.remove('a.json'),
    files.read('a.json'),
  ]
  expect(await Promise.all(all)).toEqual([
    { ok: true, value: undefined },
    { ok: true, value: 'one' },
    { ok: true, value: undefined },
    { ok: true, value: undefined },
    { ok: true, value: null },
  ])
})

it('keeps documents from other people of this computer', async () => {
  const inside = join(place, 'state')
  await createFileStore(inside).write('a.json', 'x')
  expect((await stat(inside)).mode & 0o777).toBe(0o700)
  expect((await stat(join(inside, 'a.json'))).mode & 0o777).toBe(0o600)
})

it('takes no name that leads elsewhere', async () => {
  const files = createFileStore(place)
  for (const name of ['../a', 'a/b', '..', '.', '', 'A.json', 'a.json~']) {
    expect(await files.write(name, 'x')).toMatchObject({ ok: false, failure: { code: 'storage-failed' } })
  }
  expect(await readdir(place)).toEqual([])
})

it('says so in plain words when the disk refuses', async () => {
  await writeFile(join(place, 'occupied'), 'a file where the folder should be')
  const files = createFileStore(join(place, 'occupied'))
  expect(await files.write('a.json', 'x')).toMatchObject({
    ok: false,
    failure: { code: 'storage-failed', retryable: true, message: expect.stringContaining('disk') },
  })
})

it('is settled once everything asked of it so far is on the disk', async () => {
  const files = createFileStore(place)
  for (const letter of 'abc') void files.write('drafts.json', letter.repeat(100_000))
  void files.write('outbox.json', 'waits')
  await files.settled()
  expect(await readFile(join(place, 'drafts.json'), 'utf8')).toBe('c'.repeat(100_000))
  expect(await readFile(join(place, 'outbox.json'), 'utf8')).toBe('waits')
  expect((await readdir(place)).toSorted()).toEqual(['drafts.json', 'outbox.json'])
})
