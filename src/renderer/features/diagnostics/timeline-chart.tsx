import { scaleTime } from 'd3-scale'
import { Maximize2, ZoomIn, ZoomOut } from 'lucide-react'
import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { useWidth } from '../../ui/use-width.ts'
import { axisTicks } from './axis.ts'
import { ChartMark } from './chart-mark.tsx'
import { neighbour, shownMarks, type Direction, type Shown } from './chart-view.ts'
import { markInWords } from './event-words.ts'
import { Hatches } from './lane-look.tsx'
import { laneKinds, type LaneKind, type Lanes } from './lanes.ts'
import { MOST_ZOOM, partOf, type TimeView } from './time-view.ts'
import { useTimeView } from './use-time-view.ts'

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

/** Of the keys that lead from one mark to another. */
const ways: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'before',
  ArrowRight: 'after',
  ArrowUp: 'above',
  ArrowDown: 'below',
}

/** Pixels: a label of the axis that would be cut off is left out. */
const HALF_LETTER = 4.2

/** What happened when, in lanes. Time runs from left to right in every language. */
export function TimelineChart({ lanes, kinds, from, to }: TimelineChartProps) {
  const { t, i18n } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const hatches = useId()
  const helpId = useId()
  const [frame, fullWidth] = useWidth<HTMLDivElement>()
  const svg = useRef<SVGSVGElement>(null)
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

  const whole = { from, to }
  const timeWidth = Math.max(0, width - EDGE)
  const earliest = Math.min(...laneKinds.map((kind) => lanes[kind][0]?.from ?? Infinity))
  const { view, zoomBy, moveBy, showAll } = useTimeView({
    whole,
    earliest: earliest === Infinity ? null : earliest,
    plot: svg,
    width: timeWidth,
  })
  const part = partOf(view, whole)
  const scale = scaleTime([part.from, part.to], [0, timeWidth])
  const nowX = scale(to)
  const ticks = axisTicks(scale, width, i18n.language)
  const shown = rows.map((kind) => shownMarks(lanes[kind], (moment) => scale(moment), width))
  const told = shown.flat().find(({ id }) => id === (pointed ?? focused))
  const toldRow = told ? shown.findIndex((row) => row.includes(told)) : -1

  const say = (next: TimeView) => {
    const { from: first, to: last } = partOf(next, whole)
    setSaid(precise.range(first, last))
  }
  /** What is looked at stays where it is: a mark, or the present when it is in view, or else the middle. */
  const zoom = (factor: number) => {
    const x = told ? told.x + told.width / 2 : nowX <= width ? nowX : width / 2
    say(zoomBy(factor, Math.min(1, Math.max(0, x / timeWidth))))
  }
  const move = (step: number) => say(moveBy(step))

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const acts: Readonly<Record<string, () => void>> = {
      ...(focused === null && { ArrowLeft: () => move(0.2), ArrowRight: () => move(-0.2) }),
      '+': () => zoom(2),
      '=': () => zoom(2),
      '-': () => zoom(0.5),
      '−': () => zoom(0.5),
      '0': () => say(showAll()),
      Escape: () => {
        setPointed(null)
        if (focused !== null) frame.current?.focus()
      },
    }
    const way = ways[event.key]
    const act = acts[event.key] ?? (way && (() => focusMark(neighbour(shown, focused, way))))
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  const focusMark = (mark: Shown | undefined) => {
    if (!mark) return
    setPointed(null)
    document.getElementById(`${hatches}${mark.id}`)?.focus({ preventScroll: true })
  }

  const words = (mark: Shown) => {
    const [only, second] = mark.marks
    if (!second) return markInWords(only, t, precise)
    const end = mark.marks.at(-1) ?? only
    return {
      title: `${t(`kinds.${only.kind}`)}: ${new Intl.NumberFormat(i18n.language).format(mark.marks.length)}`,
      when: precise.range(only.from, end.to),
      more: null,
    }
  }
  const label = (mark: Shown) => {
    const { title, when, more } = words(mark)
    return [title, when, more].filter(Boolean).join(t('mark.comma'))
  }
  /** Where the use of an access token ended, or has come to: what is left of the one in use is still to come. */
  const usedTo = ({ marks: [only, second] }: Shown) => {
    const until = only.usedUntil ?? (only.outcome === 'open' ? to : null)
    return until === null || second ? null : scale(until)
  }

  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="text-note text-quiet tabular-nums">{precise.range(part.from, part.to)}</p>
        <div className="flex flex-wrap gap-1.5">
          <Button
            size="small"
            aria-label={t('timeline.zoomOut')}
            title={t('timeline.zoomOut')}
            disabled={view.zoom <= 1}
            onClick={() => zoom(0.5)}
            className="px-2.5!"
          >
            <ZoomOut aria-hidden className="size-4.5" />
          </Button>
          <Button
            size="small"
            aria-label={t('timeline.zoomIn')}
            title={t('timeline.zoomIn')}
            disabled={view.zoom >= MOST_ZOOM}
            onClick={() => zoom(2)}
            className="px-2.5!"
          >
            <ZoomIn aria-hidden className="size-4.5" />
          </Button>
          <Button size="small" disabled={view.zoom <= 1} onClick={() => say(showAll())}>
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
          from: precise.dateAndTime(part.from),
          to: precise.dateAndTime(part.to),
        })}
        aria-describedby={helpId}
        tabIndex={0}
        data-zoom={Math.round(view.zoom * 100) / 100}
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
            className="pointer-events-none absolute left-0 z-10 bg-surface pe-1 text-note font-medium text-quiet"
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
            marks.map((mark) => (
              <ChartMark
                key={mark.id}
                id={`${hatches}${mark.id}`}
                mark={mark}
                y={middle(row)}
                width={width}
                usedTo={usedTo(mark)}
                isTold={mark === told}
                label={label(mark)}
                hatches={hatches}
                onPoint={() => setPointed(mark.id)}
                onFocus={() => setFocused(mark.id)}
              />
            )),
          )}
          <g aria-hidden className="fill-quiet text-note tabular-nums">
            {ticks.map(({ at, label, isDay }) => {
              const x = scale(at)
              const half = label.length * HALF_LETTER
              if (x < half || x > width - half) return null
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
