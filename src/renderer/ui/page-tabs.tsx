import { Tabs } from 'radix-ui'

interface PageTabsProps<T extends string> {
  readonly label: string
  readonly tabs: readonly { readonly value: T; readonly words: string; readonly count: string | null }[]
  readonly className?: string
}

/** The row of tabs below the title of a page, with how many there are in each. Stands in a `Tabs.Root`. */
export const PageTabs = <T extends string>({ label, tabs, className = '' }: PageTabsProps<T>) => (
  <Tabs.List aria-label={label} className={`-mx-3 flex flex-wrap ${className}`}>
    {tabs.map(({ value, words, count }) => (
      <Tabs.Trigger
        key={value}
        value={value}
        className="group min-h-11 cursor-pointer rounded-control px-3 font-medium text-quiet transition-colors hover:text-ink data-[state=active]:text-ink"
      >
        <span className="inline-block border-b-3 border-transparent pb-0.5 group-data-[state=active]:border-accent">
          {words}
          {count !== null && (
            <span className="text-note font-normal text-quiet tabular-nums">{` ${count}`}</span>
          )}
        </span>
      </Tabs.Trigger>
    ))}
  </Tabs.List>
)
