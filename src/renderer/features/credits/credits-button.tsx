import { Coins } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { LedgerDialog } from './ledger-dialog.tsx'

/** What one may still spend, and the way to what it was spent on. */
export function CreditsButton() {
  const { credits } = useStores()
  const { t } = useTranslation('library')
  const balance = useStore(credits, (state) => state.balance)
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-haspopup="dialog">
        <Coins aria-hidden className="size-5 text-quiet" />
        <span className="tabular-nums">
          {balance ? t('credits.count', { count: balance.balance }) : t('credits.title')}
        </span>
      </Button>
      {open && <LedgerDialog onDone={() => setOpen(false)} />}
    </>
  )
}
