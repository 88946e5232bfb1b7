/** How each kind of mark looks: by its shape, and by its colour only besides. */
import type { ReactNode } from 'react'
import { MOMENT } from './chart-view.ts'
import { isMoment, type LaneKind, type Mark, type MarkCode } from './lanes.ts'

const BAR = 16
const RADIUS = 5

interface BarProps {
  readonly x: number
  readonly width: number
  /** The middle of the lane. */
  readonly y: number
  readonly mark: Mark
  /** Where its use ended, in pixels; null when it was used to its end. */
  readonly usedTo: number | null
  readonly outcome: Mark['outcome']
}

/** Hatches, defined once in the chart. */
export function Hatches({ id }: { id: string }) {
  return (
    <defs>
      <pattern
        id={`${id}-outage`}
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="6" height="6" className="fill-alarm-wash" />
        <rect width="2.5" height="6" className="fill-alarm" />
      </pattern>
    </defs>
  )
}

function Bar({
  x,
  width,
  y,
  className,
  fill,
}: {
  x: number
  width: number
  y: number
  className: string
  fill?: string
}) {
  return (
    <rect
      x={x}
      y={y - BAR / 2}
      width={width}
      height={BAR}
      rx={Math.min(RADIUS, width / 2)}
      className={className}
      {...(fill === undefined ? {} : { fill })}
    />
  )
}

export function BarShape({ hatches, ...bar }: BarProps & { hatches: string }): ReactNode {
  const { x, width, y, mark, usedTo, outcome } = bar
  switch (mark.kind) {
    case 'access': {
      const used = usedTo === null ? width : Math.max(0, Math.min(width, usedTo - x))
      return (
        <>
          <Bar x={x} width={width} y={y} className="fill-accent-wash stroke-accent/40" />
          {used > 0 && <Bar x={x} width={Math.max(1, used - 1)} y={y} className="fill-accent" />}
        </>
      )
    }
    case 'outage':
      return <Bar x={x} width={width} y={y} className="stroke-alarm" fill={`url(#${hatches}-outage)`} />
    case 'recovery':
      return (
        <Bar
          x={x}
          width={width}
          y={y}
          className={outcome === 'bad' ? 'fill-warn-wash stroke-warn [stroke-dasharray:3_2]' : 'fill-warn'}
        />
      )
    default:
      return (
        <Bar
          x={x}
          width={width}
          y={y}
          className={
            mark.code === 'not-running' ? 'fill-sunken stroke-edge [stroke-dasharray:4_3]' : 'fill-quiet/60'
          }
        />
      )
  }
}

/** A full circle went well; a diamond did not; a ring is where somebody left on purpose. */
export function MomentShape({ x, y, code, bad }: { x: number; y: number; code: MarkCode; bad: boolean }) {
  const r = MOMENT / 2
  if (bad) {
    const d = r + 1
    return (
      <path
        d={`M${x} ${y - d}L${x + d} ${y}L${x} ${y + d}L${x - d} ${y}Z`}
        className="fill-alarm stroke-surface"
      />
    )
  }
  if (code === 'signed-out')
    return <circle cx={x} cy={y} r={r - 1} className="fill-surface stroke-accent stroke-2" />
  return <circle cx={x} cy={y} r={r} className="fill-accent stroke-surface" />
}

const samples: Readonly<Record<LaneKind, Mark['code']>> = {
  access: 'token',
  refresh: 'renewed',
  sleep: 'asleep',
  outage: 'outage',
  recovery: 'recovered',
  'sign-in': 'signed-in',
}

/** The shape of a kind beside its name. */
export function Swatch({ kind, hatches }: { kind: LaneKind; hatches: string }) {
  const code = samples[kind]
  const mark: Mark = { kind, code, from: 0, to: 0, outcome: 'good', why: null, tookMs: null, usedUntil: null }
  return (
    <svg aria-hidden width="22" height="18" className="shrink-0">
      {isMoment(kind) ? (
        <MomentShape x={11} y={9} code={code} bad={false} />
      ) : (
        <BarShape
          x={1}
          width={20}
          y={9}
          mark={mark}
          usedTo={kind === 'access' ? 15 : null}
          outcome="good"
          hatches={hatches}
        />
      )}
    </svg>
  )
}
