import { RotateCw } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { CreditEntry } from '../../../contract/credits.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useNow, useTimeWords } from '../../ui/time.ts'

export function LedgerDialog({ onDone }: { onDone: () => void }) {
  const { credits } = useStores()
  const { t, i18n } = useTranslation('library')
  const { dayAndTime } = useTimeWords()
  const failureWords = useFailureWords()
  const { balance, failure, entries, hasMore, loading } = useStore(credits)
  const { refresh, open, more } = credits.getState()
  const now = useNow(60_000)
  const amount = new Intl.NumberFormat(i18n.language)

  useEffect(() => {
    void credits.getState().open()
    void credits.getState().refresh()
  }, [credits])

  return (
    <Dialog
      title={t('credits.title')}
      description={
        balance
          ? t('credits.asOf', {
              amount: t('credits.count', { count: balance.balance }),
              when: dayAndTime(balance.asOf, now),
            })
          : t('credits.what')
      }
      onDismiss={onDone}
    >
      {failure && (
        <div className="mt-4">
          <Alert message={failureWords(failure)} />
        </div>
      )}
      <div
        role="region"
        aria-label={t('credits.ledger')}
        tabIndex={0}
        className="mt-5 -mr-2 max-h-[min(24rem,50vh)] min-h-24 overflow-y-auto pr-2"
      >
        {entries === null ? (
          !failure && <LedgerSkeleton label={t('credits.loading')} />
        ) : entries.length === 0 ? (
          <p className="text-quiet">{t('credits.empty')}</p>
        ) : (
          <table className="w-full border-collapse tabular-nums">
            <thead>
              <tr className="text-start text-note text-quiet">
                <th scope="col" className="pb-2 text-start font-medium">
                  {t('credits.note')}
                </th>
                <th scope="col" className="ps-3 pb-2 text-end font-medium">
                  {t('credits.amount')}
                </th>
                <th scope="col" className="ps-3 pb-2 text-end font-medium">
                  {t('credits.balance')}
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Line key={entry.seq} entry={entry} when={dayAndTime(entry.at, now)} amount={amount} />
              ))}
            </tbody>
          </table>
        )}
        {hasMore && (
          <Button size="small" className="mt-3" disabled={loading} onClick={() => void more()}>
            {t('credits.more')}
          </Button>
        )}
      </div>
      <div className="mt-6 flex flex-wrap justify-end gap-3">
        <Button
          onClick={() => {
            void refresh(true)
            void open()
          }}
        >
          <RotateCw aria-hidden className="size-5 text-quiet" />
          {t('credits.refresh')}
        </Button>
        <Button look="primary" onClick={onDone}>
          {t('close')}
        </Button>
      </div>
    </Dialog>
  )
}

interface LineProps {
  readonly entry: CreditEntry
  readonly when: string
  readonly amount: Intl.NumberFormat
}

function Line({ entry, when, amount }: LineProps) {
  const signed = (entry.amount > 0 ? '+' : '−') + amount.format(Math.abs(entry.amount))
  return (
    <tr className="border-t border-line align-top">
      <td className="py-2.5">
        <span className="block break-words">
          <bdi>{entry.note}</bdi>
        </span>
        <span className="block text-note text-quiet">{when}</span>
      </td>
      <td className="py-2.5 ps-3 text-end font-medium" dir="ltr">
        {signed}
      </td>
      <td className="py-2.5 ps-3 text-end text-quiet">{amount.format(entry.balance)}</td>
    </tr>
  )
}

function LedgerSkeleton({ label }: { label: string }) {
  return (
    <div role="group" aria-label={label} aria-busy className="flex flex-col gap-4 py-2">
      {[0, 1, 2].map((row) => (
        <div key={row} className="h-5 rounded-small bg-sunken" />
      ))}
    </div>
  )
}
