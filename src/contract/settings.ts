/** What can be set from outside: by an organisation's policy, on the settings page, on the command line. */
import { z } from 'zod'
import { lifetimes } from './lifetimes.ts'

const isLoopback = (url: URL) => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)

/** The origin of a Lectern server: https, or http to this machine itself. */
export const ServerUrl = z
  .string()
  .max(2048)
  .transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : null
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (!url || !['https:', 'http:'].includes(url.protocol)) {
      return refuse('Type the address of your Lectern server, such as https://lectern.example.edu')
    }
    if (url.protocol === 'http:' && !isLoopback(url)) return refuse('The address must start with https://')
    return url.origin
  })

/** Seconds, except where a name says otherwise. */
export const timing = {
  /** A participant says "still here" this often. */
  heartbeatInterval: lifetimes.heartbeat,
  /** Between recoveries nobody asked for. */
  recoveryCooldown: 30,
  /** Wall and monotonic clock may drift this far apart before a sleep or a clock change is assumed. */
  clockDivergence: 5,
  /** One probe of the server. */
  probeTimeout: 5,
  /** One ordinary call. */
  callTimeout: 30,
  /** A ping on a channel without an answer for this long: the socket is half open. */
  pongTimeout: 10,
  /** Nobody there for this long ends the session, unless set otherwise. */
  idleTimeout: lifetimes.appIdle,
  /** The warning comes this long before. */
  idleWarning: lifetimes.appIdleWarning,
  /** Warnings before the refresh token's own end. */
  sessionEndWarnings: lifetimes.signInEndWarnings,
  /** Two refreshes are never closer than this, whatever a clock or a server says. */
  refreshFloor: 1,
} as const

export const Language = z.enum(['en', 'de', 'ar'])
export type Language = z.infer<typeof Language>

/**
 * The first of `wanted` that Lectern speaks; English when it speaks none.
 *
 * @param wanted BCP 47 tags, the most wanted first
 */
export function languageFor(wanted: readonly string[]): Language {
  const spoken = wanted.map((tag) => Language.safeParse(tag.toLowerCase().split('-')[0]).data)
  return spoken.find((language) => language !== undefined) ?? 'en'
}

/**
 * Every setting there is: the settings page, the policy files and the table in docs/managing-the-app.md follow from this.
 * `page`: whether a person may change it; the others are for an organisation only.
 */
export const settings = {
  serverUrl: { schema: ServerUrl.nullable(), default: null, page: false },
  /** Minutes without anybody there after which the session locks; null for never. */
  idleMinutes: { schema: z.int().min(1).max(43_200).nullable(), default: lifetimes.appIdle / 60, page: true },
  /** Whether somebody may sign in without a keychain, until Lectern quits. */
  memoryOnlySignIn: { schema: z.boolean(), default: true, page: false },
  messageNotifications: { schema: z.boolean(), default: true, page: true },
  handNotifications: { schema: z.boolean(), default: true, page: true },
  startAtLogin: { schema: z.boolean(), default: false, page: true },
  /** The screen stays on while one teaches. */
  keepAwake: { schema: z.boolean(), default: true, page: true },
  spellChecking: { schema: z.boolean(), default: false, page: true },
  language: { schema: z.enum(['system', ...Language.options]), default: 'system', page: true },
  theme: { schema: z.enum(['system', 'light', 'dark']), default: 'system', page: true },
  /** Percent of the usual size. */
  textSize: { schema: z.union([z.literal(100), z.literal(115), z.literal(130)]), default: 100, page: true },
  /** Whether a letter alone does something in a room: people who speak to their computer type letters unasked. */
  singleKeyShortcuts: { schema: z.boolean(), default: true, page: true },
} as const satisfies Record<string, { schema: z.ZodType; default: unknown; page: boolean }>

export type SettingName = keyof typeof settings
export type SettingValue<N extends SettingName> = z.output<(typeof settings)[N]['schema']>
export const settingNames = Object.keys(settings) as [SettingName, ...SettingName[]]

/** In order of precedence. */
export const SettingSource = z.enum(['machine-policy', 'user-policy', 'command-line', 'user', 'default'])
export type SettingSource = z.infer<typeof SettingSource>

const effective = <V extends z.ZodType>(value: V) =>
  z.object({
    value,
    source: SettingSource,
    /** The file of the policy that says so; null when none does. */
    origin: z.string().nullable(),
  })

/** What counts now, and who said so. One a policy sets cannot be changed by a person. */
export const EffectiveSettings = z.object({
  serverUrl: effective(settings.serverUrl.schema),
  idleMinutes: effective(settings.idleMinutes.schema),
  memoryOnlySignIn: effective(settings.memoryOnlySignIn.schema),
  messageNotifications: effective(settings.messageNotifications.schema),
  handNotifications: effective(settings.handNotifications.schema),
  startAtLogin: effective(settings.startAtLogin.schema),
  keepAwake: effective(settings.keepAwake.schema),
  spellChecking: effective(settings.spellChecking.schema),
  language: effective(settings.language.schema),
  theme: effective(settings.theme.schema),
  textSize: effective(settings.textSize.schema),
  singleKeyShortcuts: effective(settings.singleKeyShortcuts.schema),
}) satisfies z.ZodObject<Record<SettingName, z.ZodType>>
export type EffectiveSettings = z.infer<typeof EffectiveSettings>

/** One change a person makes. */
export const SettingChange = z.object({ name: z.enum(settingNames), value: z.unknown() })
export type SettingChange = z.infer<typeof SettingChange>
