import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { markInWords } from './event-words.ts'
import type { LaneKind, Lanes } from './lanes.ts'

const PAGE = 100

/** What the chart shows, for who would rather read it. Newest first. */
export function TimelineTable({ lanes, kinds }: { lanes: Lanes; kinds: ReadonlySet<LaneKind> }) {
  const { t } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const [most, setMost] = useState(PAGE)
  const marks = [...kinds].flatMap((kind) => lanes[kind]).toSorted((a, b) => b.from - a.from)

  return (
    <>
      {/* A table of this width scrolls by itself in a narrow window; the page does not. */}
      <div
        className="relative max-h-96 overflow-auto rounded-control border border-line"
        role="group"
        aria-label={t('timeline.title')}
        tabIndex={0}
      >
        <table className="w-full border-collapse text-start text-note">
          <thead className="sticky top-0 bg-sunken">
            <tr>
              {(['kind', 'when', 'details'] as const).map((column) => (
                <th key={column} scope="col" className="px-3 py-2 text-start font-semibold whitespace-nowrap">
                  {t(`timeline.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {marks.slice(0, most).map((mark) => {
              const { title, when, more } = markInWords(mark, t, precise)
              return (
                <tr
                  key={`${mark.kind} ${mark.code} ${mark.from} ${mark.to}`}
                  className="border-t border-line"
                >
                  <td className={`px-3 py-2 ${mark.outcome === 'bad' ? 'font-semibold text-alarm' : ''}`}>
                    {title}
                  </td>
                  <td className="px-3 py-2 whitespace-nowrap tabular-nums">{when}</td>
                  <td className="px-3 py-2 text-quiet">{more}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {marks.length > most && (
        <Button size="small" className="mt-3" onClick={() => setMost(most + PAGE)}>
          {t('timeline.more')}
        </Button>
      )}
    </>
  )
}
