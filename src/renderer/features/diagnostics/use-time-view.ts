import { select } from 'd3-selection'
import { zoom, zoomIdentity, type D3ZoomEvent } from 'd3-zoom'
import { useEffect, useEffectEvent, useState, type RefObject } from 'react'
import {
  MOST_ZOOM,
  movedBy,
  offsetOf,
  openingView,
  viewAt,
  wholeView,
  zoomedBy,
  type Span,
  type TimeView,
} from './time-view.ts'

interface TimeViewOptions {
  readonly whole: Span
  /** Epoch milliseconds of the first mark; null while there is none. */
  readonly earliest: number | null
  /** What is dragged, pinched, and zoomed by the wheel. */
  readonly plot: RefObject<SVGSVGElement | null>
  /** Of the part of it that stands for time, in pixels. */
  readonly width: number
}

/** The part of a stretch of time that a person looks at, by hand, wheel, button or key; until then, what there is. */
export function useTimeView({ whole, earliest, plot, width }: TimeViewOptions) {
  const [chosen, setChosen] = useState<TimeView | null>(null)
  const view = chosen ?? openingView(whole, earliest)
  const offset = offsetOf(view, whole)

  const gestured = useEffectEvent(({ transform: { k, x } }: D3ZoomEvent<SVGSVGElement, unknown>) =>
    setChosen(viewAt(k, x / width, whole)),
  )
  useEffect(() => {
    const { current } = plot
    if (!current || width === 0) return
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [width, 1],
    ]
    const gestures = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, MOST_ZOOM])
      .extent(extent)
      .translateExtent(extent)
      // A double click arrives at once: nothing here glides.
      .duration(0)
      // A page that is scrolled past the chart must not get stuck in it: the wheel zooms for who has clicked it.
      .filter((event: WheelEvent | MouseEvent) =>
        event.type === 'wheel'
          ? event.ctrlKey || event.metaKey || isFocused(current)
          : !event.ctrlKey && !event.button,
      )
      .on('zoom', gestured)
    const selection = select(current).call(gestures)
    return () => {
      selection.on('.zoom', null)
    }
  }, [plot, width])

  useEffect(() => {
    // Where the next gesture begins. Set past d3's own door, which would tell of it as of a gesture.
    const transform = zoomIdentity.translate(offset * width, 0).scale(view.zoom)
    if (plot.current) select(plot.current).property('__zoom', transform)
  }, [plot, width, view.zoom, offset])

  /** Each returns what is shown then. */
  const change = (next: TimeView) => {
    setChosen(next)
    return next
  }
  return {
    view,
    zoomBy: (factor: number, place: number) => change(zoomedBy(view, factor, place, whole)),
    moveBy: (step: number) => change(movedBy(view, step, whole)),
    showAll: () => change(wholeView),
  }
}

const isFocused = (plot: Element) =>
  plot.contains(document.activeElement) || plot.parentElement === document.activeElement
