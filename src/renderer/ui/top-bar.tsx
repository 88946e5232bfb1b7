import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { Mark } from './mark.tsx'

interface TopBarProps {
  /** Leads back to the sessions. */
  readonly onBack?: () => void
  readonly connection: ReactNode
  readonly account: ReactNode
}

/** The sentence about the connection is never cut: in a narrow window it takes a line of its own when it is long. */
export function TopBar({ onBack, connection, account }: TopBarProps) {
  const { t } = useTranslation('common')
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-1 px-4 py-2.5 sm:gap-x-3 sm:px-6">
      <div className="flex grow basis-0 items-center">
        {onBack ? (
          <Button look="quiet" onClick={onBack} className="-ms-3 px-3">
            <ArrowLeft aria-hidden className="size-5 shrink-0 rtl:-scale-x-100" />
            {t('back')}
          </Button>
        ) : (
          <span className="flex items-center gap-2.5 text-body font-semibold">
            <Mark className="size-7" />
            <span className="max-[26rem]:sr-only">Lectern</span>
          </span>
        )}
      </div>
      {connection}
      <div className="flex grow basis-0 justify-end">{account}</div>
    </header>
  )
}
