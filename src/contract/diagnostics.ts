/** What the diagnostics page and the support bundle show. Nothing here can hold a token or what somebody wrote. */
import { z } from 'zod'
import { RecoveryCause } from './model.ts'

/** One line of the journal. Times in milliseconds: `wall` since the epoch, `monotonic` since some start. */
export const TimelineEntry = z.object({
  wall: z.number(),
  monotonic: z.number(),
  event: z.string().max(100),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** How the session does, for the session panel. Times are epoch milliseconds on this machine's wall clock. */
export const SessionFacts = z.object({
  serverUrl: z.string(),
  serverVersion: z.string().nullable(),
  /** Milliseconds the server's clock is ahead of this machine's; null before its first answer. */
  clockOffset: z.number().nullable(),
  /** The access token in use: a ring runs from `accessIssuedAt` to `accessExpiresAt`. */
  accessIssuedAt: z.number().nullable(),
  accessExpiresAt: z.number().nullable(),
  nextRefreshAt: z.number().nullable(),
  lastRefreshAt: z.number().nullable(),
  sessionExpiresAt: z.number().nullable(),
  lastRecovery: z.object({ cause: RecoveryCause, at: z.number(), tookMs: z.number() }).nullable(),
  /** The last 60 answers of the server, oldest first: when, and milliseconds it took. */
  latencies: z.array(z.object({ at: z.number(), ms: z.number() })).max(60),
  /** Whether the credential is kept only until Lectern quits. */
  memoryOnly: z.boolean(),
})
export type SessionFacts = z.infer<typeof SessionFacts>

export const HealthCheckName = z.enum([
  'network',
  'server',
  'sign-in',
  'data',
  'clock',
  'live-connection',
  'keychain',
  'disk',
  'proxy',
])
export type HealthCheckName = z.infer<typeof HealthCheckName>

export const HealthCheck = z.object({
  name: HealthCheckName,
  /** `unknown`: it could not be tried now. */
  verdict: z.enum(['good', 'warning', 'bad', 'unknown']),
  /** What was seen, as a stable code for the page's words, and numbers to put into them. */
  code: z.string().max(60),
  values: z.record(z.string(), z.union([z.string().max(300), z.number()])),
  tookMs: z.number().nullable(),
})
export type HealthCheck = z.infer<typeof HealthCheck>

/** What a support bundle would hold, exactly as it would be saved. */
export const SupportBundle = z.object({
  /** Names what was shown, so that nothing else is saved. */
  id: z.uuid(),
  files: z.array(z.object({ name: z.string(), bytes: z.int().min(0), text: z.string() })),
})
export type SupportBundle = z.infer<typeof SupportBundle>
