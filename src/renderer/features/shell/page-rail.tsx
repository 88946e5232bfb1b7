import { Activity, CalendarDays, FolderOpen, ListChecks, Settings } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { runningCount } from '../jobs/jobs-store.ts'

const pages = [
  { name: 'sessions', Icon: CalendarDays },
  { name: 'library', Icon: FolderOpen },
  { name: 'jobs', Icon: ListChecks },
  { name: 'diagnostics', Icon: Activity },
  { name: 'settings', Icon: Settings },
] as const

/**
 * The pages of the main window: beside the page where there is room, below it where there is not. Whether their names
 * fit below it goes by the width in letters: a large text makes a window narrow.
 */
export function PageRail() {
  const { window, goTo } = useStores()
  const { t } = useTranslation('common')
  const shown = useStore(window, ({ page }) => page.name)
  const current = shown === 'room' ? 'sessions' : shown

  return (
    <nav
      aria-label={t('pages.label')}
      className="order-last shrink-0 border-t border-line bg-canvas max-sm:@container sm:order-none sm:border-e sm:border-t-0"
    >
      <div className="flex justify-around p-1 sm:flex-col sm:justify-start sm:gap-1 sm:px-2 sm:py-3">
        {pages.map(({ name, Icon }) => (
          <button
            key={name}
            type="button"
            aria-current={name === current ? 'page' : undefined}
            onClick={({ currentTarget }) => {
              // The title of the page that comes takes the focus, so that a screen reader starts there.
              if (name !== shown) currentTarget.blur()
              goTo({ name })
            }}
            className="flex min-h-11 min-w-0 grow cursor-pointer flex-col items-center justify-center gap-0.5 rounded-control px-1.5 py-1.5 text-note font-medium text-quiet transition-colors hover:bg-sunken hover:text-ink aria-[current]:bg-accent-wash aria-[current]:text-accent sm:w-26 sm:grow-0"
          >
            <span className="relative">
              <Icon aria-hidden className="size-5.5" />
              {name === 'jobs' && <RunningJobs />}
            </span>
            <span className="max-w-full sm:text-center @max-[28rem]:sr-only">{t(`pages.${name}`)}</span>
          </button>
        ))}
      </div>
    </nav>
  )
}

/** How many jobs are under way: a glance is enough, and the page says more. */
function RunningJobs() {
  const { jobs } = useStores()
  const { t, i18n } = useTranslation('jobs')
  const count = useStore(jobs, runningCount)
  if (count === 0) return null
  return (
    <span
      title={t('running', { count })}
      className="absolute start-4.5 -top-1.5 min-w-4.5 rounded-full bg-accent px-1 text-center text-note leading-4.5 font-semibold text-on-accent tabular-nums"
    >
      <span aria-hidden>{new Intl.NumberFormat(i18n.language).format(count)}</span>
      <span className="sr-only">{t('running', { count })}</span>
    </span>
  )
}
