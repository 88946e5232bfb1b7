/** What the server is told from outside: DATABASE_URL and environment variables named LECTERN_*, each with a default. */
import { join } from 'node:path'
import { z } from 'zod'
import { lifetimes } from '../contract/lifetimes.ts'
import { StartFailure } from './start-failure.ts'
import type { StorageSettings } from './storage/storage.ts'

const seconds = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback)

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const Environment = z
  .object({
    LECTERN_HOST: z.string().min(1).default('127.0.0.1'),
    /** 0: any free port. */
    LECTERN_PORT: z.coerce.number().int().min(0).max(65535).default(8787),
    /** PostgreSQL, shared by several servers. Without it the database is in LECTERN_DATA_DIR, for one server. */
    DATABASE_URL: z
      .url({ protocol: /^postgres(ql)?$/, hostname: /.*/ })
      .max(4096)
      .optional(),
    /** Connections to PostgreSQL at once. */
    LECTERN_DATABASE_POOL: z.coerce.number().int().min(2).max(500).default(10),
    LECTERN_DATA_DIR: z.string().min(1).default('./.lectern-data'),
    /** Lifetimes, in seconds: src/contract/lifetimes.ts says of what. */
    LECTERN_ACCESS_TTL: seconds(lifetimes.accessToken, lifetimes.accessTokenAtMost),
    LECTERN_SESSION_TTL: seconds(lifetimes.signIn, 366 * 24 * 3600),
    LECTERN_REFRESH_IDLE_TTL: seconds(lifetimes.refreshTokenIdle, 366 * 24 * 3600),
    LECTERN_SIGNING_KEY_TTL: seconds(lifetimes.signingKey, 366 * 24 * 3600),
    LECTERN_SEED: z.enum(['demo', 'none']).default('none'),
    /**
     * The password of every account of the demo school; set anew at each start. Without it the accounts keep the one
     * they have, which at the first start is random and known to nobody: then no demo account can sign in.
     */
    LECTERN_DEMO_PASSWORD: z.string().min(8).max(1024).optional(),
    /** The first administrator, made at the start; the password is set anew when it is another. */
    LECTERN_ADMIN_EMAIL: z.email().max(254).optional(),
    LECTERN_ADMIN_PASSWORD: z.string().min(12).max(1024).optional(),
    /** A participant who says nothing for this long is shown as away, and then taken out of the room. */
    LECTERN_PARTICIPANT_AWAY: seconds(lifetimes.participantAway, 3600),
    LECTERN_PARTICIPANT_TIMEOUT: seconds(lifetimes.participantGone, 3600),
    /**
     * Addresses of the balancers in front, such as `10.0.0.0/8, loopback`: the client's address is then the one they
     * tell. Without it nobody is believed.
     */
    LECTERN_TRUST_PROXY: list.optional(),
    /** Whoever reads /metrics from another machine has to say this as a bearer token. */
    LECTERN_METRICS_TOKEN: z.string().min(16).max(256).optional(),
    /** Where uploaded files are: this folder, by default one in LECTERN_DATA_DIR … */
    LECTERN_FILES_DIR: z.string().min(1).optional(),
    /** … or a bucket of any S3-compatible service. */
    LECTERN_S3_ENDPOINT: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    LECTERN_S3_REGION: z.string().min(1).max(100).default('us-east-1'),
    LECTERN_S3_BUCKET: z.string().min(3).max(63).optional(),
    LECTERN_S3_ACCESS_KEY_ID: z.string().min(1).max(256).optional(),
    LECTERN_S3_SECRET_ACCESS_KEY: z.string().min(1).max(256).optional(),
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
  .refine((env) => (env.LECTERN_ADMIN_EMAIL === undefined) === (env.LECTERN_ADMIN_PASSWORD === undefined), {
    path: ['LECTERN_ADMIN_PASSWORD'],
    message: 'Set both LECTERN_ADMIN_EMAIL and LECTERN_ADMIN_PASSWORD, or neither',
  })
  .refine((env) => env.LECTERN_PARTICIPANT_AWAY <= env.LECTERN_PARTICIPANT_TIMEOUT, {
    path: ['LECTERN_PARTICIPANT_AWAY'],
    message: 'Must not be longer than LECTERN_PARTICIPANT_TIMEOUT',
  })
  .superRefine((env, context) => {
    if (env.LECTERN_S3_ENDPOINT === undefined) return
    for (const name of [
      'LECTERN_S3_BUCKET',
      'LECTERN_S3_ACCESS_KEY_ID',
      'LECTERN_S3_SECRET_ACCESS_KEY',
    ] as const) {
      if (env[name] === undefined) {
        context.addIssue({ code: 'custom', path: [name], message: 'Needed with LECTERN_S3_ENDPOINT' })
      }
    }
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
  /** Null: PGlite in `dataDir`. */
  readonly databaseUrl: string | null
  readonly databasePool: number
  readonly dataDir: string
  readonly accessTtl: number
  readonly sessionTtl: number
  readonly refreshIdleTtl: number
  readonly signingKeyTtl: number
  readonly seed: 'demo' | 'none'
  readonly demoPassword: string | null
  readonly admin: { readonly email: string; readonly password: string } | null
  readonly participantAway: number
  readonly participantTimeout: number
  /** Empty: no proxy is believed. */
  readonly trustProxy: readonly string[]
  readonly metricsToken: string | null
  readonly storage: StorageSettings
  readonly signInLimit: number
  readonly assistantPaceMs: number
  /** Null: the assistant answers by its own rules. */
  readonly languageModel: LanguageModelSettings | null
  readonly log: z.output<typeof Environment>['LECTERN_LOG']
}

/** @throws {StartFailure} `invalid-settings`, naming every variable that cannot be used; values are not repeated */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  // Set to nothing is how a container's configuration says "not set".
  const said = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Environment.safeParse(said)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new StartFailure('invalid-settings', `These settings cannot be used. ${problems.join('; ')}`)
  }
  const env = parsed.data
  return {
    host: env.LECTERN_HOST,
    port: env.LECTERN_PORT,
    databaseUrl: env.DATABASE_URL ?? null,
    databasePool: env.LECTERN_DATABASE_POOL,
    dataDir: env.LECTERN_DATA_DIR,
    accessTtl: env.LECTERN_ACCESS_TTL,
    sessionTtl: env.LECTERN_SESSION_TTL,
    refreshIdleTtl: env.LECTERN_REFRESH_IDLE_TTL,
    signingKeyTtl: env.LECTERN_SIGNING_KEY_TTL,
    seed: env.LECTERN_SEED,
    demoPassword: env.LECTERN_DEMO_PASSWORD ?? null,
    admin:
      env.LECTERN_ADMIN_EMAIL === undefined || env.LECTERN_ADMIN_PASSWORD === undefined
        ? null
        : { email: env.LECTERN_ADMIN_EMAIL, password: env.LECTERN_ADMIN_PASSWORD },
    participantAway: env.LECTERN_PARTICIPANT_AWAY,
    participantTimeout: env.LECTERN_PARTICIPANT_TIMEOUT,
    trustProxy: env.LECTERN_TRUST_PROXY ?? [],
    metricsToken: env.LECTERN_METRICS_TOKEN ?? null,
    storage: storageOf(env),
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

function storageOf(env: z.output<typeof Environment>): StorageSettings {
  const { LECTERN_S3_BUCKET: bucket, LECTERN_S3_ACCESS_KEY_ID: accessKeyId } = env
  const { LECTERN_S3_ENDPOINT: endpoint, LECTERN_S3_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (endpoint && bucket && accessKeyId && secretAccessKey) {
    return { kind: 's3', endpoint, region: env.LECTERN_S3_REGION, bucket, accessKeyId, secretAccessKey }
  }
  return { kind: 'disk', folder: env.LECTERN_FILES_DIR ?? join(env.LECTERN_DATA_DIR, 'files') }
}
