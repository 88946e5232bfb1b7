import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { partsOf } from './links.ts'

/** What somebody wrote; its https links open in the person's own browser. */
export function MessageText({ text }: { text: string }) {
  const { t } = useTranslation('room')
  return partsOf(text).map(({ text: part, href }, index) =>
    href === null ? (
      <Fragment key={index}>{part}</Fragment>
    ) : (
      <a
        key={index}
        href={href}
        target="_blank"
        rel="noreferrer"
        title={t('chat.opensOutside')}
        className="text-accent underline underline-offset-3 hover:text-accent-deep"
      >
        {part}
      </a>
    ),
  )
}
