import { ChevronDown } from 'lucide-react'
import { Collapsible } from 'radix-ui'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EffectiveSettings } from '../../../contract/settings.ts'
import { Field } from '../../ui/field.tsx'
import { Managed } from '../../ui/managed.tsx'

interface ServerFieldProps {
  readonly address: string
  /** Null while a person may change it. */
  readonly managed: EffectiveSettings['serverUrl'] | null
  readonly problem: string | undefined
  /** Where the address is probably what has to be looked at. */
  readonly isOpen: boolean
}

/** Folded away: most people sign in to the same server for years. */
export function ServerField({ address, managed, problem, isOpen }: ServerFieldProps) {
  const { t } = useTranslation('sign-in')
  /** As a person left it; null before they touched it. */
  const [unfolded, setUnfolded] = useState<boolean | null>(null)
  const host = (URL.canParse(address) ? new URL(address).host : address) || t('server.unknown')
  if (managed) {
    return (
      <div className="flex flex-col gap-1 rounded-control bg-sunken px-3.5 py-3">
        <p className="text-note break-words">{t('server.summary', { host })}</p>
        <Managed said={managed} />
      </div>
    )
  }
  return (
    <Collapsible.Root open={problem !== undefined || (unfolded ?? isOpen)} onOpenChange={setUnfolded}>
      <Collapsible.Trigger className="group -mx-1.5 flex min-h-9 max-w-full cursor-pointer items-center gap-1.5 rounded-small px-1.5 py-1 text-note text-quiet hover:text-ink">
        <span className="truncate">{t('server.summary', { host })}</span>
        <ChevronDown
          aria-hidden
          className="size-4.5 shrink-0 transition-transform group-data-[state=open]:rotate-180"
        />
      </Collapsible.Trigger>
      <Collapsible.Content forceMount className="pt-2.5 data-[state=closed]:hidden">
        <Field
          label={t('server.label')}
          name="serverUrl"
          type="url"
          dir="ltr"
          autoComplete="url"
          defaultValue={address}
          problem={problem}
          hint={t('server.hint')}
          spellCheck={false}
        />
      </Collapsible.Content>
    </Collapsible.Root>
  )
}
