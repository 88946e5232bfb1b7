import { Hand } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** How many hands are up, at a glance. */
export function HandsCount({ count }: { count: number }) {
  const { t } = useTranslation('room')
  return (
    <span className="inline-flex items-center gap-0.5 rounded-full bg-warn-wash px-1.5 text-note font-semibold text-warn tabular-nums">
      <Hand aria-hidden className="size-4" />
      <span aria-hidden>{count}</span>
      <span className="sr-only">{t('tabs.hands', { count })}</span>
    </span>
  )
}
