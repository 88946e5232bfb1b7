import { expect, test } from 'vitest'
import { neighbour, shownMarks } from './chart-view.ts'
import type { LaneKind, Mark } from './lanes.ts'

const mark = (kind: LaneKind, from: number, to = from, outcome: Mark['outcome'] = 'good'): Mark => ({
  kind,
  code: 'renewed',
  from,
  to,
  outcome,
  why: null,
  tookMs: null,
  usedUntil: null,
})
const asPixels = (moment: number) => moment

test('renewals that would lie on each other become one, and a failed one among them is still seen', () => {
  const marks = [
    mark('refresh', 10),
    mark('refresh', 12, 12, 'bad'),
    mark('refresh', 14),
    mark('refresh', 60),
  ]
  const shown = shownMarks(marks, asPixels, 200)
  expect(shown.map(({ marks: { length }, outcome }) => [length, outcome])).toEqual([
    [3, 'bad'],
    [1, 'good'],
  ])
})

test('a long row of close renewals stays a row and does not melt into one', () => {
  const row = Array.from({ length: 40 }, (_, n) => mark('refresh', n * 6))
  expect(shownMarks(row, asPixels, 400).length).toBeGreaterThan(15)
})

test('a bar too short to see is drawn wide enough to be pointed at', () => {
  expect(shownMarks([mark('recovery', 50, 50.01)], asPixels, 200)[0]?.width).toBe(3)
})

test('what lies outside of the window is left out, and what reaches into it is not', () => {
  const marks = [
    mark('sleep', -90, -50),
    mark('sleep', -10, 20),
    mark('sleep', 190, 400),
    mark('sleep', 300, 400),
  ]
  expect(shownMarks(marks, asPixels, 200).map(({ x }) => x)).toEqual([-10, 190])
})

test('two long bars beside each other stay two', () => {
  expect(shownMarks([mark('access', 0, 50), mark('access', 50, 100)], asPixels, 200)).toHaveLength(2)
})

test('a day of very short tokens takes no more shapes than the chart has pixels', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => mark('access', n * 0.04, n * 0.04 + 0.05))
  expect(shownMarks(many, asPixels, 800).length).toBeLessThan(300)
})

test('the arrow keys go along a lane, and up and down to what is nearest in time', () => {
  const lanes = [
    shownMarks([mark('access', 0, 40), mark('access', 50, 90)], asPixels, 200),
    [],
    shownMarks([mark('sleep', 5, 20), mark('sleep', 60, 80), mark('sleep', 150, 160)], asPixels, 200),
  ]
  const at = (row: number, place: number) => lanes[row]?.[place]?.id ?? ''
  const lead = (from: string | null, ...way: Parameters<typeof neighbour>[2][]) =>
    way.reduce<string | null>((id, direction) => neighbour(lanes, id, direction)?.id ?? null, from)

  expect(lead(null, 'below')).toBe(at(0, 1))
  expect(lead(at(0, 1), 'below')).toBe(at(2, 1))
  expect(lead(at(2, 1), 'after')).toBe(at(2, 2))
  expect(lead(at(2, 2), 'above')).toBe(at(0, 1))
  expect(lead(at(0, 1), 'before')).toBe(at(0, 0))
  for (const direction of ['before', 'above'] as const) expect(lead(at(0, 0), direction)).toBeNull()
  for (const direction of ['after', 'below'] as const) expect(lead(at(2, 2), direction)).toBeNull()
})
