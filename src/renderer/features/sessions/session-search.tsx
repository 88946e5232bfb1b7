import { ChevronDown, Search } from 'lucide-react'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { SessionSort } from '../../../contract/live-sessions.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { isFiltered, noFilters, periods, type Filters } from './session-filters.ts'

export function SearchBox() {
  const { t } = useTranslation('sessions')
  const { sessions: store } = useStores()
  const typed = useStore(store, (state) => state.typed)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)

  // Only a part of the list is on the page, so a search through the page would miss the rest of it.
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey) return
      if (document.querySelector('[role=dialog], [role=alertdialog]')) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener('keydown', find)
    return () => document.removeEventListener('keydown', find)
  }, [])

  return (
    <div className="relative w-full sm:w-72">
      <label htmlFor={id} className="sr-only">
        {t('search.label')}
      </label>
      <Search
        aria-hidden
        className="pointer-events-none absolute start-3.5 top-1/2 size-5 -translate-y-1/2 text-quiet"
      />
      <input
        ref={input}
        id={id}
        type="search"
        value={typed}
        maxLength={100}
        placeholder={t('search.placeholder')}
        onChange={(event) => store.getState().type(event.target.value)}
        className="min-h-11 w-full rounded-control border border-edge bg-surface ps-11 pe-3 text-ellipsis"
      />
    </div>
  )
}

export function SessionFilters() {
  const { t } = useTranslation('sessions')
  const { sessions: store } = useStores()
  const search = useStore(store, (state) => state.search)
  const courses = useStore(store, (state) => state.courses)
  const filter = (change: Partial<Filters>) => store.getState().filter(change)
  const listed = courses.some(({ course }) => course === search.course)

  return (
    <div className="mt-4 flex flex-wrap items-center gap-2.5">
      <Choice
        label={t('filter.whose')}
        value={search.whose}
        chosen={search.whose !== noFilters.whose}
        onChoose={(whose) => filter({ whose: whose as Filters['whose'] })}
        options={[
          { value: 'everybody', words: t('filter.everybody') },
          { value: 'mine', words: t('filter.mine') },
        ]}
      />
      <Choice
        label={t('filter.course')}
        value={search.course}
        chosen={search.course !== ''}
        onChoose={(course) => filter({ course })}
        options={[
          { value: '', words: t('filter.every-course') },
          // What is chosen stays to be seen, also when the last session of the course is gone.
          ...(search.course && !listed ? [{ value: search.course, words: search.course }] : []),
          ...courses.map(({ course, sessions }) => ({
            value: course,
            words: t('filter.course-count', { course, count: sessions }),
          })),
        ]}
      />
      {search.tab === 'all' && (
        <Choice
          label={t('filter.period')}
          value={search.period}
          chosen={search.period !== noFilters.period}
          onChoose={(period) => filter({ period: period as Filters['period'] })}
          options={periods.map((value) => ({ value, words: t(`filter.${value}`) }))}
        />
      )}
      <Choice
        label={t('filter.sort')}
        value={search.sort}
        chosen={search.sort !== noFilters.sort}
        onChoose={(sort) => filter({ sort: sort as SessionSort })}
        options={SessionSort.options.map((value) => ({
          value,
          words: t(value === 'title' ? 'filter.by-title' : `filter.${value}`),
        }))}
      />
      {isFiltered(search) && (
        <Button
          look="quiet"
          size="small"
          className="text-quiet"
          onClick={() => filter({ ...noFilters, sort: search.sort })}
        >
          {t('filter.clear')}
        </Button>
      )}
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  /** Whether it is other than it is at first. */
  readonly chosen: boolean
  readonly options: readonly { readonly value: string; readonly words: string }[]
  onChoose(value: string): void
}

/** The system's own list: it is worked by keyboard and read out as people know it. */
function Choice({ label, value, chosen, options, onChoose }: ChoiceProps) {
  return (
    <span className="relative inline-flex max-w-full min-w-0 grow basis-36 sm:grow-0 sm:basis-auto">
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className={`min-h-11 w-full min-w-0 cursor-pointer appearance-none truncate rounded-control border py-1.5 ps-3.5 pe-9 text-note font-medium transition-colors sm:max-w-64 ${chosen ? 'border-accent bg-accent-wash text-accent' : 'border-line bg-surface text-ink hover:border-edge'}`}
      >
        {options.map(({ value, words }) => (
          <option key={value} value={value} className="bg-surface text-ink">
            {words}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute end-3 top-1/2 size-4.5 -translate-y-1/2 text-quiet"
      />
    </span>
  )
}
