import type { ReactNode } from 'react'
import { PageTitle } from './page-title.tsx'

interface PageFrameProps {
  readonly title: string
  /** Beside the title: what one does on this page. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page of the main window: its title, what one does here, and the rest below, scrolling as a whole. */
export function PageFrame({ title, actions, children }: PageFrameProps) {
  return (
    <main className="relative min-h-0 grow overflow-y-auto">
      <div className="mx-auto w-full max-w-[64rem] px-4 pt-6 pb-20 sm:px-8 sm:pt-10">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-4">
          <PageTitle className="text-display font-semibold">{title}</PageTitle>
          {actions && <div className="flex flex-wrap gap-3">{actions}</div>}
        </div>
        {children}
      </div>
    </main>
  )
}
