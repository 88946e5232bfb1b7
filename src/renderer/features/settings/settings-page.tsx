import { useMemo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import {
  Language,
  languageFor,
  settings as settingsTable,
  type EffectiveSettings,
} from '../../../contract/settings.ts'
import type { Workspace } from '../../../contract/ipc.ts'
import { useStores } from '../../stores.tsx'
import { Managed } from '../../ui/managed.tsx'
import { PageFrame } from '../../ui/page-frame.tsx'
import { Select } from '../../ui/select.tsx'
import { Switch } from '../../ui/switch.tsx'
import { createSettingChanges } from './setting-changes.ts'
import { SettingRow, type ControlProps } from './setting-row.tsx'

/** Each in its own words, so that somebody who reads only that one finds it. */
const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch', ar: 'العربية' }

const switches = {
  teaching: ['keepAwake', 'singleKeyShortcuts'],
  notifications: ['messageNotifications', 'handNotifications'],
  computer: ['startAtLogin'],
} as const
type SwitchName = (typeof switches)[keyof typeof switches][number] | 'spellChecking'

const themes = settingsTable.theme.schema.options
const textSizes = [100, 115, 130] as const satisfies readonly EffectiveSettings['textSize']['value'][]
/** Minutes. */
const idleChoices = [15, 30, 60, 120, 240, 480]

export default function SettingsPage() {
  const { window } = useStores()
  const settings = useStore(window, (state) => state.settings)
  const workspace = useStore(window, (state) => state.workspace)
  return settings && workspace ? <Settings settings={settings} workspace={workspace} /> : null
}

function Settings({ settings, workspace }: { settings: EffectiveSettings; workspace: Workspace }) {
  const { client, window } = useStores()
  const { t } = useTranslation('settings')
  const changes = useMemo(
    () => createSettingChanges(client, (now) => window.setState({ settings: now })),
    [client, window],
  )
  const { chosen, saved, failed, change } = useStore(changes)

  /** A choice that is being saved is shown as if it were. */
  const valueOf = <N extends keyof typeof settings>(name: N): EffectiveSettings[N]['value'] =>
    (name in chosen ? chosen[name] : settings[name].value) as EffectiveSettings[N]['value']
  const row = (name: keyof EffectiveSettings) => ({
    said: settings[name],
    isSaved: saved === name,
    failure: failed?.name === name ? failed.failure : null,
  })

  const switchRow = (name: SwitchName, hint: string) => (
    <SettingRow key={name} {...row(name)} label={t(`${name}.label`)} hint={hint}>
      {(control) => (
        <Switch
          {...control}
          checked={valueOf(name)}
          onChange={({ currentTarget }) => void change(name, currentTarget.checked)}
        />
      )}
    </SettingRow>
  )
  const idle = valueOf('idleMinutes')

  return (
    <PageFrame title={t('title')}>
      <p role="status" className="sr-only">
        {saved && t('savedWhat', { what: t(`${saved}.label`) })}
      </p>

      <Group title={t('groups.look')}>
        <SettingRow {...row('language')} label={t('language.label')} hint={t('language.hint')}>
          {(control) => (
            <Select
              {...control}
              className="w-full sm:w-64 sm:shrink-0"
              value={valueOf('language')}
              onChoose={(value) => void change('language', value)}
              options={[
                {
                  value: 'system',
                  words: t('language.system', {
                    name: languageNames[languageFor(workspace.systemLanguages)],
                  }),
                },
                ...Language.options.map((value) => ({ value, words: languageNames[value] })),
              ]}
            />
          )}
        </SettingRow>
        <SettingRow {...row('theme')} label={t('theme.label')}>
          {(control) => (
            <Choices
              {...control}
              value={valueOf('theme')}
              onChange={(value) => void change('theme', value)}
              options={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
            />
          )}
        </SettingRow>
        <SettingRow {...row('textSize')} label={t('textSize.label')}>
          {(control) => (
            <Choices
              {...control}
              value={valueOf('textSize')}
              onChange={(value) => void change('textSize', value)}
              options={textSizes.map((value) => ({ value, label: t(`textSize.${value}`) }))}
            />
          )}
        </SettingRow>
      </Group>

      <Group title={t('groups.teaching')}>
        {switches.teaching.map((name) => switchRow(name, t(`${name}.hint`)))}
        <SettingRow {...row('idleMinutes')} label={t('idleMinutes.label')} hint={t('idleMinutes.hint')}>
          {(control) => (
            <Select
              {...control}
              className="w-full sm:w-64 sm:shrink-0"
              value={String(idle)}
              onChoose={(value) => void change('idleMinutes', value === 'null' ? null : Number(value))}
              options={[...minutesWith(idle), null].map((minutes) => ({
                value: String(minutes),
                words:
                  minutes === null
                    ? t('idleMinutes.never')
                    : minutes % 60 === 0
                      ? t('idleMinutes.hours', { count: minutes / 60 })
                      : t('idleMinutes.minutes', { count: minutes }),
              }))}
            />
          )}
        </SettingRow>
      </Group>

      <Group title={t('groups.notifications')}>
        {switches.notifications.map((name) => switchRow(name, t(`${name}.hint`)))}
      </Group>

      <Group title={t('groups.computer')}>
        {switches.computer.map((name) => switchRow(name, t(`${name}.hint`)))}
        {switchRow(
          'spellChecking',
          t(workspace.platform === 'mac' ? 'spellChecking.hint' : 'spellChecking.hintFetch'),
        )}
      </Group>

      <Group title={t('groups.signIn')}>
        <Fact label={t('serverUrl.label')} said={settings.serverUrl}>
          {settings.serverUrl.value ?? (workspace.serverUrl || t('serverUrl.none'))}
        </Fact>
        <Fact label={t('memoryOnlySignIn.label')} said={settings.memoryOnlySignIn}>
          {t(settings.memoryOnlySignIn.value ? 'memoryOnlySignIn.allowed' : 'memoryOnlySignIn.forbidden')}
        </Fact>
      </Group>

      <Group title={t('groups.about')}>
        <div className="py-4">
          <p className="font-medium">{t('about.version', { version: workspace.version })}</p>
          <p className="mt-1 text-note text-quiet">{t('about.licence')}</p>
        </div>
      </Group>
    </PageFrame>
  )
}

/** The usual choices, and the one that counts where it is another. */
const minutesWith = (minutes: number | null) =>
  minutes === null || idleChoices.includes(minutes)
    ? idleChoices
    : [...idleChoices, minutes].toSorted((a, b) => a - b)

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-9">
      <h2 className="text-lead font-semibold">{title}</h2>
      <div className="mt-3 divide-y divide-line rounded-card border border-line bg-surface px-4 shadow-lift sm:px-6">
        {children}
      </div>
    </section>
  )
}

/** What only an organisation can set. */
function Fact({
  label,
  said,
  children,
}: {
  label: string
  said: EffectiveSettings[keyof EffectiveSettings]
  children: string
}) {
  return (
    <div className="flex flex-col gap-2 py-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-8 gap-y-1">
        <p className="font-medium">{label}</p>
        <p className="min-w-0 break-words text-quiet">
          <bdi>{children}</bdi>
        </p>
      </div>
      <Managed said={said} />
    </div>
  )
}

interface ChoicesProps<T> extends ControlProps {
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
}

function Choices<T extends string | number>({
  id,
  disabled,
  value: chosen,
  options,
  onChange,
  ...group
}: ChoicesProps<T>) {
  return (
    <div role="radiogroup" {...group} className="flex flex-wrap gap-2">
      {options.map(({ value, label }) => (
        <label
          key={value}
          className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-control border border-edge px-3.5 has-checked:border-accent has-checked:bg-accent-wash has-checked:font-medium has-disabled:cursor-default has-disabled:border-line"
        >
          <input
            type="radio"
            name={id}
            // What the row's own label leads to.
            id={value === chosen ? id : undefined}
            disabled={disabled}
            checked={value === chosen}
            onChange={() => onChange(value)}
            className="size-4.5 cursor-pointer accent-accent disabled:cursor-default"
          />
          {label}
        </label>
      ))}
    </div>
  )
}
