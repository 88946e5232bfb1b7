import type { ReactNode } from 'react'

interface IconButtonProps {
  /** Read out, and shown to whoever rests on it. */
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}

/** For what an icon says at a glance; anything else is a `Button` with words. */
export function IconButton({ label, onClick, children }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="grid size-11 shrink-0 cursor-pointer place-items-center rounded-control text-quiet transition-colors hover:bg-sunken hover:text-ink"
    >
      {children}
    </button>
  )
}
