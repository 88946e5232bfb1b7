import { ChartNoAxesGantt, Table2 } from 'lucide-react'
import { useId, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useNow } from '../../ui/time.ts'
import { DAY, type DiagnosticsStore } from './diagnostics-store.ts'
import { Hatches, Swatch } from './lane-look.tsx'
import { laneKinds, lanesOf, type LaneKind } from './lanes.ts'
import { TimelineChart } from './timeline-chart.tsx'
import { TimelineTable } from './timeline-table.tsx'

/** The chart moves on this often. */
const STEP = 10_000

export function TimelineSection({ store }: { store: DiagnosticsStore }) {
  const { t, i18n } = useTranslation('diagnostics')
  const failureWords = useFailureWords()
  const titleId = useId()
  const hatches = useId()
  const { entries, status, failure, complete } = useStore(store)
  const [kinds, setKinds] = useState<ReadonlySet<LaneKind>>(new Set(laneKinds))
  const [asTable, setAsTable] = useState(false)
  // Up to the next step, so that what happens before it is inside.
  const to = useNow(STEP) + STEP
  const from = to - DAY
  const lanes = useMemo(() => lanesOf(entries, from, to - STEP), [entries, from, to])
  const counts = new Intl.NumberFormat(i18n.language)

  const toggle = (kind: LaneKind) => {
    const next = new Set(kinds)
    if (!next.delete(kind)) next.add(kind)
    setKinds(next)
  }

  return (
    <section
      aria-labelledby={titleId}
      className="mt-8 rounded-card border border-line bg-surface p-4 shadow-lift sm:p-6"
    >
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 id={titleId} className="text-lead font-semibold">
          {t('timeline.title')}
        </h2>
        <div
          role="group"
          aria-label={t('timeline.view')}
          className="flex flex-wrap rounded-control bg-sunken p-1"
        >
          {([false, true] as const).map((table) => (
            <button
              key={String(table)}
              type="button"
              aria-pressed={asTable === table}
              onClick={() => setAsTable(table)}
              className="flex min-h-9 grow cursor-pointer items-center justify-center gap-2 rounded-small px-3 text-note font-medium text-quiet aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-lift"
            >
              {table ? (
                <Table2 aria-hidden className="size-4.5" />
              ) : (
                <ChartNoAxesGantt aria-hidden className="size-4.5" />
              )}
              {t(table ? 'timeline.table' : 'timeline.chart')}
            </button>
          ))}
        </div>
      </div>
      {/* The legend and the filter are one. */}
      <svg aria-hidden width="0" height="0" className="absolute">
        <Hatches id={hatches} />
      </svg>
      <ul aria-label={t('timeline.filter')} className="mt-4 flex flex-wrap gap-2">
        {laneKinds.map((kind) => (
          <li key={kind}>
            <button
              type="button"
              aria-pressed={kinds.has(kind)}
              onClick={() => toggle(kind)}
              className="flex min-h-9 max-w-full cursor-pointer items-center gap-1.5 rounded-full border border-edge ps-2 pe-3 text-note font-medium transition-colors not-aria-pressed:border-line not-aria-pressed:text-quiet hover:bg-sunken"
            >
              <span className={kinds.has(kind) ? '' : 'opacity-35'}>
                <Swatch kind={kind} hatches={hatches} />
              </span>
              <span className={kinds.has(kind) ? '' : 'line-through'}>{t(`kinds.${kind}`)}</span>
              <span className="text-quiet tabular-nums">{counts.format(lanes[kind].length)}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className="mt-5 min-h-80">
        {status === 'failed' && failure ? (
          <div className="flex flex-col items-start gap-4">
            <Alert message={failureWords(failure)} />
            <Button onClick={() => void store.load()}>{t('again')}</Button>
          </div>
        ) : status === 'loading' ? (
          <div role="status" className="h-80 rounded-control bg-sunken">
            <span className="sr-only">{t('timeline.loading')}</span>
          </div>
        ) : kinds.size === 0 ? (
          <p className="py-6 text-quiet">{t('timeline.nothingChosen')}</p>
        ) : [...kinds].every((kind) => lanes[kind].length === 0) ? (
          <p className="py-6 text-quiet">{t('timeline.none')}</p>
        ) : asTable ? (
          <TimelineTable lanes={lanes} kinds={kinds} />
        ) : (
          <TimelineChart lanes={lanes} kinds={kinds} from={from} to={to} />
        )}
        {!complete && <p className="mt-3 text-note text-quiet">{t('timeline.incomplete')}</p>}
      </div>
    </section>
  )
}
