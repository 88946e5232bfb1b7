import { CircleAlert, CircleCheck, CircleHelp, CircleX, Copy } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { HealthCheck } from '../../../contract/diagnostics.ts'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/clipboard.ts'
import { useFailureWords } from '../../ui/failure-words.ts'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { checkInWords, checksAsText } from './check-words.ts'
import type { DiagnosticsStore } from './diagnostics-store.ts'

const looks = {
  good: { Icon: CircleCheck, colour: 'text-accent' },
  warning: { Icon: CircleAlert, colour: 'text-warn' },
  bad: { Icon: CircleX, colour: 'text-alarm' },
  unknown: { Icon: CircleHelp, colour: 'text-quiet' },
} as const

export function HealthChecks({ store }: { store: DiagnosticsStore }) {
  const { t } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const failureWords = useFailureWords()
  const titleId = useId()
  const { checks, checking, checkFailure } = useStore(store)
  /** The checks that are on the clipboard. */
  const [copied, setCopied] = useState<number | null>(null)
  const trouble =
    checks?.items.filter(({ verdict }) => verdict === 'bad' || verdict === 'warning').length ?? 0

  return (
    <section
      aria-labelledby={titleId}
      className="mt-6 rounded-card border border-line bg-surface p-4 shadow-lift sm:p-6"
    >
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 id={titleId} className="text-lead font-semibold">
          {t('health.title')}
        </h2>
        <Button
          size="small"
          look={checks ? 'secondary' : 'primary'}
          disabled={checking}
          onClick={() => void store.check()}
        >
          {t(checking ? 'health.running' : 'health.run')}
        </Button>
      </div>
      <p role="status" className="mt-1 text-note text-quiet">
        {checking
          ? t('health.running')
          : checks
            ? `${trouble > 0 ? t('health.summaryBad', { count: trouble }) : t('health.summaryGood')} · ${t('health.at', { time: precise.clockTime(checks.at) })}`
            : t('health.never')}
      </p>
      {checkFailure && (
        <div className="mt-4">
          <Alert message={failureWords(checkFailure)} />
        </div>
      )}
      {checks && (
        <>
          <ul
            className={`mt-4 grid grid-cols-1 gap-x-10 transition-opacity lg:grid-cols-2 ${checking ? 'opacity-50' : ''}`}
          >
            {checks.items.map((check) => (
              <Check key={check.name} check={check} />
            ))}
          </ul>
          <Button
            size="small"
            look="quiet"
            className="-ms-3 mt-2"
            onClick={() =>
              copyText(checksAsText(checks.at, checks.items, t, precise)) && setCopied(checks.at)
            }
          >
            <Copy aria-hidden className="size-4" />
            <span aria-live="polite">{t(copied === checks.at ? 'health.copied' : 'health.copy')}</span>
          </Button>
        </>
      )}
    </section>
  )
}

function Check({ check }: { check: HealthCheck }) {
  const { t } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  const { Icon, colour } = looks[check.verdict]
  return (
    <li data-check={check.name} data-verdict={check.verdict} className="flex gap-3 border-t border-line py-3">
      <Icon aria-hidden className={`mt-0.5 size-5.5 shrink-0 ${colour}`} />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{t(`checkNames.${check.name}`)}</span>
          <span className={`text-note font-medium ${colour}`}>{t(`verdicts.${check.verdict}`)}</span>
          {check.tookMs !== null && check.verdict !== 'unknown' && (
            <span className="ms-auto text-note text-quiet tabular-nums">{precise.work(check.tookMs)}</span>
          )}
        </p>
        <p className="text-note break-words text-quiet">{checkInWords(check, t, precise)}</p>
      </div>
    </li>
  )
}
