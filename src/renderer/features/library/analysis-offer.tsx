import { AudioWaveform } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { EndpointResponse } from '../../../contract/api.ts'
import type { Job } from '../../../contract/jobs.ts'
import type { Failure, Result } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { isConnected } from '../connection/connection-words.ts'

interface AnalysisOfferProps {
  readonly fileId: string
  /** The newest there is; not one that is done. */
  readonly job: Job | null
}

/** What an analysis would show and cost; how far one is; why there is none. */
export function AnalysisOffer({ fileId, job }: AnalysisOfferProps) {
  const { jobs } = useStores()
  const failureWords = useFailureWords()
  const [failure, setFailure] = useState<Failure | null>(null)
  const hear = <T,>(answer: Result<T>) => setFailure(answer.ok ? null : answer.failure)
  const underWay = job?.status === 'queued' || job?.status === 'running'

  return (
    <div className="flex min-h-9 grow basis-80 flex-wrap items-center gap-x-4 gap-y-2 text-note text-quiet sm:justify-end">
      {underWay ? (
        <Progress job={job} onCancel={async () => hear(await jobs.getState().cancel(job.id))} />
      ) : (
        <Offer
          fileId={fileId}
          failed={job?.status === 'failed' ? (job.problem ?? '') : null}
          onOrder={async () => hear(await jobs.getState().order({ kind: 'audio-analysis', fileId }))}
        />
      )}
      <p role="alert" className="text-alarm empty:hidden">
        {failure && failureWords(failure)}
      </p>
    </div>
  )
}

function Progress({ job, onCancel }: { job: Job; onCancel: () => Promise<void> }) {
  const { t, i18n } = useTranslation('library')
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(job.progress)
  return (
    <>
      <p className="tabular-nums">
        {job.status === 'queued' ? t('analysis.queued') : t('analysis.running', { percent })}
      </p>
      <div className="min-w-32 grow">
        <ProgressBar
          label={t('analysis.label')}
          value={job.progress}
          valueText={percent}
          waiting={job.status === 'queued'}
        />
      </div>
      <Button size="small" onClick={() => void onCancel()}>
        {t('analysis.cancel')}
      </Button>
    </>
  )
}

interface OfferProps {
  readonly fileId: string
  /** Why the last one came to nothing, in an English sentence; null when none did. */
  readonly failed: string | null
  readonly onOrder: () => Promise<void>
}

function Offer({ fileId, failed, onOrder }: OfferProps) {
  const { client, window } = useStores()
  const { t } = useTranslation('library')
  const reachable = useStore(window, (state) => isConnected(state.session))
  const [quote, setQuote] = useState<EndpointResponse<'quoteJob'> | null>(null)
  const [ordering, setOrdering] = useState(false)
  useEffect(() => {
    if (!reachable) return
    let shown = true
    void client.call('quoteJob', { body: { kind: 'audio-analysis', fileId } }).then((answer) => {
      if (shown && answer.ok) setQuote(answer.value)
    })
    return () => {
      shown = false
    }
  }, [client, fileId, reachable])

  // What is spent is said before it is spent, or nothing can be spent.
  if (!quote) return null
  const tooLittle = quote.cost > quote.balance
  return (
    <>
      <Button
        size="small"
        disabled={ordering || tooLittle || !reachable}
        onClick={() => {
          setOrdering(true)
          void onOrder().finally(() => setOrdering(false))
        }}
        className="max-w-full shrink text-start text-ink"
      >
        <AudioWaveform aria-hidden className="size-5 shrink-0" />
        {t('analysis.order', { count: quote.cost, balance: quote.balance })}
      </Button>
      <p>
        {tooLittle
          ? t('analysis.tooLittle')
          : failed !== null
            ? t('analysis.failed', { problem: failed })
            : t('analysis.what')}
      </p>
    </>
  )
}
