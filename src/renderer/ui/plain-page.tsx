import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'
import { PageTitle } from './page-title.tsx'

interface PlainPageProps {
  readonly title: string
  readonly message: string
  readonly children?: ReactNode
}

/** One thing to say, and the ways on. */
export function PlainPage({ title, message, children }: PlainPageProps) {
  return (
    <main className="grid min-h-full grid-cols-1 place-items-center px-6 py-12">
      <div className="w-full max-w-[32rem]">
        <Mark className="size-11" />
        <PageTitle className="mt-7 text-display font-semibold">{title}</PageTitle>
        <p className="mt-3 text-lead text-quiet">{message}</p>
        {children && <div className="mt-8 flex flex-wrap gap-3">{children}</div>}
      </div>
    </main>
  )
}
