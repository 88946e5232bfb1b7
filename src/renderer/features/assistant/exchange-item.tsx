import { Check, Copy } from 'lucide-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/clipboard.ts'
import { useFailureWords } from '../../ui/failure-words.ts'
import { AnswerText } from './answer-text.tsx'
import type { Exchange } from './conversations-store.ts'

interface ExchangeItemProps {
  readonly exchange: Exchange
  readonly reachable: boolean
  /** Whether another answer comes just now. */
  readonly busy: boolean
  readonly onGoOn: (id: string) => void
}

/** A question and its answer. */
export const ExchangeItem = memo(function ExchangeItem({
  exchange,
  reachable,
  busy,
  onGoOn,
}: ExchangeItemProps) {
  const { t } = useTranslation('assistant')
  const failureWords = useFailureWords()
  const { id, question, answer, status, failure } = exchange
  const open = status === 'asking' || status === 'answering'
  const interrupted = status === 'stopped' || status === 'cut'

  return (
    <li className="flex flex-col gap-3">
      <div className="max-w-[85%] self-end rounded-card rounded-ee-small bg-accent-wash px-4 py-2.5">
        <span className="sr-only">{t('youAsked')} </span>
        <p dir="auto" className="wrap-anywhere whitespace-pre-wrap">
          {question}
        </p>
      </div>
      <div aria-busy={open} className="flex flex-col items-start gap-2.5">
        {answer !== '' && <AnswerText text={answer} />}
        {open && (!reachable || answer === '') && (
          <p className="text-note text-quiet">{reachable ? t('answering') : t('goesOnByItself')}</p>
        )}
        {interrupted && (
          <p className={`text-note ${status === 'cut' ? 'text-alarm' : 'text-quiet'}`}>
            {failure ? failureWords(failure) : t('stoppedHere')}
          </p>
        )}
        {!open && (
          <div className="-ms-2 flex flex-wrap items-center gap-1">
            {interrupted && (
              <Button
                size="small"
                className="ms-2 me-1"
                disabled={busy || !reachable}
                onClick={() => onGoOn(id)}
              >
                {t('goOn')}
              </Button>
            )}
            {answer !== '' && <CopyButton text={answer} />}
          </div>
        )}
      </div>
    </li>
  )
})

/** Says for a moment that it is done; the button stays where it is. */
function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation('assistant')
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null)
  const Icon = outcome === 'copied' ? Check : Copy
  return (
    <>
      <Button
        look="quiet"
        size="small"
        className="px-2 text-quiet"
        onClick={() => setOutcome(copyText(text) ? 'copied' : 'refused')}
        onBlur={() => setOutcome(null)}
      >
        <Icon aria-hidden className="size-4.5" />
        {outcome === 'copied' ? t('copied') : t('copy')}
      </Button>
      <span role="status" className={outcome === 'refused' ? 'text-note text-quiet' : 'sr-only'}>
        {outcome === 'copied' && t('copied')}
        {outcome === 'refused' && t('notCopied')}
      </span>
    </>
  )
}
