import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { capabilitiesOf } from '../../../contract/ipc.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { shortcuts } from './shortcuts.ts'
import { useShortcuts } from './use-shortcuts.ts'

const groups = ['chat', 'panels', 'room', 'windows'] as const

/** The sheet of keyboard shortcuts, whenever somebody asks for it: by `?` or from the menu. */
export function ShortcutsSheet() {
  const { client } = useStores()
  const [open, setOpen] = useState(false)
  useShortcuts((key) => {
    if (key === 'sheet') setOpen(true)
    return key === 'sheet'
  })
  useEffect(() => client.on('shortcuts:show', () => setOpen(true)), [client])
  return open && <Sheet onClose={() => setOpen(false)} />
}

function Sheet({ onClose }: { onClose: () => void }) {
  const { window: store } = useStores()
  const { t } = useTranslation('room')
  const isMac = useStore(store, ({ workspace }) => workspace?.platform === 'mac')
  const keys = isMac ? '⌘ ⇧' : `${t('shortcuts.ctrl')} + ${t('shortcuts.shift')}`

  return (
    <Dialog
      title={t('shortcuts.title')}
      description={t('shortcuts.description', { keys })}
      onDismiss={onClose}
    >
      <div className="mt-4 flex flex-col gap-5">
        {groups.map((group) => (
          <table key={group} className="w-full text-note">
            <caption className="pb-1.5 text-start text-body font-semibold">
              {t(`shortcuts.group.${group}`)}
            </caption>
            <thead className="sr-only">
              <tr>
                <th scope="col">{t('shortcuts.what')}</th>
                <th scope="col">{t('shortcuts.key')}</th>
              </tr>
            </thead>
            <tbody>
              {shortcuts
                .filter((shortcut) => shortcut.group === group)
                .map(({ name, key }) => (
                  <Shortcut
                    key={name}
                    what={t(`shortcuts.name.${name}`)}
                    keys={name === 'write' ? [key.toUpperCase(), '/'] : [key.toUpperCase()]}
                  />
                ))}
              {group === 'panels' && (
                <>
                  <Shortcut what={t('shortcuts.nextPart')} keys={['F6']} />
                  <Shortcut what={t('shortcuts.previousPart')} keys={[t('shortcuts.shift'), 'F6']} />
                  <Shortcut what={t('shortcuts.escape')} keys={['Esc']} />
                </>
              )}
              {group === 'room' && <Shortcut what={t('shortcuts.sheet')} keys={['?']} />}
            </tbody>
          </table>
        ))}
        <SingleKeys />
        <Button look="primary" onClick={onClose} className="self-end">
          {t('close')}
        </Button>
      </div>
    </Dialog>
  )
}

function Shortcut({ what, keys }: { what: string; keys: readonly string[] }) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-1.5 pe-3 text-start font-normal">
        {what}
      </th>
      <td className="py-1.5 text-end whitespace-nowrap">
        <Keys keys={keys} />
      </td>
    </tr>
  )
}

const Keys = ({ keys }: { keys: readonly string[] }) => (
  <span dir="ltr" className="inline-flex gap-1">
    {keys.map((key) => (
      <kbd
        key={key}
        className="min-w-7 rounded-small border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-note font-medium"
      >
        {key}
      </kbd>
    ))}
  </span>
)

/** WCAG 2.1.4: letters alone can be turned off. Where this window may not, it says who may. */
function SingleKeys() {
  const { client, window: store, notices } = useStores()
  const { t } = useTranslation('room')
  const setting = useStore(store, ({ settings }) => settings?.singleKeyShortcuts)
  if (!setting) return null
  const managed = setting.source === 'machine-policy' || setting.source === 'user-policy'
  if (!capabilitiesOf[client.window.kind].includes('settings')) {
    return <p className="text-note text-quiet">{t('shortcuts.singleKeysElsewhere')}</p>
  }
  const change = async (value: boolean) => {
    const answer = await client.ask('settings:change', { name: 'singleKeyShortcuts', value })
    if (!answer.ok) notices.getState().show(answer.failure)
  }
  return (
    <Checkbox
      label={t('shortcuts.singleKeys')}
      hint={managed ? t('shortcuts.managed') : t('shortcuts.singleKeysHint')}
      checked={setting.value}
      disabled={managed}
      onChange={(event) => void change(event.target.checked)}
    />
  )
}
