/** Which marks of a lane can be told apart at the present zoom, and where they stand. Pure. */
import { isMoment, type Mark } from './lanes.ts'

export interface Shown {
  readonly id: string
  /** One, or several that would lie on each other. */
  readonly marks: readonly [Mark, ...Mark[]]
  /** Pixels from the start of the plot. */
  readonly x: number
  /** 0 for a moment. */
  readonly width: number
  /** The worst of them. */
  readonly outcome: Mark['outcome']
}

/** Pixels. A moment is drawn as a shape of this size; a bar is never thinner than its least. */
export const MOMENT = 11
const LEAST_BAR = 3
/** Bars closer than this are one to the eye. */
const GAP = 1

const rank = { good: 0, open: 1, bad: 2 } as const

/**
 * @param scale epoch milliseconds to pixels
 * @param width of the plot in pixels
 */
export function shownMarks(
  marks: readonly Mark[],
  scale: (moment: number) => number,
  width: number,
): Shown[] {
  const shown: Shown[] = []
  for (const mark of marks) {
    const moment = isMoment(mark.kind)
    const from = scale(mark.from)
    const to = Math.max(scale(mark.to), from + (moment ? 0 : LEAST_BAR))
    const reach = moment ? MOMENT / 2 : 0
    if (to + reach < 0 || from - reach > width) continue
    const before = shown.at(-1)
    const end = before && before.x + before.width
    const thin = !moment && to - from <= 2 * LEAST_BAR && before !== undefined && before.width <= 40
    const merges =
      before !== undefined &&
      end !== undefined &&
      (moment ? from - before.x < MOMENT - 1 : thin && from - end < GAP)
    if (!merges) {
      shown.push({
        id: `${mark.kind} ${mark.from} ${mark.code}`,
        marks: [mark],
        x: from,
        width: to - from,
        outcome: mark.outcome,
      })
      continue
    }
    shown[shown.length - 1] = {
      ...before,
      marks: [...before.marks, mark],
      width: Math.max(end, to) - before.x,
      outcome: rank[mark.outcome] > rank[before.outcome] ? mark.outcome : before.outcome,
    }
  }
  return shown
}

export type Direction = 'before' | 'after' | 'above' | 'below'

/**
 * Where a key leads from one mark: along its lane, or to what is nearest in time in the next lane that has any.
 *
 * @param from its id; null when no mark has the focus: then the newest of the first lane is below
 */
export function neighbour(
  lanes: readonly (readonly Shown[])[],
  from: string | null,
  direction: Direction,
): Shown | undefined {
  const row = lanes.findIndex((marks) => marks.some(({ id }) => id === from))
  const place = lanes[row]?.findIndex(({ id }) => id === from) ?? -1
  const here = lanes[row]?.[place]
  if (direction === 'before' || direction === 'after') {
    return here && lanes[row]?.[direction === 'before' ? place - 1 : place + 1]
  }
  if (direction === 'above' && !here) return undefined
  const next = direction === 'above' ? lanes.slice(0, row).toReversed() : lanes.slice(row + 1)
  const marks = next.find(({ length }) => length > 0) ?? []
  return here ? marks.toSorted((a, b) => Math.abs(a.x - here.x) - Math.abs(b.x - here.x))[0] : marks.at(-1)
}
