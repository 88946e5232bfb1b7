import { Checkbox } from '../../ui/checkbox.tsx'
import { textOf } from './use-sign-in.ts'

const NAME = 'memoryOnly'

/** Offered when the keychain does not work. */
export function MemoryOnly() {
  return (
    <Checkbox
      name={NAME}
      label="Stay signed in until I quit"
      hint="Your sign-in is kept in memory only, and is gone when you quit Lectern."
    />
  )
}

/** Whether it is ticked in a submitted form; false when it was not offered. */
export const wantsMemoryOnly = (form: HTMLFormElement) => textOf(form, NAME) === 'on'
