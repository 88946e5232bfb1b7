import { Search } from 'lucide-react'
import type { ComponentProps } from 'react'

interface SearchBoxProps extends Omit<ComponentProps<'input'>, 'type' | 'value' | 'onChange' | 'aria-label'> {
  /** What is searched, for those who hear the page. */
  readonly label: string
  readonly value: string
  onSearch(words: string): void
}

const MAX_LENGTH = 100

/** Finds as one types. */
export function SearchBox({ label, onSearch, className = '', ...input }: SearchBoxProps) {
  return (
    <div className={`relative min-w-0 ${className}`}>
      <Search
        aria-hidden
        className="pointer-events-none absolute start-3.5 top-1/2 size-5 -translate-y-1/2 text-quiet"
      />
      <input
        maxLength={MAX_LENGTH}
        {...input}
        type="search"
        aria-label={label}
        onChange={({ currentTarget }) => onSearch(currentTarget.value)}
        className="min-h-11 w-full rounded-control border border-edge bg-surface ps-11 pe-3 text-ellipsis"
      />
    </div>
  )
}
