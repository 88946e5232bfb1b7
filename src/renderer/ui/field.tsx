import { useId, type ComponentProps } from 'react'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  /** What is wrong with what was typed, and how to put it right. */
  readonly problem?: string | undefined
  readonly hint?: string
}

/** A labelled line of text. */
export function Field({ label, problem, hint, className = '', ...input }: FieldProps) {
  const id = useId()
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className={`flex flex-col gap-1.5 ${className}`}>
      <label htmlFor={id} className="text-note font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={problem ? true : undefined}
        aria-describedby={described || undefined}
        className={`min-h-12 w-full rounded-control border bg-surface px-3.5 text-body read-only:border-line read-only:bg-sunken read-only:text-quiet ${problem ? 'border-alarm' : 'border-edge'}`}
      />
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
