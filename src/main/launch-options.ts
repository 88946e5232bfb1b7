import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ServerUrl } from '../contract/settings.ts'

export interface LaunchOptions {
  /** `remembered`: the server of the last sign-in; without one, the sign-in page asks. */
  readonly server: { readonly kind: 'demo' | 'remembered' } | { readonly kind: 'given'; readonly url: string }
  /** No window is shown. */
  readonly headless: boolean
  /** Take a picture of a room of the demo, write it here as PNG, and quit. */
  readonly screenshot: string | null
  /** Life of the demo's access tokens in seconds; null for the server's own. */
  readonly demoAccessTtl: number | null
  /** Seconds without anybody there after which the session is locked, null for never; undefined when nobody says. */
  readonly idleTimeout: number | null | undefined
}

const ADDRESS = 'Type the address of your Lectern server, such as https://lectern.example.edu'
const Address = z.string(ADDRESS).pipe(ServerUrl)

/** A longer one than this can only be a slip, and no timer would hold it. */
const LONGEST_IDLE = 30 * 24 * 60 * 60

const idleTimeout = (name: string) => {
  const wanted = `${name} must be a whole number of seconds, or 0 for never.`
  return z
    .string(wanted)
    .regex(/^\d+$/, wanted)
    .transform(Number)
    .pipe(z.number().max(LONGEST_IDLE, `${name} must be 30 days or less, or 0 for never.`))
    .optional()
}

const Options = z.object({
  server: Address.optional(),
  demo: z.boolean('--demo takes no value.').default(false),
  headless: z.boolean('--headless takes no value.').default(false),
  screenshot: z
    .string('--screenshot needs the name of a file, such as --screenshot room.png')
    .min(1, '--screenshot needs the name of a file, such as --screenshot room.png')
    .optional(),
  'idle-timeout': idleTimeout('--idle-timeout'),
})

const Environment = z.object({
  LECTERN_SERVER: Address.optional(),
  LECTERN_ACCESS_TTL: z.coerce
    .number('LECTERN_ACCESS_TTL must be a number of seconds.')
    .int('LECTERN_ACCESS_TTL must be a whole number of seconds.')
    .positive('LECTERN_ACCESS_TTL must be more than 0 seconds.')
    .optional(),
  LECTERN_IDLE_TIMEOUT: idleTimeout('LECTERN_IDLE_TIMEOUT'),
})

export type Reading =
  | { readonly ok: true; readonly options: LaunchOptions }
  /** One plain sentence for whoever typed the command. */
  | { readonly ok: false; readonly message: string }

/**
 * What the command line and the environment ask for; the command line goes first.
 *
 * @param args without the executable and the app's path. Switches of Chromium and Node stand among them, so one
 *   that is not known here is no mistake.
 */
export function readLaunchOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Reading {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      server: { type: 'string' },
      demo: { type: 'boolean' },
      headless: { type: 'boolean' },
      screenshot: { type: 'string' },
      'idle-timeout': { type: 'string' },
    },
  })
  const options = Options.safeParse(values)
  if (!options.success) return wrong(options.error)
  const fromEnvironment = Environment.safeParse(environment)
  if (!fromEnvironment.success) return wrong(fromEnvironment.error)

  const { server, demo, headless, screenshot } = options.data
  const { LECTERN_SERVER, LECTERN_ACCESS_TTL, LECTERN_IDLE_TIMEOUT } = fromEnvironment.data
  if (server !== undefined && demo) return bad('Give either --server or --demo, not both.')
  if (screenshot !== undefined && !headless) return bad('--screenshot works only together with --headless.')
  if (screenshot !== undefined && server !== undefined) {
    return bad('--screenshot takes its picture in the demo, so it cannot be used with --server.')
  }
  const url = server ?? LECTERN_SERVER
  const idle = options.data['idle-timeout'] ?? LECTERN_IDLE_TIMEOUT
  return {
    ok: true,
    options: {
      server:
        demo || screenshot !== undefined
          ? { kind: 'demo' }
          : url === undefined
            ? { kind: 'remembered' }
            : { kind: 'given', url },
      headless,
      screenshot: screenshot ?? null,
      demoAccessTtl: LECTERN_ACCESS_TTL ?? null,
      idleTimeout: idle === 0 ? null : idle,
    },
  }
}

const bad = (message: string): Reading => ({ ok: false, message })
const wrong = (error: z.ZodError): Reading =>
  bad(error.issues[0]?.message ?? 'These options do not fit together.')
