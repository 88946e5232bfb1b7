import { scaleTime } from 'd3-scale'
import { select } from 'd3-selection'
import { zoom, zoomIdentity, zoomTransform, type D3ZoomEvent, type ZoomBehavior } from 'd3-zoom'
import { Maximize2, ZoomIn, ZoomOut } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { axisTicks } from './axis.ts'
import { shownMarks, type Shown } from './chart-view.ts'
import { markInWords } from './event-words.ts'
import { BarShape, Hatches, MomentShape } from './lane-look.tsx'
import { laneKinds, type LaneKind, type Lanes } from './lanes.ts'

interface TimelineChartProps {
  readonly lanes: Lanes
  readonly kinds: ReadonlySet<LaneKind>
  /** Epoch milliseconds: all there is to see. */
  readonly from: number
  readonly to: number
}

const AXIS = 30
/** Pixels; a narrow chart writes the names of its lanes above them. */
const WIDE = 620
const NAMES = 112
/** The present stands this far from the end, or what happens now would be cut in half. */
const EDGE = 10
/** What a chart opens with is never less than this long. */
const LEAST_SPAN = 20 * 60_000
/** A day as wide as a minute. */
const MOST_ZOOM = 24 * 60

/** How wide an element is, from its first layout on. */
function useWidth<E extends Element>() {
  const [width, setWidth] = useState(0)
  const element = useRef<E>(null)
  useEffect(() => {
    const { current } = element
    if (!current) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)))
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return [element, width] as const
}

/** What happened when, in lanes. Time runs from left to right in every language. */
export function TimelineChart({ lanes, kinds, from, to }: TimelineChartProps) {
  const { t, i18n } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const hatches = useId()
  const helpId = useId()
  const [frame, fullWidth] = useWidth<HTMLDivElement>()
  const svg = useRef<SVGSVGElement>(null)
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null)
  // In widths of the whole day, so that it stays where it is when the window changes its size.
  const [view, setView] = useState({ k: 1, x: 0 })
  const [pointed, setPointed] = useState<string | null>(null)
  const [focused, setFocused] = useState<string | null>(null)
  /** What a key or a button has brought into view; not what time itself moves. */
  const [said, setSaid] = useState('')

  const wide = fullWidth >= WIDE
  const width = Math.max(0, wide ? fullWidth - NAMES : fullWidth)
  const rows = laneKinds.filter((kind) => kinds.has(kind))
  const lane = wide ? 44 : 62
  const height = rows.length * lane + AXIS
  /** The middle of the marks of a row. */
  const middle = (row: number) => row * lane + (wide ? lane / 2 : lane - 20)

  const day = Math.max(1, width - EDGE)
  const whole = scaleTime([from, to], [0, day])
  const scale = zoomIdentity
    .translate(view.x * day, 0)
    .scale(view.k)
    .rescaleX(whole)
  const nowX = scale(to)
  const [first = new Date(from), last = new Date(to)] = scale.domain()
  const ticks = axisTicks(scale, width, i18n.language)
  const shown = rows.map((kind) => shownMarks(lanes[kind], (moment) => scale(moment), width))
  const all = shown.flat()
  const told = all.find(({ id }) => id === (pointed ?? focused))
  const toldRow = told ? shown.findIndex((row) => row.includes(told)) : -1

  useEffect(() => {
    const { current } = svg
    if (!current || width === 0) return
    const own = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, MOST_ZOOM])
      .extent([
        [0, 0],
        [width, height],
      ])
      .translateExtent([
        [0, 0],
        [width, height],
      ])
      // A page that is scrolled past the chart must not get stuck in it: the wheel zooms for who has clicked it.
      .filter((event: WheelEvent | MouseEvent) => {
        if (event.type === 'wheel') {
          return (
            event.ctrlKey ||
            event.metaKey ||
            current.contains(document.activeElement) ||
            isFocusedAround(current)
          )
        }
        return !event.ctrlKey && !event.button
      })
      .on('zoom', ({ transform }: D3ZoomEvent<SVGSVGElement, unknown>) => {
        setView({ k: transform.k, x: transform.x / day })
      })
    behaviour.current = own
    const selection = select(current).call(own)
    return () => {
      selection.on('.zoom', null)
    }
  }, [width, day, height])

  // After a change of size the transform d3 keeps is in pixels of the old one.
  const drawnWidth = useRef(0)
  useEffect(() => {
    const { current } = svg
    if (current && width > 0 && drawnWidth.current !== width) {
      drawnWidth.current = width
      Object.assign(current, { __zoom: zoomIdentity.translate(view.x * day, 0).scale(view.k) })
    }
  }, [width, day, view])

  // On the first day with Lectern, a whole day would be an empty chart with everything at its end.
  const earliest = Math.min(...laneKinds.map((kind) => lanes[kind][0]?.from ?? Infinity))
  const opened = useRef(false)
  useEffect(() => {
    const { current } = svg
    if (!current || !behaviour.current || width === 0 || opened.current || earliest === Infinity) return
    opened.current = true
    const k = (to - from) / Math.max(LEAST_SPAN, 1.1 * (to - earliest))
    if (k < 2) return
    behaviour.current.transform(select(current), zoomIdentity.translate(day * (1 - k), 0).scale(k))
  }, [width, day, earliest, from, to])

  const change = (run: (own: ZoomBehavior<SVGSVGElement, unknown>, on: SVGSVGElement) => void) => {
    if (!behaviour.current || !svg.current) return
    run(behaviour.current, svg.current)
    say(zoomTransform(svg.current))
  }
  const say = ({ x, k }: { x: number; k: number }) => {
    const [earliest = from, latest = to] = zoomIdentity.translate(x, 0).scale(k).rescaleX(whole).domain()
    setSaid(precise.range(Number(earliest), Number(latest)))
  }
  /** What is looked at stays where it is: a mark, or the present when it is in view, or else the middle. */
  const zoomBy = (factor: number) =>
    change((own, on) => {
      const x = told ? told.x + told.width / 2 : nowX <= width ? nowX : width / 2
      own.scaleBy(select(on), factor, [Math.min(width, Math.max(0, x)), 0])
    })
  const moveBy = (part: number) =>
    change((own, on) => own.translateBy(select(on), (part * width) / view.k, 0))
  const showAll = () => change((own, on) => own.transform(select(on), zoomIdentity))

  const focusMark = (mark: Shown | undefined) => {
    if (!mark) return
    setPointed(null)
    document.getElementById(`${hatches}${mark.id}`)?.focus({ preventScroll: true })
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const row = shown.findIndex((marks) => marks.some(({ id }) => id === focused))
    const place = shown[row]?.findIndex(({ id }) => id === focused) ?? -1
    const here = shown[row]?.[place]
    /** The mark of the next row with any that is nearest to this one in time. */
    const towards = (step: 1 | -1) => {
      for (let next = (here ? row : -1) + step; next >= 0 && next < shown.length; next += step) {
        const marks = shown[next] ?? []
        const x = here?.x ?? Infinity
        const [nearest] = marks.toSorted((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x))
        if (nearest) return nearest
      }
      return undefined
    }
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => (here ? focusMark(shown[row]?.[place - 1]) : moveBy(0.2)),
      ArrowRight: () => (here ? focusMark(shown[row]?.[place + 1]) : moveBy(-0.2)),
      ArrowDown: () => focusMark(towards(1)),
      ArrowUp: () => here && focusMark(towards(-1)),
      '+': () => zoomBy(2),
      '=': () => zoomBy(2),
      '-': () => zoomBy(0.5),
      '−': () => zoomBy(0.5),
      '0': showAll,
      Escape: () => {
        setPointed(null)
        if (here) frame.current?.focus()
      },
    }
    const act = acts[event.key]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  const words = (mark: Shown) => {
    const [only, second] = mark.marks
    if (!second) return markInWords(only, t, precise)
    const end = mark.marks.at(-1) ?? only
    return {
      title: `${t(`kinds.${only.kind}`)}: ${new Intl.NumberFormat(i18n.language).format(mark.marks.length)}`,
      when: t('mark.span', { from: precise.clockTime(only.from), to: precise.clockTime(end.to) }),
      more: null,
    }
  }

  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="text-note text-quiet tabular-nums">{precise.range(first.getTime(), last.getTime())}</p>
        <div className="flex flex-wrap gap-1.5">
          <Button
            size="small"
            aria-label={t('timeline.zoomOut')}
            title={t('timeline.zoomOut')}
            disabled={view.k <= 1}
            onClick={() => zoomBy(0.5)}
            className="px-2.5!"
          >
            <ZoomOut aria-hidden className="size-4.5" />
          </Button>
          <Button
            size="small"
            aria-label={t('timeline.zoomIn')}
            title={t('timeline.zoomIn')}
            disabled={view.k >= MOST_ZOOM}
            onClick={() => zoomBy(2)}
            className="px-2.5!"
          >
            <ZoomIn aria-hidden className="size-4.5" />
          </Button>
          <Button size="small" disabled={view.k <= 1} onClick={showAll}>
            <Maximize2 aria-hidden className="size-4" />
            {t('timeline.all')}
          </Button>
        </div>
      </div>
      <div
        ref={frame}
        role="application"
        aria-roledescription={t('timeline.chart')}
        aria-label={t('timeline.region', {
          from: precise.dateAndTime(first.getTime()),
          to: precise.dateAndTime(last.getTime()),
        })}
        aria-describedby={helpId}
        tabIndex={0}
        data-zoom={Math.round(view.k * 100) / 100}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.target === event.currentTarget && setFocused(null)}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setFocused(null)}
        className="relative rounded-control"
        dir="ltr"
      >
        {rows.map((kind, row) => (
          <span
            key={kind}
            aria-hidden
            className="pointer-events-none absolute left-0 z-10 text-note font-medium text-quiet"
            style={{ top: wide ? middle(row) - 11 : row * lane + 3 }}
          >
            {t(`kinds.${kind}`)}
          </span>
        ))}
        <svg
          ref={svg}
          width={width}
          height={height}
          className="block cursor-grab touch-pan-y overflow-hidden select-none active:cursor-grabbing"
          style={{ marginLeft: wide ? NAMES : 0 }}
          onPointerDown={() => frame.current?.focus({ preventScroll: true })}
          onPointerLeave={() => setPointed(null)}
        >
          <Hatches id={hatches} />
          <rect width={width} height={height} className="fill-transparent" />
          {ticks.map(({ at, isDay }) => (
            <line
              key={at}
              x1={scale(at)}
              x2={scale(at)}
              y1={0}
              y2={height - AXIS + 4}
              className={isDay ? 'stroke-edge' : 'stroke-line'}
            />
          ))}
          {rows.map((kind, row) => (
            <line
              key={kind}
              x1={0}
              x2={width}
              y1={(row + 1) * lane}
              y2={(row + 1) * lane}
              className="stroke-line"
            />
          ))}
          {nowX <= width && (
            <line x1={nowX - 0.5} x2={nowX - 0.5} y1={0} y2={height - AXIS} className="stroke-accent" />
          )}
          {shown.map((marks, row) =>
            marks.map((mark) => {
              const [only] = mark.marks
              const { title, when, more } = words(mark)
              const y = middle(row)
              const isTold = mark === told
              // A bar that begins long before the window would be drawn far outside of it.
              const x = Math.max(-8, mark.x)
              const barWidth = Math.min(width + 8, mark.x + mark.width) - x
              const moment = only.kind === 'refresh' || only.kind === 'sign-in'
              // What is left of the one in use is still to come.
              const usedUntil = only.usedUntil ?? (only.outcome === 'open' ? to : null)
              const used = usedUntil === null || mark.marks.length > 1 ? null : scale(usedUntil)
              return (
                <g
                  key={mark.id}
                  id={`${hatches}${mark.id}`}
                  role="img"
                  aria-label={[title, when, more].filter(Boolean).join(t('mark.comma'))}
                  tabIndex={-1}
                  data-kind={only.kind}
                  data-outcome={mark.outcome}
                  className="outline-none"
                  onPointerEnter={() => setPointed(mark.id)}
                  onFocus={() => setFocused(mark.id)}
                >
                  <rect
                    x={(moment ? mark.x + mark.width / 2 : x + barWidth / 2) - Math.max(barWidth, 14) / 2}
                    y={y - 14}
                    width={Math.max(barWidth, 14)}
                    height={28}
                    rx={6}
                    className={isTold ? 'fill-transparent stroke-ink stroke-2' : 'fill-transparent'}
                  />
                  {moment ? (
                    <MomentShape
                      x={mark.x + mark.width / 2}
                      y={y}
                      code={only.code}
                      bad={mark.outcome === 'bad'}
                    />
                  ) : (
                    <BarShape
                      x={x}
                      width={barWidth}
                      y={y}
                      mark={only}
                      usedTo={used}
                      outcome={mark.outcome}
                      hatches={hatches}
                    />
                  )}
                </g>
              )
            }),
          )}
          <g aria-hidden className="fill-quiet text-note tabular-nums">
            {ticks.map(({ at, label, isDay }) => {
              const x = scale(at)
              if (x < 20 || x > width - 20) return null
              return (
                <text
                  key={at}
                  x={x}
                  y={height - 9}
                  textAnchor="middle"
                  className={isDay ? 'fill-ink font-semibold' : ''}
                >
                  {label}
                </text>
              )
            })}
          </g>
        </svg>
        {told && (
          <Told
            x={(wide ? NAMES : 0) + Math.min(width, Math.max(0, told.x + told.width / 2))}
            y={middle(toldRow) + 20}
            fullWidth={fullWidth}
            direction={i18n.dir()}
            {...words(told)}
          />
        )}
      </div>
      <p role="status" className="sr-only">
        {said}
      </p>
      <p id={helpId} className="sr-only">
        {t('timeline.keys')}
      </p>
      <p aria-hidden className="mt-2 text-note text-quiet">
        {t('timeline.keysShort')}
      </p>
    </div>
  )
}

/** Beside the mark a person points at. What it says is the mark's own label as well. */
function Told({
  x,
  y,
  fullWidth,
  direction,
  title,
  when,
  more,
}: {
  readonly x: number
  readonly y: number
  readonly fullWidth: number
  readonly direction: string
  readonly title: string
  readonly when: string
  readonly more: string | null
}) {
  const width = Math.min(272, fullWidth)
  return (
    <div
      aria-hidden
      dir={direction}
      data-testid="told"
      className="pointer-events-none absolute z-20 rounded-control border border-line bg-surface px-3.5 py-2.5 text-note shadow-float"
      style={{ top: y, left: Math.max(0, Math.min(fullWidth - width, x - width / 2)), width }}
    >
      <p className="font-semibold">{title}</p>
      <p className="text-quiet tabular-nums">{when}</p>
      {more && <p className="text-quiet">{more}</p>}
    </div>
  )
}

const isFocusedAround = (plot: Element) => plot.parentElement === document.activeElement
