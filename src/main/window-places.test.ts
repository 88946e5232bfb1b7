import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFileStore } from './adapters/files.ts'
import { openWindowPlaces, placeFor, type Place } from './window-places.ts'

const laptop = { x: 0, y: 25, width: 1440, height: 875 }
const projector = { x: 1440, y: 0, width: 1920, height: 1080 }
const beside: Place = { bounds: { x: 1600, y: 100, width: 900, height: 700 }, maximized: false }

test('a window opens where it was left, also on the second display', () => {
  expect(placeFor(beside, [laptop, projector], 0)).toEqual(beside)
})

test('a window that stood on a display that is unplugged finds a new place', () => {
  expect(placeFor(beside, [laptop], 0)).toBeNull()
})

test.each([
  ['above the screen, where nobody can drag it', { x: 100, y: -300, width: 900, height: 700 }],
  ['below the screen', { x: 100, y: 880, width: 900, height: 700 }],
  ['with a sliver showing at the edge', { x: -850, y: 100, width: 900, height: 700 }],
])('a window that would open %s finds a new place', (_where, bounds) => {
  expect(placeFor({ bounds, maximized: false }, [laptop], 0)).toBeNull()
})

test('a second room does not open exactly over the first, and not maximised over it', () => {
  const place = placeFor({ ...beside, maximized: true }, [projector], 1)
  expect(place).toMatchObject({ bounds: { x: 1628, y: 128 }, maximized: false })
})

test('places are there after a restart, and a damaged file is none', async () => {
  const files = createFileStore(await mkdtemp(join(tmpdir(), 'lectern-places-')))
  const places = await openWindowPlaces(files)
  places.remember('main', beside)
  places.remember('mini', { ...beside, maximized: true })
  await places.save()
  const again = await openWindowPlaces(files)
  expect([again.of('main'), again.of('mini')?.maximized, again.of('room')]).toEqual([beside, true, null])
  await files.write('window-places.json', '{"version":1,"places":{"main":{"bounds":{"x":"left"}}}}')
  expect((await openWindowPlaces(files)).of('main')).toBeNull()
})
