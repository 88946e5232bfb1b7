import { Eye, EyeOff } from 'lucide-react'
import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '../../ui/field.tsx'

interface PasswordFieldProps {
  readonly problem: string | undefined
  /** It or the e-mail address; the words stand above both. */
  readonly isWrong?: boolean
  readonly ref?: RefObject<HTMLInputElement | null>
}

/** Can be shown while one types, and warns of Caps Lock. */
export function PasswordField({ problem, isWrong = false, ref }: PasswordFieldProps) {
  const { t } = useTranslation('sign-in')
  const own = useRef<HTMLInputElement>(null)
  const input = ref ?? own
  const [shown, setShown] = useState(false)
  const [capsLock, setCapsLock] = useState(false)
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'))

  useEffect(() => {
    const form = input.current?.form
    const hide = () => setShown(false)
    // Before it is sent: nobody wants it on the screen afterwards, and a password manager looks for the type.
    form?.addEventListener('submit', hide)
    return () => form?.removeEventListener('submit', hide)
  }, [input])

  return (
    <Field
      label={t('password')}
      name="password"
      type={shown ? 'text' : 'password'}
      autoComplete="current-password"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      dir="ltr"
      problem={problem}
      hint={capsLock ? t('capsLock') : undefined}
      {...(isWrong ? { 'aria-invalid': true } : {})}
      ref={input}
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setCapsLock(false)}
      end={
        <button
          type="button"
          aria-label={t(shown ? 'hide' : 'show')}
          onClick={() => setShown(!shown)}
          className="grid size-11 cursor-pointer place-items-center rounded-control text-quiet hover:text-ink"
        >
          {shown ? <EyeOff aria-hidden className="size-5.5" /> : <Eye aria-hidden className="size-5.5" />}
        </button>
      }
    />
  )
}
