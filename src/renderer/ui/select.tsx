import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'

export interface SelectProps<T extends string> extends Omit<
  ComponentProps<'select'>,
  'value' | 'onChange' | 'children'
> {
  /** Empty while nothing is chosen. */
  readonly value: T | ''
  readonly options: readonly { readonly value: T; readonly words: string }[]
  /** Shown while nothing is chosen. */
  readonly prompt?: string
  /** Stands out: the choice is other than it is at first. */
  readonly marked?: boolean
  onChoose(value: T): void
}

/** One of several, by the system's own list: it is worked by keyboard and read out as people know it. */
export function Select<T extends string>({
  options,
  onChoose,
  prompt,
  marked = false,
  className = '',
  ...select
}: SelectProps<T>) {
  return (
    <span className={`relative inline-flex min-w-0 ${className}`}>
      <select
        {...select}
        onChange={({ currentTarget }) => onChoose(currentTarget.value as T)}
        className={`min-h-11 w-full min-w-0 cursor-pointer appearance-none truncate rounded-control border ps-3.5 pe-9 transition-colors disabled:cursor-default disabled:border-line disabled:bg-sunken disabled:opacity-100 aria-invalid:border-alarm ${marked ? 'border-accent bg-accent-wash text-accent' : 'border-edge bg-surface text-ink'}`}
      >
        {prompt !== undefined && (
          <option value="" disabled>
            {prompt}
          </option>
        )}
        {options.map(({ value, words }) => (
          <option key={value} value={value} className="bg-surface text-ink">
            {words}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute end-3 top-1/2 size-4.5 -translate-y-1/2 text-quiet"
      />
    </span>
  )
}
