import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import {
  EffectiveSettings,
  settingNames,
  settings,
  type SettingName,
  type SettingSource,
} from '../contract/settings.ts'
import type { FileStore } from '../core/ports.ts'
import { createQueue } from '../core/queue.ts'
import type { LaunchOptions } from './launch-options.ts'
import type { Policy } from './policy.ts'

const FILE = 'settings.json'
const Document = z.object({ version: z.literal(1), values: z.record(z.string(), z.unknown()) })

type Values = Readonly<Partial<Record<SettingName, unknown>>>

export interface SettingsOptions {
  readonly machinePolicy: Policy | null
  readonly userPolicy: Policy | null
  /** What the command line or the environment of this start says. */
  readonly commandLine: Values
  /** Where this platform has a better default than the table. */
  readonly defaults: Values
  readonly files: FileStore
}

/** What counts now: policy before the command line before the person before the default. */
export interface Settings {
  effective(): EffectiveSettings
  /** `forbidden` when it is not for the person to say; `invalid-request` when the value does not fit. */
  change(name: SettingName, value: unknown): Promise<Result<EffectiveSettings>>
  subscribe(listener: (settings: EffectiveSettings) => void): () => void
}

/** A file of the person's own that cannot be read counts as none: every setting has a sound default. */
export async function openSettings(options: SettingsOptions): Promise<Settings> {
  const { machinePolicy, userPolicy, commandLine, defaults, files } = options
  const listeners = new Set<(settings: EffectiveSettings) => void>()
  let own = await readOwn(files)
  // One after the other, or the second of two changes would be written without the first.
  const inOrder = createQueue()

  const sources = (): readonly { source: SettingSource; values: Values; origin: string | null }[] => [
    { source: 'machine-policy', values: machinePolicy?.values ?? {}, origin: machinePolicy?.origin ?? null },
    { source: 'user-policy', values: userPolicy?.values ?? {}, origin: userPolicy?.origin ?? null },
    { source: 'command-line', values: commandLine, origin: null },
    { source: 'user', values: own, origin: null },
  ]

  function reckon(): EffectiveSettings {
    const all = sources()
    const entries = settingNames.map((name) => {
      const from = all.find(({ values }) => values[name] !== undefined)
      const value = from ? from.values[name] : (defaults[name] ?? settings[name].default)
      return [name, { value, source: from?.source ?? 'default', origin: from?.origin ?? null }] as const
    })
    return EffectiveSettings.parse(Object.fromEntries(entries))
  }

  async function save(name: SettingName, value: unknown): Promise<Result<EffectiveSettings>> {
    const next = { ...own, [name]: value }
    const saved = await files.write(FILE, JSON.stringify({ version: 1, values: next }))
    if (!saved.ok) return saved
    own = next
    current = reckon()
    for (const listener of listeners) listener(current)
    return succeed(current)
  }

  let current = reckon()
  return {
    effective: () => current,
    async change(name, value) {
      if (!settings[name].page || isManaged(current[name].source)) {
        return fail('forbidden', 'This is set by your organisation and cannot be changed here.')
      }
      const parsed = settings[name].schema.safeParse(value)
      if (!parsed.success) {
        return fail('invalid-request', 'This setting cannot have that value.', { cause: name })
      }
      return inOrder(() => save(name, parsed.data))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export const isManaged = (source: SettingSource): boolean =>
  source === 'machine-policy' || source === 'user-policy'

/** The settings that the command line of this start names. */
export const settingsOf = ({ server, idleTimeout }: LaunchOptions): Values => ({
  ...(server.kind === 'given' ? { serverUrl: server.url } : {}),
  // The setting counts in minutes; `idleSeconds` keeps to the second.
  ...(idleTimeout === undefined
    ? {}
    : { idleMinutes: idleTimeout === null ? null : Math.max(1, Math.round(idleTimeout / 60)) }),
})

/** Seconds without anybody there after which the session locks; null for never. */
export function idleSeconds(
  { idleMinutes }: EffectiveSettings,
  { idleTimeout }: LaunchOptions,
): number | null {
  if (idleMinutes.source === 'command-line' && idleTimeout !== undefined) return idleTimeout
  return idleMinutes.value === null ? null : idleMinutes.value * 60
}

async function readOwn(files: FileStore): Promise<Values> {
  const stored = await files.read(FILE)
  const document = stored.ok && stored.value !== null ? parseJson(Document, stored.value) : null
  const own: Partial<Record<SettingName, unknown>> = {}
  for (const name of settingNames) {
    const parsed = settings[name].schema.safeParse(document?.values[name])
    if (parsed.success && settings[name].page) own[name] = parsed.data
  }
  return own
}
