import type { ComponentProps } from 'react'

const looks = {
  primary: 'border border-transparent bg-accent text-on-accent hover:bg-accent-deep',
  secondary: 'border border-edge bg-surface text-ink hover:bg-sunken',
  quiet: 'border border-transparent text-current hover:bg-sunken',
} as const

const sizes = {
  normal: 'min-h-11 px-5 text-body',
  small: 'min-h-9 px-3.5 text-note',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  readonly size?: keyof typeof sizes
}

/**
 * Disabled buttons keep the focus and are announced: a button that vanishes under a finger or a screen reader
 * leaves a person nowhere.
 */
export function Button({
  look = 'secondary',
  size = 'normal',
  type = 'button',
  disabled = false,
  onClick,
  className = '',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={disabled || undefined}
      onClick={(event) => {
        if (disabled) event.preventDefault()
        else onClick?.(event)
      }}
      className={`inline-flex max-w-full shrink-0 items-center justify-center gap-2 rounded-control py-1.5 leading-snug font-medium transition-colors select-none [&>svg]:shrink-0 ${looks[look]} ${sizes[size]} ${disabled ? 'cursor-default opacity-60' : 'cursor-pointer'} ${className}`}
    />
  )
}
