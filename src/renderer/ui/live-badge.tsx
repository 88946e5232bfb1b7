import { useTranslation } from 'react-i18next'

export function LiveBadge() {
  const { t } = useTranslation('common')
  return (
    <span className="inline-flex items-center gap-1.5 rounded-full bg-accent-wash px-2.5 py-0.5 text-note font-semibold text-accent">
      <span aria-hidden className="size-2 rounded-full bg-accent" />
      {t('live')}
    </span>
  )
}
