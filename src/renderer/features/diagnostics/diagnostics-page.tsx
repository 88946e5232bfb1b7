import { ArrowLeft, LifeBuoy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { PageFrame } from '../../ui/page-frame.tsx'
import { createDiagnosticsStore } from './diagnostics-store.ts'
import { EventList } from './event-list.tsx'
import { HealthChecks } from './health-checks.tsx'
import { LatencySparkline } from './latency-sparkline.tsx'
import { SupportBundleView } from './support-bundle-view.tsx'
import { TimelineSection } from './timeline-section.tsx'

/** @param onBack while nobody is signed in, there is no rail that leads away */
export default function DiagnosticsPage({ onBack }: { onBack?: () => void }) {
  const { client } = useStores()
  const { t } = useTranslation('diagnostics')
  const [store] = useState(() => createDiagnosticsStore(client))
  const [bundling, setBundling] = useState(false)
  useEffect(() => store.follow(), [store])

  if (bundling) {
    return (
      <SupportBundleView
        store={store}
        onBack={() => {
          store.closeBundle()
          setBundling(false)
        }}
      />
    )
  }
  return (
    <PageFrame
      title={t('title')}
      actions={
        <>
          {onBack && (
            <Button onClick={onBack}>
              <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
              {t('back')}
            </Button>
          )}
          <Button
            onClick={() => {
              setBundling(true)
              void store.prepareBundle()
            }}
          >
            <LifeBuoy aria-hidden className="size-5" />
            {t('bundle.open')}
          </Button>
        </>
      }
    >
      <p className="mt-3 max-w-[44rem] text-quiet">{t('lead')}</p>
      <TimelineSection store={store} />
      <HealthChecks store={store} />
      <LatencySparkline store={store} />
      <EventList store={store} />
    </PageFrame>
  )
}
