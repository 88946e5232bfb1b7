/** Credits: what an account may still spend, and the ledger that says why. */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import { Instant, Text } from './model.ts'

const CreditAmount = z.int().min(1).max(1_000_000)
const CreditNote = Text.trim().min(1).max(200)

/** A line of the ledger; never changed and never taken out. */
const CreditEntry = z.object({
  /** Position in this account's ledger: 1, 2, 3 and so on. */
  seq: z.int().min(1),
  /** Positive: given. Negative: spent. */
  amount: z.int(),
  /** What was left after it. */
  balance: z.int().min(0),
  note: z.string(),
  at: Instant,
})
export type CreditEntry = z.infer<typeof CreditEntry>

const Receipt = z.object({ entry: CreditEntry, balance: z.int().min(0) })

export const creditEndpoints = {
  getCredits: {
    method: 'GET',
    path: '/credits',
    summary: 'What this account has left. `refresh=true` reads past the cache.',
    params: nothing,
    query: z.object({ refresh: z.enum(['true', 'false']).default('false') }),
    body: z.undefined(),
    response: z.object({ balance: z.int().min(0), asOf: Instant, cached: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
    suspicious: ({ balance }: { balance: number }) => balance === 0,
  },
  listCreditEntries: {
    method: 'GET',
    path: '/credits/entries',
    summary: 'The ledger, newest first: the last `limit` before `beforeSeq`, or the last of all.',
    params: nothing,
    query: z.object({
      beforeSeq: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    body: z.undefined(),
    response: z.object({ items: z.array(CreditEntry), hasMore: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  consumeCredits: {
    method: 'POST',
    path: '/credits/consume',
    summary: 'Spend credits, at most once per Idempotency-Key. 409 `not-enough-credits` spends nothing.',
    params: nothing,
    query: nothing,
    body: z.object({ amount: CreditAmount, note: CreditNote }),
    response: Receipt,
    authenticated: true,
    repeat: 'keyed',
  },
  grantCredits: {
    method: 'POST',
    path: '/accounts/:accountId/credits',
    summary: 'Give an account credits, at most once per Idempotency-Key. Administrators only.',
    params: z.object({ accountId: z.uuid() }),
    query: nothing,
    body: z.object({ amount: CreditAmount, note: CreditNote }),
    response: Receipt,
    authenticated: true,
    repeat: 'keyed',
  },
} as const satisfies Record<string, Endpoint>
