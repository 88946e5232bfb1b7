import { useTranslation } from 'react-i18next'

/** First in the tab order, seen while it has the focus: past the bar and the rail, to the page itself. */
export function SkipLink() {
  const { t } = useTranslation('common')
  const skip = () => {
    const heading = document.querySelector<HTMLElement>('main h1')
    heading?.focus()
    heading?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <button
      type="button"
      onClick={skip}
      className="sr-only focus:not-sr-only focus:absolute focus:start-3 focus:top-2 focus:z-50 focus:rounded-control focus:bg-accent focus:px-5 focus:py-2.5 focus:font-medium focus:text-on-accent"
    >
      {t('skip')}
    </button>
  )
}
