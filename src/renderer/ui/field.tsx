import { useId, type ComponentProps, type ReactNode } from 'react'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  /** What is wrong with what was typed, and how to put it right. */
  readonly problem?: string | undefined
  readonly hint?: string | undefined
  /** Stands in the line, at its end. */
  readonly end?: ReactNode
}

/** A labelled line of text. */
export function Field({ label, problem, hint, end, className = '', ...input }: FieldProps) {
  const id = useId()
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className={`flex flex-col gap-1.5 ${className}`}>
      <label htmlFor={id} className="text-note font-medium">
        {label}
      </label>
      <div className="relative flex flex-col">
        <input
          aria-invalid={problem ? true : undefined}
          aria-describedby={described || undefined}
          {...input}
          id={id}
          className={`min-h-12 w-full rounded-control border bg-surface ps-3.5 text-start text-body read-only:border-line read-only:bg-sunken read-only:text-quiet ${end ? 'pe-12' : 'pe-3.5'} ${problem ? 'border-alarm' : 'border-edge'}`}
        />
        {end && <div className="absolute inset-y-0 end-0.5 flex items-center">{end}</div>}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-note text-quiet">
          {hint}
        </p>
      )}
      {problem && (
        <p id={`${id}-problem`} className="text-note text-alarm">
          {problem}
        </p>
      )}
    </div>
  )
}
