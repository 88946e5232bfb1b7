import { expect, test } from 'vitest'
import { movedBy, offsetOf, openingView, partOf, viewAt, wholeView, zoomedBy } from './time-view.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const now = Date.parse('2026-11-21T15:00:00Z')
const day = { from: now - 24 * HOUR, to: now }
const openedAfter = (passed: number) => partOf(openingView(day, now - passed), day)

test('a minute after the first start the chart opens on the last two minutes, and not on an empty day', () => {
  expect(openedAfter(MINUTE)).toEqual({ from: now - 2 * MINUTE, to: now })
})

test('however long Lectern has run, all of it is on the chart and fills a good part of it', () => {
  for (let passed = MINUTE; passed < 24 * HOUR; passed *= 1.3) {
    const { from, to } = openedAfter(passed)
    expect(from).toBeLessThan(now - passed)
    expect(passed / (to - from)).toBeGreaterThan(0.45)
  }
})

test('a chart without any mark shows the whole day', () => {
  expect(openingView(day, null)).toEqual(wholeView)
})

test('what somebody looks at stays where it is as time goes on, and the present goes along', () => {
  const later = { from: day.from + MINUTE, to: day.to + MINUTE }
  const past = movedBy(zoomedBy(wholeView, 24, 1, day), 5, day)
  expect(partOf(past, later).from).toBeCloseTo(partOf(past, day).from, -1)
  const present = zoomedBy(wholeView, 24, 1, day)
  expect(partOf(present, later).to).toBe(later.to)
})

test('what falls off the end of the day is let go, and not looked at for ever', () => {
  const oldest = movedBy(zoomedBy(wholeView, 24, 0, day), 30, day)
  const muchLater = { from: day.from + 3 * HOUR, to: day.to + 3 * HOUR }
  expect(partOf(oldest, muchLater).from).toBeGreaterThanOrEqual(muchLater.from)
})

test('zooming keeps what is pointed at in its place, and moving stops at both ends of the day', () => {
  const view = zoomedBy(wholeView, 4, 0.5, day)
  const { from, to } = partOf(view, day)
  expect((from + to) / 2).toBeCloseTo((day.from + day.to) / 2, -1)
  expect(partOf(movedBy(view, 100, day), day).from).toBeCloseTo(day.from, -1)
  expect(partOf(movedBy(view, -100, day), day).to).toBeCloseTo(day.to, -1)
  expect(zoomedBy(view, 0.001, 0.5, day)).toEqual(wholeView)
})

test('where a gesture has moved the chart to is where it stays', () => {
  const view = viewAt(8, -3.25, day)
  expect(offsetOf(view, day)).toBeCloseTo(-3.25)
})
