import { useTranslation } from 'react-i18next'
import { Checkbox } from '../../ui/checkbox.tsx'
import { textOf } from './use-sign-in.ts'

const NAME = 'memoryOnly'

/** Offered when the keychain does not work. */
export function MemoryOnly() {
  const { t } = useTranslation('sign-in')
  return <Checkbox name={NAME} label={t('memoryOnly.label')} hint={t('memoryOnly.hint')} />
}

/** Whether it is ticked in a submitted form; false when it was not offered. */
export const wantsMemoryOnly = (form: HTMLFormElement) => textOf(form, NAME) === 'on'
