interface ProgressBarProps {
  readonly label: string
  /** 0 to 1. */
  readonly value: number
  /** The value as a person would say it. */
  readonly valueText: string
  /** It stands still for now. */
  readonly waiting?: boolean
}

/** How far something is. Beside it stands in words what it does; the bar itself is no live region. */
export function ProgressBar({ label, value, valueText, waiting = false }: ProgressBarProps) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={valueText}
      className="h-2 overflow-clip rounded-full border border-transparent bg-sunken outline outline-line"
    >
      <div
        style={{ inlineSize: `${percent}%` }}
        className={`h-full rounded-full transition-[inline-size] duration-200 ${waiting ? 'bg-edge' : 'bg-accent'}`}
      />
    </div>
  )
}
