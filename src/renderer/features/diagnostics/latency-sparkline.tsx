import { scaleLinear } from 'd3-scale'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { usePreciseWords } from '../../ui/precise-time.ts'
import type { DiagnosticsStore } from './diagnostics-store.ts'

const WIDTH = 300
const HEIGHT = 72
const PAD = 5

/** The middle one of those that were seen. */
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

export function LatencySparkline({ store }: { store: DiagnosticsStore }) {
  const { t } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const titleId = useId()
  const latencies = useStore(store, ({ facts }) => facts?.latencies) ?? []
  const values = latencies.map(({ ms }) => ms)
  const slowest = Math.max(0, ...values)
  const typical = median(values)
  const last = values.at(-1)

  // From zero, so that a wobble of some milliseconds looks like one.
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [PAD, WIDTH - PAD])
  const y = scaleLinear([0, Math.max(50, slowest)], [HEIGHT - PAD, PAD])
  const line = values.map((ms, n) => `${x(n)},${y(ms)}`).join(' ')

  return (
    <section
      aria-labelledby={titleId}
      className="mt-6 rounded-card border border-line bg-surface p-4 shadow-lift sm:p-6"
    >
      <h2 id={titleId} className="text-lead font-semibold">
        {t('latency.title')}
      </h2>
      <p className="mt-1 text-note text-quiet">
        {last === undefined
          ? t('latency.none')
          : values.length === 1
            ? t('latency.only', { length: precise.work(last) })
            : t('latency.summary', {
                typical: precise.work(typical),
                slowest: precise.work(slowest),
                count: values.length,
              })}
      </p>
      {last !== undefined && values.length > 1 && (
        <div dir="ltr" className="mt-4 flex items-center gap-4">
          <svg
            aria-hidden
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="h-18 min-w-0 grow overflow-visible"
          >
            <line
              x1={0}
              x2={WIDTH}
              y1={y(typical)}
              y2={y(typical)}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
            <polygon
              points={`${PAD},${HEIGHT} ${line} ${x(values.length - 1)},${HEIGHT}`}
              className="fill-accent-wash"
            />
            <polyline
              points={line}
              fill="none"
              strokeWidth="2"
              strokeLinejoin="round"
              strokeLinecap="round"
              vectorEffect="non-scaling-stroke"
              className="stroke-accent"
            />
          </svg>
          <p className="shrink-0 text-lead font-semibold tabular-nums">
            <bdi>{precise.work(last)}</bdi>
          </p>
        </div>
      )}
    </section>
  )
}
