import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Job, JobResult } from '../../../contract/jobs.ts'
import type { Failure } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { runningTime } from '../../ui/time.ts'
import { levelInWords } from '../library/file-words.ts'
import { exportName } from './job-words.ts'

interface JobResultViewProps {
  readonly job: Job
  readonly result: JobResult
  readonly reachable: boolean
}

export function JobResultView({ job, result, reachable }: JobResultViewProps) {
  switch (result.kind) {
    case 'roster-import':
      return <RosterResult result={result} />
    case 'attendance-export':
      return <ExportResult job={job} result={result} reachable={reachable} />
    case 'audio-analysis':
      return <AudioResult result={result} />
  }
}

type ResultOf<K extends JobResult['kind']> = Extract<JobResult, { kind: K }>

const useNumbers = () => {
  const { i18n } = useTranslation()
  return (value: number) => new Intl.NumberFormat(i18n.language).format(value)
}

function Figures({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:flex sm:flex-wrap sm:gap-x-10">{children}</dl>
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex flex-col">
      <dt className="order-last text-note text-quiet">{label}</dt>
      <dd className="text-lead font-semibold tabular-nums">
        <bdi>{value}</bdi>
      </dd>
    </div>
  )
}

function RosterResult({ result }: { result: ResultOf<'roster-import'> }) {
  const { t } = useTranslation('jobs')
  const number = useNumbers()
  const { skipped, skippedCount, created } = result
  return (
    <>
      <Figures>
        <Figure label={t('roster.enrolled')} value={number(result.enrolled)} />
        <Figure label={t('roster.created')} value={number(created)} />
        <Figure label={t('roster.known')} value={number(result.known)} />
        <Figure label={t('roster.skipped')} value={number(skippedCount)} />
      </Figures>
      {created > 0 && <p className="text-note text-quiet">{t('roster.needPassword', { count: created })}</p>}
      {skipped.length > 0 && (
        <details className="group rounded-control border border-line">
          <summary className="min-h-11 cursor-pointer rounded-control px-4 py-2.5 font-medium hover:bg-sunken">
            {t('roster.showSkipped', { count: skippedCount })}
          </summary>
          <div className="border-t border-line px-4 py-2">
            <table className="w-full text-start">
              <caption className="sr-only">{t('roster.skippedCaption')}</caption>
              <thead className="text-note text-quiet">
                <tr>
                  <th scope="col" className="w-20 py-1.5 pe-4 text-start font-medium">
                    {t('roster.line')}
                  </th>
                  <th scope="col" className="py-1.5 text-start font-medium">
                    {t('roster.problem')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {skipped.map(({ line, problem }) => (
                  <tr key={line} className="border-t border-line align-top">
                    <td className="py-1.5 pe-4 tabular-nums">{number(line)}</td>
                    <td className="py-1.5 wrap-anywhere">
                      <bdi lang="en">{problem}</bdi>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {skippedCount > skipped.length && (
              <p className="border-t border-line py-2 text-note text-quiet">
                {t('roster.more', { count: skippedCount - skipped.length })}
              </p>
            )}
          </div>
        </details>
      )}
    </>
  )
}

interface ExportResultProps {
  readonly job: Job
  readonly result: ResultOf<'attendance-export'>
  readonly reachable: boolean
}

function ExportResult({ job, result, reachable }: ExportResultProps) {
  const { client } = useStores()
  const { t } = useTranslation('jobs')
  const failureWords = useFailureWords()
  const number = useNumbers()
  const [saving, setSaving] = useState(false)
  const [outcome, setOutcome] = useState<{ savedAs: string } | { failure: Failure } | null>(null)

  const save = async () => {
    setSaving(true)
    setOutcome(null)
    const answer = await client.ask('file:save', {
      what: 'file',
      fileId: result.fileId,
      name: exportName(job),
    })
    setSaving(false)
    if (!answer.ok) setOutcome({ failure: answer.failure })
    else if (answer.value.savedAs !== null) setOutcome({ savedAs: answer.value.savedAs })
  }

  return (
    <div className="flex flex-wrap items-center gap-x-10 gap-y-3">
      <Figures>
        <Figure label={t('export.rows', { count: result.rows })} value={number(result.rows)} />
      </Figures>
      <Button size="small" disabled={saving || !reachable} onClick={() => void save()}>
        {t('export.save')}
      </Button>
      <p
        role="status"
        className={`basis-full text-note wrap-anywhere empty:hidden ${outcome && 'failure' in outcome ? 'text-alarm' : 'text-quiet'}`}
      >
        {outcome && ('failure' in outcome ? failureWords(outcome.failure) : t('export.saved', outcome))}
      </p>
    </div>
  )
}

function AudioResult({ result }: { result: ResultOf<'audio-analysis'> }) {
  const { goTo } = useStores()
  const { t, i18n } = useTranslation('jobs')
  const level = (value: number | null, unit: 'LUFS' | 'dBFS') =>
    value === null ? t('audio.silence') : levelInWords(value, unit, i18n.language)
  return (
    <div className="flex flex-wrap items-center gap-x-10 gap-y-3">
      <Figures>
        <Figure label={t('audio.length')} value={runningTime(result.durationSeconds * 1000)} />
        <Figure label={t('audio.loudness')} value={level(result.loudness, 'LUFS')} />
        <Figure label={t('audio.peak')} value={level(result.samplePeak, 'dBFS')} />
      </Figures>
      <Button size="small" onClick={() => goTo({ name: 'library' })}>
        {t('audio.show')}
      </Button>
      {!result.complete && <p className="basis-full text-note text-warn">{t('audio.incomplete')}</p>}
    </div>
  )
}
