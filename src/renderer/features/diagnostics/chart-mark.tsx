import type { Shown } from './chart-view.ts'
import { BarShape, MomentShape } from './lane-look.tsx'
import { isMoment } from './lanes.ts'

/** Pixels. Nothing is smaller to the pointer than this. */
const LEAST_TARGET = 14
const TARGET_HEIGHT = 28
/** A bar that begins long before the window would be drawn far outside of it. */
const OUTSIDE = 8

interface ChartMarkProps {
  readonly id: string
  readonly mark: Shown
  /** The middle of its lane. */
  readonly y: number
  /** Of the chart. */
  readonly width: number
  /** Where its use ended, in pixels; null when it was used to its end. */
  readonly usedTo: number | null
  readonly isTold: boolean
  readonly label: string
  readonly hatches: string
  onPoint(): void
  onFocus(): void
}

/** One mark, or several that lie on each other, to be pointed at and gone to by keyboard. */
export function ChartMark({
  id,
  mark,
  y,
  width,
  usedTo,
  isTold,
  label,
  hatches,
  onPoint,
  onFocus,
}: ChartMarkProps) {
  const [only] = mark.marks
  const { outcome } = mark
  const from = Math.max(-OUTSIDE, mark.x)
  const length = Math.min(width + OUTSIDE, mark.x + mark.width) - from
  const middle = isMoment(only.kind) ? mark.x + mark.width / 2 : from + length / 2
  const target = Math.max(length, LEAST_TARGET)

  return (
    <g
      id={id}
      role="img"
      aria-label={label}
      tabIndex={-1}
      data-kind={only.kind}
      data-outcome={outcome}
      className="outline-none"
      onPointerEnter={onPoint}
      onFocus={onFocus}
    >
      <rect
        x={middle - target / 2}
        y={y - TARGET_HEIGHT / 2}
        width={target}
        height={TARGET_HEIGHT}
        rx={6}
        className={isTold ? 'fill-transparent stroke-ink stroke-2' : 'fill-transparent'}
      />
      {isMoment(only.kind) ? (
        <MomentShape x={middle} y={y} code={only.code} bad={outcome === 'bad'} />
      ) : (
        <BarShape
          x={from}
          width={length}
          y={y}
          mark={only}
          usedTo={usedTo}
          outcome={outcome}
          hatches={hatches}
        />
      )}
    </g>
  )
}
