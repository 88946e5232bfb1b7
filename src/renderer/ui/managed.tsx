import { Building2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { SettingSource } from '../../contract/settings.ts'

/** Who said so, where it was not the person. */
interface Said {
  readonly source: SettingSource
  readonly origin: string | null
}

/** Whether an organisation has the say. */
export const isManaged = ({ source }: Said) => source === 'machine-policy' || source === 'user-policy'

/** Whether what a person chooses would not count now. */
export const isFixed = (said: Said) => isManaged(said) || said.source === 'command-line'

/** Beside a value that nobody can change here: who set it, and in which file an administrator finds it. */
export function Managed({ said, id }: { said: Said; id?: string }) {
  const { t } = useTranslation('common')
  if (!isFixed(said)) return null
  return (
    <p id={id} className="flex items-start gap-2 text-note text-quiet">
      <Building2 aria-hidden className="mt-0.5 size-4.5 shrink-0" />
      <span className="min-w-0">
        <span className="font-medium text-ink">
          {t(said.source === 'command-line' ? 'managed.commandLine' : 'managed.organisation')}
        </span>
        {said.source !== 'command-line' && (
          <>
            {' '}
            {t(said.source === 'machine-policy' ? 'managed.machine' : 'managed.user')}
            {said.origin && (
              <>
                {' '}
                <bdi className="break-all">{said.origin}</bdi>
              </>
            )}
          </>
        )}
      </span>
    </p>
  )
}
