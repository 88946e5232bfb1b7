import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createJournal } from './journal.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-journal-'))
  path = join(folder, 'timeline.jsonl')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const entry = (wall: number, event = 'state') => ({
  wall,
  monotonic: wall,
  event,
  detail: { from: 'active' },
})
const walls = async (since = 0) => (await createJournal(path).since(since)).entries.map(({ wall }) => wall)

it('gives back what was recorded a moment ago, and what an earlier start recorded', async () => {
  const first = createJournal(path)
  first.record(entry(1))
  await first.flush()
  const second = createJournal(path)
  second.record(entry(2))
  second.record(entry(3))
  expect(await second.since(0)).toEqual({ entries: [entry(1), entry(2), entry(3)], complete: true })
  expect(await second.since(2)).toEqual({ entries: [entry(2), entry(3)], complete: true })
})

it('reads past a line that a power cut tore, and past one that is none of ours', async () => {
  await writeFile(
    path,
    `${JSON.stringify(entry(1))}\n{"wall":2,"monoto\nnull\n{"wall":"x"}\n${JSON.stringify(entry(3))}\n{"wall":4`,
  )
  expect(await walls()).toEqual([1, 3])
})

it('reads on across the files it has rotated, oldest first', async () => {
  const journal = createJournal(path)
  const fill = 'x'.repeat(90)
  // More than one file holds.
  for (let n = 0; n < 15_000; n += 1) journal.record(entry(n, `state-${fill}`))
  await journal.flush()
  expect((await readdir(folder)).length).toBeGreaterThan(1)
  const { entries, complete } = await journal.since(0)
  expect(complete).toBe(true)
  expect(entries.map(({ wall }) => wall)).toEqual(Array.from({ length: 15_000 }, (_, n) => n))
})

it('gives the newest 20,000 of more, and says that there was more', async () => {
  const lines = Array.from({ length: 21_000 }, (_, n) => JSON.stringify(entry(n)))
  await writeFile(path, `${lines.join('\n')}\n`)
  const { entries, complete } = await createJournal(path).since(0)
  expect([entries.length, entries[0]?.wall, entries.at(-1)?.wall, complete]).toEqual([
    20_000,
    1000,
    20_999,
    false,
  ])
})

it('does not read a file whole that somebody made enormous', async () => {
  const line = `${JSON.stringify(entry(1, 'x'.repeat(90)))}\n`
  await writeFile(path, line.repeat(60_000))
  await appendFile(path, `${JSON.stringify(entry(2))}\n`)
  const { entries } = await createJournal(path).since(0)
  expect(entries.length).toBeLessThan(20_001)
  expect(entries.at(-1)?.wall).toBe(2)
})

it('has nothing to give before anything happened', async () => {
  expect(await createJournal(join(folder, 'nowhere', 'timeline.jsonl')).since(0)).toEqual({
    entries: [],
    complete: true,
  })
})

it('keeps the last 24 hours also of a day without a network', async () => {
  const journal = createJournal(path)
  // Every 15 seconds a try: four lines, as core writes them.
  const tries = (24 * 3600) / 15
  for (let n = 0; n < tries; n += 1) {
    const wall = 1_763_683_200_000 + n * 15_000
    const at = { wall, monotonic: 12_345_678.123456 + n * 15_000 }
    journal.record({ ...at, event: 'state', detail: { from: 'offline', to: 'recovering' } })
    journal.record({ ...at, event: 'recovery-step-failed', detail: { step: 'network', code: 'offline' } })
    journal.record({
      ...at,
      event: 'recovery-try-failed',
      detail: { tries: n, code: 'offline', waitMs: 15_000 },
    })
    journal.record({ ...at, event: 'state', detail: { from: 'recovering', to: 'offline' } })
  }
  await journal.flush()
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  const kept = files.flatMap((text) => text.trim().split('\n'))
  expect(kept).toHaveLength(tries * 4)
})
