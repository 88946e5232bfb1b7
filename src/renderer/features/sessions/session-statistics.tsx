import { CalendarClock, Clock, Radio, Star, Users, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { Account } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { isStaff } from './host.ts'

const HOUR = 3600

/** What is going on at the school, and how one's own sessions went. It has its place before its numbers are there. */
export function SessionStatistics({ account }: { account: Account }) {
  const { t, i18n } = useTranslation('sessions')
  const statistics = useStore(useStores().sessions, (state) => state.statistics)
  const number = (value: number, options?: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(i18n.language, options).format(value)
  const hours = (seconds: number) =>
    t('statistics.hours', { hours: number(seconds / HOUR, { maximumFractionDigits: 1 }) })
  const stars = { minimumFractionDigits: 1, maximumFractionDigits: 1 }

  const figures: { label: string; Icon: LucideIcon; value: string | null; note?: ReactNode }[] = [
    { label: t('statistics.live'), Icon: Radio, value: statistics && number(statistics.liveNow) },
    { label: t('statistics.people'), Icon: Users, value: statistics && number(statistics.peopleNow) },
    {
      label: t('statistics.planned'),
      Icon: CalendarClock,
      value: statistics && number(statistics.plannedInWeek),
    },
  ]
  if (isStaff(account)) {
    const mean = statistics?.meanRating ?? null
    figures.push(
      { label: t('statistics.taught'), Icon: Clock, value: statistics && hours(statistics.taughtSeconds) },
      {
        label: t('statistics.rating'),
        Icon: Star,
        value: mean === null ? null : number(mean, stars),
        ...(statistics && { note: <Ratings count={statistics.ratings} /> }),
      },
    )
  }

  return (
    <section aria-label={t('statistics.label')}>
      <dl className="mt-6 flex flex-wrap gap-px overflow-clip rounded-card border border-line bg-line shadow-lift">
        {figures.map(({ label, Icon, value, note }) => (
          <div
            key={label}
            className="flex grow basis-25 flex-col-reverse justify-end bg-surface px-3.5 py-2.5 sm:basis-24 sm:py-4 lg:px-5"
          >
            <dt className="text-note text-quiet">{label}</dt>
            <dd className="flex items-center gap-x-2">
              <Icon aria-hidden className="size-5 shrink-0 text-accent max-lg:hidden" />
              <span className="text-lead font-semibold whitespace-nowrap tabular-nums sm:text-title">
                {value ?? <Unknown words={statistics ? null : t('statistics.unknown')} />}
              </span>
              {note}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Of how many the mean is. */
function Ratings({ count }: { count: number }) {
  const { t, i18n } = useTranslation('sessions')
  return (
    <span className="text-note text-quiet">
      {count > 0 && <span aria-hidden>{`(${new Intl.NumberFormat(i18n.language).format(count)})`}</span>}
      <span className="sr-only">{t('statistics.ratings', { count })}</span>
    </span>
  )
}

function Unknown({ words }: { words: string | null }) {
  return (
    <>
      <span aria-hidden className="text-quiet">
        –
      </span>
      {words && <span className="sr-only">{words}</span>}
    </>
  )
}
