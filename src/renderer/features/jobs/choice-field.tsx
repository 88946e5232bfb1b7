import { useId } from 'react'
import { Select } from '../../ui/select.tsx'

interface ChoiceFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** What may be chosen is on its way. */
  readonly busy: boolean
  readonly problem: string | undefined
  /** Shown while nothing is chosen. */
  readonly prompt: string
  readonly choices: readonly { readonly value: string; readonly words: string }[]
}

/** One of several, by the system's own list. */
export function ChoiceField({ label, value, onChange, busy, problem, prompt, choices }: ChoiceFieldProps) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-note font-medium">
        {label}
      </label>
      <Select
        id={id}
        value={value}
        prompt={prompt}
        options={choices}
        aria-busy={busy}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChoose={onChange}
      />
      {problem && (
        <p id={`${id}-problem`} role="alert" className="text-note text-alarm">
          {problem}
        </p>
      )}
    </div>
  )
}
