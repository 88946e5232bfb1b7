import { useVirtualizer } from '@tanstack/react-virtual'
import { Pause, Play } from 'lucide-react'
import { useId, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { TimelineEntry } from '../../../contract/diagnostics.ts'
import { Button } from '../../ui/button.tsx'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { SearchBox } from '../../ui/search-box.tsx'
import { Select } from '../../ui/select.tsx'
import type { DiagnosticsStore } from './diagnostics-store.ts'
import { eventGroups, eventInWords, isOfGroup, isProblem, rawEvent, type EventGroup } from './event-words.ts'

/** Pixels; a row that wraps in a narrow window is measured. */
const ROW = 60

export function EventList({ store }: { store: DiagnosticsStore }) {
  const { t, i18n } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const titleId = useId()
  const live = useStore(store, ({ entries }) => entries)
  const [held, setHeld] = useState<readonly TimelineEntry[] | null>(null)
  const [group, setGroup] = useState<EventGroup>('all')
  const [search, setSearch] = useState('')
  const box = useRef<HTMLDivElement>(null)

  const entries = held ?? live
  const fitting = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return entries
      .filter((entry) => isOfGroup(entry, group))
      .filter(
        (entry) =>
          wanted === '' ||
          rawEvent(entry).toLowerCase().includes(wanted) ||
          eventInWords(entry, t, precise).toLowerCase().includes(wanted),
      )
      .toReversed()
  }, [entries, group, search, t, precise])
  const last = held?.at(-1)
  const waiting = held && last ? live.length - 1 - live.lastIndexOf(last) : 0

  // eslint-disable-next-line react-hooks/incompatible-library -- The compiler it speaks of is not used here.
  const rows = useVirtualizer({
    count: fitting.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
  })
  const counts = new Intl.NumberFormat(i18n.language)

  return (
    <section
      aria-labelledby={titleId}
      className="mt-6 rounded-card border border-line bg-surface p-4 shadow-lift sm:p-6"
    >
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h2 id={titleId} className="text-lead font-semibold">
            {t('events.title')}
          </h2>
          <p className="text-note text-quiet">
            {waiting > 0 ? t('events.waiting', { count: waiting }) : t('events.live')}
          </p>
        </div>
        <Button size="small" aria-pressed={held !== null} onClick={() => setHeld(held ? null : live)}>
          {held ? <Play aria-hidden className="size-4" /> : <Pause aria-hidden className="size-4" />}
          {t(held ? 'events.resume' : 'events.pause')}
        </Button>
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        <SearchBox
          label={t('events.search')}
          placeholder={t('events.search')}
          value={search}
          onSearch={setSearch}
          className="grow basis-40 text-note"
        />
        <Select<EventGroup>
          aria-label={t('events.group')}
          value={group}
          marked={group !== 'all'}
          onChoose={setGroup}
          options={eventGroups.map((value) => ({ value, words: t(`groups.${value}`) }))}
          className="max-w-full text-note"
        />
        <p className="text-note text-quiet tabular-nums">
          {t('events.count', { shown: counts.format(fitting.length), all: counts.format(entries.length) })}
        </p>
      </div>
      {fitting.length === 0 ? (
        <p className="mt-4 py-6 text-quiet">{t('events.none')}</p>
      ) : (
        <div
          ref={box}
          role="group"
          aria-label={t('events.live')}
          tabIndex={0}
          className="mt-4 max-h-96 overflow-y-auto rounded-control border border-line"
        >
          <ul className="relative" style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map(({ index, start, key }) => {
              const entry = fitting[index]
              if (!entry) return null
              return (
                <li
                  key={key}
                  ref={rows.measureElement}
                  data-index={index}
                  aria-posinset={index + 1}
                  aria-setsize={fitting.length}
                  className="absolute inset-x-0 top-0 flex flex-wrap gap-x-4 border-b border-line px-3.5 py-2"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <time
                    dateTime={new Date(entry.wall).toISOString()}
                    className="w-40 shrink-0 text-note text-quiet tabular-nums"
                  >
                    {precise.dateAndTime(entry.wall)}
                  </time>
                  <div className="min-w-[min(12rem,100%)] grow basis-0">
                    <p
                      className={`text-note ${isProblem(entry) ? 'font-semibold text-warn' : 'font-medium'}`}
                    >
                      {eventInWords(entry, t, precise)}
                    </p>
                    <p className="font-mono text-[0.8125rem] break-words text-quiet">
                      <bdi dir="ltr">{rawEvent(entry)}</bdi>
                    </p>
                  </div>
                </li>
              )
            })}
          </ul>
        </div>
      )}
    </section>
  )
}
