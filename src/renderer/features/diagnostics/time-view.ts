/** Which part of a stretch of time a chart shows. Pure; offsets and places are in widths of the chart. */

/** Epoch milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface TimeView {
  /** How often the part fits into the whole. */
  readonly zoom: number
  /** Where the part ends, in epoch milliseconds; null while it goes along with the present. */
  readonly end: number | null
}

/** A day as wide as a minute. */
export const MOST_ZOOM = 24 * 60
/** Milliseconds. A chart opens on no less than this, or the marks of a moment would be all there is. */
const LEAST_OPENING = 2 * 60_000
/** Of what is shown, before its first mark. */
const AIR = 1.1
/** So near to the present it is the present: about a pixel. */
const NEAR = 0.002

export const wholeView: TimeView = { zoom: 1, end: null }

/**
 * What a chart opens with, and goes on to show until somebody wants something else: all there is so far. It doubles
 * when it has to, because a chart that shrank all the time would never stand still.
 *
 * @param earliest epoch milliseconds of the first mark; null while there is none
 */
export function openingView(whole: Span, earliest: number | null): TimeView {
  if (earliest === null) return wholeView
  const needed = Math.max(1, ((whole.to - earliest) * AIR) / LEAST_OPENING)
  const zoom = (whole.to - whole.from) / (LEAST_OPENING * 2 ** Math.ceil(Math.log2(needed)))
  return { zoom: Math.max(1, zoom), end: null }
}

/** Where the whole begins: 0 at the start of the chart, negative before it. */
export function offsetOf({ zoom, end }: TimeView, { from, to }: Span): number {
  const share = end === null ? 1 : (end - from) / (to - from)
  return Math.min(0, Math.max(1 - zoom, 1 - share * zoom))
}

/** What a chart shows that is zoomed and moved like this. */
export function viewAt(zoom: number, offset: number, { from, to }: Span): TimeView {
  return { zoom, end: offset <= 1 - zoom + NEAR ? null : from + ((1 - offset) / zoom) * (to - from) }
}

export function partOf(view: TimeView, whole: Span): Span {
  const length = whole.to - whole.from
  const from = whole.from - (offsetOf(view, whole) / view.zoom) * length
  return { from, to: from + length / view.zoom }
}

/** @param place what stays where it is: 0 at the start of the chart, 1 at its end */
export function zoomedBy(view: TimeView, factor: number, place: number, whole: Span): TimeView {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor))
  const offset = place - ((place - offsetOf(view, whole)) * zoom) / view.zoom
  return viewAt(zoom, Math.min(0, offset), whole)
}

/** @param step positive: back in time */
export const movedBy = (view: TimeView, step: number, whole: Span): TimeView =>
  viewAt(view.zoom, Math.min(0, offsetOf(view, whole) + step), whole)
