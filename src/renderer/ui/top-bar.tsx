import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
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
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-1 px-4 py-2.5 sm:gap-x-3 sm:px-6">
      <div className="flex grow basis-0 items-center">
        {onBack ? (
          <Button look="quiet" onClick={onBack} className="-ml-3 px-3">
            <ArrowLeft aria-hidden className="size-5" />
            Sessions
          </Button>
        ) : (
          <span className="flex items-center gap-2.5 text-body font-semibold">
            <Mark className="size-7" />
            Lectern
          </span>
        )}
      </div>
      {connection}
      <div className="flex grow basis-0 justify-end">{account}</div>
    </header>
  )
}
