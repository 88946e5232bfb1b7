import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { SessionSort } from '../../../contract/live-sessions.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { Select, type SelectProps } from '../../ui/select.tsx'
import { isFiltered, noFilters, periods, type Filters } from './session-filters.ts'

export function SessionSearch() {
  const { t } = useTranslation('sessions')
  const { sessions: store } = useStores()
  const typed = useStore(store, (state) => state.typed)
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
    <SearchBox
      ref={input}
      label={t('search.label')}
      placeholder={t('search.placeholder')}
      value={typed}
      onSearch={store.getState().type}
      className="w-full sm:w-72"
    />
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
      <Filter
        aria-label={t('filter.whose')}
        value={search.whose}
        marked={search.whose !== noFilters.whose}
        onChoose={(whose) => filter({ whose })}
        options={[
          { value: 'everybody', words: t('filter.everybody') },
          { value: 'mine', words: t('filter.mine') },
        ]}
      />
      <Filter
        aria-label={t('filter.course')}
        value={search.course}
        marked={search.course !== ''}
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
        <Filter
          aria-label={t('filter.period')}
          value={search.period}
          marked={search.period !== noFilters.period}
          onChoose={(period) => filter({ period })}
          options={periods.map((value) => ({ value, words: t(`filter.${value}`) }))}
        />
      )}
      <Filter
        aria-label={t('filter.sort')}
        value={search.sort}
        marked={search.sort !== noFilters.sort}
        onChoose={(sort) => filter({ sort })}
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

function Filter<T extends string>(select: SelectProps<T>) {
  return (
    <Select
      {...select}
      className="max-w-full grow basis-36 text-note font-medium sm:max-w-64 sm:grow-0 sm:basis-auto"
    />
  )
}
