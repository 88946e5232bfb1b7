import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowLeft, FileText } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { SupportBundle } from '../../../contract/diagnostics.ts'
import type { Failure } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { PageFrame } from '../../ui/page-frame.tsx'
import { usePreciseWords } from '../../ui/precise-time.ts'
import type { DiagnosticsStore } from './diagnostics-store.ts'

/** Everything that would be saved, to be read before it is. */
export function SupportBundleView({ store, onBack }: { store: DiagnosticsStore; onBack: () => void }) {
  const { client } = useStores()
  const { t } = useTranslation('diagnostics')
  const failureWords = useFailureWords()
  const { bundle, bundleFailure } = useStore(store)
  const [saving, setSaving] = useState(false)
  const [savedAs, setSavedAs] = useState<string | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const shownFailure = failure ?? bundleFailure

  async function save({ id }: SupportBundle): Promise<void> {
    setSaving(true)
    setFailure(null)
    setSavedAs(null)
    const saved = await client.ask('diagnostics:save-bundle', { id })
    setSaving(false)
    if (saved.ok) setSavedAs(saved.value.savedAs)
    else setFailure(saved.failure)
  }

  return (
    <PageFrame
      title={t('bundle.title')}
      actions={
        <>
          <Button onClick={onBack}>
            <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
            {t('back')}
          </Button>
          <Button look="primary" disabled={!bundle || saving} onClick={() => bundle && void save(bundle)}>
            {t(saving ? 'bundle.saving' : 'bundle.save')}
          </Button>
        </>
      }
    >
      <p className="mt-3 max-w-[44rem] text-quiet">{t('bundle.lead')}</p>
      <p role="status" className="mt-3 min-h-6 text-note font-medium break-all text-accent">
        {savedAs !== null && t('bundle.saved', { path: savedAs })}
      </p>
      {shownFailure && (
        <div className="mt-2 flex flex-col items-start gap-4">
          <Alert message={failureWords(shownFailure)} />
          <Button onClick={() => void store.prepareBundle().then(() => setFailure(null))}>
            {t('again')}
          </Button>
        </div>
      )}
      {bundle ? (
        <Files bundle={bundle} />
      ) : (
        !bundleFailure && (
          <p role="status" className="mt-6 rounded-card bg-sunken px-5 py-16 text-center text-quiet">
            {t('bundle.preparing')}
          </p>
        )
      )}
    </PageFrame>
  )
}

function Files({ bundle: { files } }: { bundle: SupportBundle }) {
  const { t } = useTranslation('diagnostics')
  const precise = usePreciseWords()
  return (
    <Tabs.Root
      defaultValue={files[0]?.name ?? ''}
      className="mt-4 overflow-hidden rounded-card border border-line bg-surface shadow-lift"
    >
      <Tabs.List
        aria-label={t('bundle.files')}
        className="flex flex-wrap gap-1 border-b border-line bg-sunken p-1.5"
      >
        {files.map(({ name, bytes }) => (
          <Tabs.Trigger
            key={name}
            value={name}
            className="flex min-h-10 cursor-pointer items-center gap-2 rounded-control px-3 text-note font-medium text-quiet data-[state=active]:bg-surface data-[state=active]:text-ink data-[state=active]:shadow-lift"
          >
            <FileText aria-hidden className="size-4.5" />
            <span dir="ltr">{name}</span>
            <span className="text-quiet tabular-nums">{precise.size(bytes)}</span>
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {files.map(({ name, text }) => (
        <Tabs.Content key={name} value={name} tabIndex={-1}>
          <Lines name={name} text={text} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}

/** Pixels. */
const LINE = 22

/** A log of many thousand lines scrolls as lightly as one of ten. */
function Lines({ name, text }: { name: string; text: string }) {
  const lines = useMemo(() => text.trimEnd().split('\n'), [text])
  const box = useRef<HTMLDivElement>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- The compiler it speaks of is not used here.
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 20,
  })
  return (
    <div
      ref={box}
      role="region"
      aria-label={name}
      tabIndex={0}
      dir="ltr"
      className="h-[min(32rem,60vh)] overflow-y-auto p-4 font-mono text-[0.875rem] leading-[1.375rem]"
    >
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, key }) => (
          <p
            key={key}
            ref={rows.measureElement}
            data-index={index}
            className="absolute inset-x-0 top-0 break-words whitespace-pre-wrap"
            style={{ transform: `translateY(${start}px)` }}
          >
            {lines[index] || ' '}
          </p>
        ))}
      </div>
    </div>
  )
}
