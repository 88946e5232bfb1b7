/** What main and the keychain process say to each other, over the message port and nowhere else. */
import { z } from 'zod'

const entry = { id: z.int(), service: z.string().min(1), name: z.string().min(1) }

export const KeychainRequest = z.discriminatedUnion('operation', [
  z.object({ operation: z.literal('read'), ...entry }),
  z.object({ operation: z.literal('write'), ...entry, secret: z.string().min(1) }),
  z.object({ operation: z.literal('remove'), ...entry }),
])
export type KeychainRequest = z.infer<typeof KeychainRequest>

export const KeychainAnswer = z.discriminatedUnion('ok', [
  /** `value` is the secret of a `read`, null when there is no such entry. For `remove`: null if there was none. */
  z.object({ id: z.int(), ok: z.literal(true), value: z.string().nullable() }),
  /** `error` is what keytar said. */
  z.object({ id: z.int(), ok: z.literal(false), error: z.string() }),
])
export type KeychainAnswer = z.infer<typeof KeychainAnswer>
