import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFileStore } from './adapters/files.ts'
import { openMutedRooms } from './muted-rooms.ts'

const [first, second] = [
  '7d0f5f0e-0f2b-4d5a-9b52-7c6f0f0b6a01',
  '7d0f5f0e-0f2b-4d5a-9b52-7c6f0f0b6a02',
] as const

test('two rooms muted at the same moment are both quiet, also after the next start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-muted-'))
  const rooms = await openMutedRooms(createFileStore(folder))
  await Promise.all([rooms.set(first, true), rooms.set(second, true)])
  const again = await openMutedRooms(createFileStore(folder))
  for (const opened of [rooms, again]) {
    expect([opened.has(first), opened.has(second)]).toEqual([true, true])
  }
  await again.set(first, false)
  expect([again.has(first), again.has(second)]).toEqual([false, true])
})
