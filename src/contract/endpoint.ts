/** What an HTTP endpoint is. The tables that say which there are: api.ts and credentials.ts. */
import { z } from 'zod'

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parameters as `:name`. */
  readonly path: `/${string}`
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** `z.undefined()` when there is none. */
  readonly body: z.ZodType
  readonly response: z.ZodType
  /** Whether the access token is required. */
  readonly authenticated: boolean
  /**
   * How often the same request may be sent: `safe` (RFC 9110 §9.2.1) any number of times; `keyed` when it
   * carries an Idempotency-Key; `once` never again by itself.
   */
  readonly repeat: 'safe' | 'keyed' | 'once'
  /**
   * Whether a good answer looks as if the data were gone (all zero after a restart of the server, say). It is then
   * asked for again, past every cache, before anybody sees it.
   */
  readonly suspicious?: (answer: never) => boolean
}

/** Present on every answer of a Lectern server; a captive portal's page has none. Its value is the bootId. */
export const BOOT_ID_HEADER = 'lectern-boot-id'
export const MAX_BODY_BYTES = 256 * 1024

/** A part of a request that carries nothing. */
export const nothing = z.object({})

/** RFC 9457. `code` is stable; `title` and `detail` are for people. */
export const ProblemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type ProblemDocument = z.infer<typeof ProblemDocument>
