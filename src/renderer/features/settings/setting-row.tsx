import { Check } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../../contract/model.ts'
import type { EffectiveSettings, SettingName } from '../../../contract/settings.ts'
import { Alert } from '../../ui/alert.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { isFixed, Managed } from '../../ui/managed.tsx'

/** What a control has to say of itself. */
export interface ControlProps {
  readonly id: string
  readonly disabled: boolean
  readonly 'aria-labelledby': string
  readonly 'aria-describedby': string | undefined
}

interface SettingRowProps {
  readonly label: string
  readonly hint?: string
  readonly said: EffectiveSettings[SettingName]
  readonly isSaved: boolean
  readonly failure: Failure | null
  readonly children: (control: ControlProps) => ReactNode
}

/** One setting: what it is, how it stands, who said so, and what became of a change. */
export function SettingRow({ label, hint, said, isSaved, failure, children }: SettingRowProps) {
  const { t } = useTranslation('settings')
  const inWords = useFailureWords()
  const id = useId()
  const disabled = isFixed(said)
  const described = [hint && `${id}-hint`, disabled && `${id}-managed`].filter(Boolean).join(' ')

  return (
    <div className="flex flex-col gap-2 py-4">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        {/* A switch fits beside this in any window, several controls in one do only where there is room. */}
        <div className="min-w-0 grow basis-48">
          <p className="flex flex-wrap items-center gap-x-3">
            <label id={`${id}-label`} htmlFor={id} className="font-medium">
              {label}
            </label>
            {isSaved && (
              <span aria-hidden className="inline-flex items-center gap-1 text-note text-accent">
                <Check className="size-4.5" />
                {t('saved')}
              </span>
            )}
          </p>
          {hint && (
            <p id={`${id}-hint`} className="text-note text-quiet">
              {hint}
            </p>
          )}
        </div>
        {children({
          id,
          disabled,
          'aria-labelledby': `${id}-label`,
          'aria-describedby': described || undefined,
        })}
      </div>
      <Managed said={said} id={`${id}-managed`} />
      {failure && <Alert message={inWords(failure)} />}
    </div>
  )
}
