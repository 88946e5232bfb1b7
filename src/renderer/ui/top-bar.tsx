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

/**
 * The sentence about the connection is never cut: in a narrow window it takes a line of its own when it is long. What
 * else there is room for goes by the width in letters and not in pixels: a large text makes a window narrow.
 */
export function TopBar({ onBack, connection, account }: TopBarProps) {
  const { t } = useTranslation('common')
  return (
    <header className="@container flex shrink-0 flex-wrap items-center gap-x-1 px-4 py-2.5 sm:gap-x-3 sm:px-6">
      {/* The margin is not the button's: this grows as narrow as what is in it, and would squeeze the button by it. */}
      <div className={`flex grow basis-0 items-center ${onBack ? '-ms-3' : ''}`}>
        {onBack ? (
          <Button look="quiet" onClick={onBack} className="px-3!">
            <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
            <span className="@max-[20rem]:sr-only">{t('back')}</span>
          </Button>
        ) : (
          <span className="flex items-center gap-2.5 text-body font-semibold">
            <Mark className="size-7" />
            <span className="@max-[24rem]:sr-only">Lectern</span>
          </span>
        )}
      </div>
      {connection}
      <div className="flex grow basis-0 justify-end">{account}</div>
    </header>
  )
}
