import type { ComponentProps } from 'react'

/** On or off, at once. The knob says it as well as the colour does. */
export function Switch({ className = '', ...input }: Omit<ComponentProps<'input'>, 'type' | 'role'>) {
  return (
    <input
      {...input}
      type="checkbox"
      role="switch"
      className={`relative h-7 w-12 shrink-0 cursor-pointer appearance-none rounded-full border border-edge bg-sunken transition-colors before:absolute before:start-1 before:top-1/2 before:size-4.5 before:-translate-y-1/2 before:rounded-full before:bg-edge checked:border-accent checked:bg-accent checked:before:start-auto checked:before:end-1 checked:before:bg-on-accent disabled:cursor-default forced-colors:before:bg-[CanvasText] forced-colors:checked:bg-[Highlight] ${className}`}
    />
  )
}
