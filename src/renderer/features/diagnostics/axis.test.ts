import { scaleTime } from 'd3-scale'
import { describe, expect, it } from 'vitest'
import { axisTicks } from './axis.ts'

const MINUTE = 60_000
const end = Date.parse('2026-11-21T15:49:20Z')

describe('the times below the chart', () => {
  it.each([1, 5, 20, 47, 60, 3 * 60, 7 * 60, 24 * 60])(
    'of the last %i minutes are as many as can be read, and never none',
    (minutes) => {
      for (const width of [280, 420, 800, 1100]) {
        const scale = scaleTime([end - minutes * MINUTE, end], [0, width])
        const places = axisTicks(scale, width, 'en').map(({ at }) => scale(at))
        expect(places.length).toBeGreaterThan(0)
        const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0))
        expect(Math.min(...gaps, Infinity)).toBeGreaterThanOrEqual(minutes < 8 ? 70 : 50)
      }
    },
  )
})
