import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { KeychainProblem } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'

/** What is the matter with the keychain of this system, and the ways on that there are. */
export function useKeychainWords(): (problem: KeychainProblem) => string {
  const { t } = useTranslation('sign-in', { keyPrefix: 'keychain' })
  const { window } = useStores()
  const platform = useStore(window, ({ workspace }) => workspace?.platform ?? 'linux')
  const mayDoWithout = useStore(window, ({ settings }) => settings?.memoryOnlySignIn.value ?? true)
  return (problem) => {
    const key = problem === 'missing' && platform === 'linux' ? 'missingLinux' : problem
    const what = t(key, { store: t(`stores.${platform}`) })
    return `${what} ${t(mayDoWithout ? 'memoryOnly' : 'required')}`
  }
}
