/** What the server is told from outside: environment variables named LECTERN_*, each with a default. */
import { z } from 'zod'
import { StartFailure } from './start-failure.ts'

const seconds = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback)

const Environment = z
  .object({
    LECTERN_HOST: z.string().min(1).default('127.0.0.1'),
    /** 0: any free port. */
    LECTERN_PORT: z.coerce.number().int().min(0).max(65535).default(8787),
    LECTERN_DATA_DIR: z.string().min(1).default('./.lectern-data'),
    /** Life of an access token. */
    LECTERN_ACCESS_TTL: seconds(15 * 60, 24 * 3600),
    /** Life of a sign-in, reckoned from the password: rotating a refresh token does not prolong it. */
    LECTERN_SESSION_TTL: seconds(30 * 24 * 3600, 366 * 24 * 3600),
    LECTERN_SEED: z.enum(['demo', 'none']).default('none'),
    /**
     * The password of every account of the demo school; set anew at each start. Without it the accounts keep the one
     * they have, which at the first start is random and known to nobody: then no demo account can sign in.
     */
    LECTERN_DEMO_PASSWORD: z.string().min(8).max(1024).optional(),
    /** A participant who says nothing for this long is taken out of the room. */
    LECTERN_PARTICIPANT_TIMEOUT: seconds(90, 3600),
    /** Sign-in attempts a minute from one address for one account. */
    LECTERN_SIGN_IN_LIMIT: z.coerce.number().int().min(1).max(100_000).default(10),
    /** Milliseconds between two words of an answer that the assistant makes by itself. */
    LECTERN_ASSISTANT_PACE_MS: z.coerce.number().int().min(0).max(5000).default(30),
    /**
     * A language model that answers in place of the assistant's own rules: the base address of an OpenAI-compatible
     * service, such as http://127.0.0.1:11434/v1. It is sent the question, the chat and who takes part.
     */
    LECTERN_ASSISTANT_URL: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    LECTERN_ASSISTANT_KEY: z.string().min(1).max(4096).optional(),
    LECTERN_ASSISTANT_MODEL: z.string().min(1).max(200).optional(),
    LECTERN_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  })
  .refine((env) => env.LECTERN_ASSISTANT_URL === undefined || env.LECTERN_ASSISTANT_MODEL !== undefined, {
    path: ['LECTERN_ASSISTANT_MODEL'],
    message: 'Needed with LECTERN_ASSISTANT_URL',
  })

/** A service that speaks OpenAI's chat completions. */
export interface LanguageModelSettings {
  /** Base address, without `/chat/completions`. */
  readonly url: string
  readonly key: string | null
  readonly model: string
}

/** Times are in seconds, except where a name says otherwise. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly accessTtl: number
  readonly sessionTtl: number
  readonly seed: 'demo' | 'none'
  readonly demoPassword: string | null
  readonly participantTimeout: number
  readonly signInLimit: number
  readonly assistantPaceMs: number
  /** Null: the assistant answers by its own rules. */
  readonly languageModel: LanguageModelSettings | null
  readonly log: z.output<typeof Environment>['LECTERN_LOG']
}

/** @throws {StartFailure} `invalid-settings`, naming every variable that cannot be used; values are not repeated */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Environment.safeParse(environment)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new StartFailure('invalid-settings', `These settings cannot be used. ${problems.join('; ')}`)
  }
  const env = parsed.data
  return {
    host: env.LECTERN_HOST,
    port: env.LECTERN_PORT,
    dataDir: env.LECTERN_DATA_DIR,
    accessTtl: env.LECTERN_ACCESS_TTL,
    sessionTtl: env.LECTERN_SESSION_TTL,
    seed: env.LECTERN_SEED,
    demoPassword: env.LECTERN_DEMO_PASSWORD ?? null,
    participantTimeout: env.LECTERN_PARTICIPANT_TIMEOUT,
    signInLimit: env.LECTERN_SIGN_IN_LIMIT,
    assistantPaceMs: env.LECTERN_ASSISTANT_PACE_MS,
    languageModel:
      env.LECTERN_ASSISTANT_URL === undefined || env.LECTERN_ASSISTANT_MODEL === undefined
        ? null
        : {
            url: env.LECTERN_ASSISTANT_URL,
            key: env.LECTERN_ASSISTANT_KEY ?? null,
            model: env.LECTERN_ASSISTANT_MODEL,
          },
    log: env.LECTERN_LOG,
  }
}
