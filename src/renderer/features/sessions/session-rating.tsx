import { Star } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ListedSession } from '../../../contract/live-sessions.ts'
import { useStores } from '../../stores.tsx'

const all = [1, 2, 3, 4, 5]

/** One press rates, another one changes it. What was pressed shows at once, and is taken back when it was refused. */
export function SessionRating({ session }: { session: Pick<ListedSession, 'id' | 'title' | 'ownStars'> }) {
  const { t } = useTranslation('sessions')
  const { sessions, notices } = useStores()
  /** Here, since it was opened; it counts before the list says the same. */
  const [given, setGiven] = useState<number | null>(null)
  const [saved, setSaved] = useState('')
  const stars = given ?? session.ownStars ?? 0

  const rate = async (count: number) => {
    if (count === stars) return
    setGiven(count)
    const answer = await sessions.getState().rate(session.id, count)
    if (answer.ok) return setSaved(t('rate.saved', { count }))
    setGiven((now) => (now === count ? given : now))
    notices.getState().show(answer.failure)
  }

  return (
    <div
      role="group"
      aria-label={t('rate.label', { title: session.title })}
      className="flex flex-wrap items-center gap-x-3"
    >
      <span className="text-note text-quiet">{t(stars > 0 ? 'rate.thanks' : 'rate.ask')}</span>
      <span className="-mx-1.5 flex">
        {all.map((count) => (
          <button
            key={count}
            type="button"
            aria-label={t('rate.stars', { count })}
            aria-pressed={count === stars}
            onClick={() => void rate(count)}
            className="grid size-10 cursor-pointer place-items-center rounded-control text-warn transition-colors hover:bg-sunken"
          >
            <Star
              aria-hidden
              className={`size-6 ${count <= stars ? 'fill-current' : 'fill-transparent text-edge'}`}
            />
          </button>
        ))}
      </span>
      <span role="status" className="sr-only">
        {saved}
      </span>
    </div>
  )
}
