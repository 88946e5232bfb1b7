/**
 * What an account may still spend. The ledger is the truth: rows that are only ever added, each with the balance after
 * it; the database itself refuses one that does not follow from the row before (migration 008). A balance read once is
 * told again for a while from memory, until a change is heard of; nothing is ever decided by such a copy.
 */
import { sql, type Selectable } from 'kysely'
import type { CreditEntry, creditEndpoints } from '../../contract/credits.ts'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { Notices } from '../database/notices.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { Db, OwnTables, OwnTx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import { requireAdmin } from '../sign-in/accounts.ts'

export interface CreditChange {
  /** Credits, 1 or more; whether they come or go says the method. */
  readonly amount: number
  readonly note: string
  /** Never meets a key that a client chose, whatever it is. */
  readonly idempotencyKey: string
}

export interface Credits {
  readonly handlers: Handlers<typeof creditEndpoints>
  /**
   * Part of a transaction of this account, which waits for any other that changes its ledger. The same key gives the
   * same entry and spends nothing more. Call `changed` when it has committed.
   *
   * @throws {Problem} `not-enough-credits`; `conflict` when the key stands for another amount
   */
  spend(tx: OwnTx, accountId: string, change: CreditChange): Promise<CreditEntry>
  /** As `spend`, the other way. */
  give(tx: OwnTx, accountId: string, change: CreditChange): Promise<CreditEntry>
  /** Never from the cache. */
  balanceOf(tx: OwnTx, accountId: string): Promise<number>
  /** After the commit of a change: this server and the others forget the balance they remember. */
  changed(accountId: string): void
  /** Reads the balances of the accounts that were active in the last hour, so that their next look is quick. */
  warm(): Promise<void>
  /** Before the database closes. */
  close(): Promise<void>
}

export interface CreditsParts {
  readonly db: Db
  readonly ownRows: OwnRows
  readonly notices: Notices
}

/** int4 in the database, and more than anybody is given. */
const MOST = 2_147_483_647
/** More accounts than look at their credits at a time; an entry is some hundred bytes. */
const REMEMBERED = 10_000
/** One after the other over one connection: some seconds at most, in which others can work. */
const WARMED = 1000
const ACTIVE_MS = 3600_000

type Row = Selectable<OwnTables['credit_entries']>

const entryOf = ({ seq, amount, balance, note, at }: Row): CreditEntry => ({
  seq,
  amount,
  balance,
  note,
  at: at.toISOString(),
})

const ledger = (tx: OwnTx, accountId: string) =>
  tx.selectFrom('credit_entries').selectAll().where('account_id', '=', accountId)

const lastEntry = (tx: OwnTx, accountId: string) =>
  ledger(tx, accountId).orderBy('seq', 'desc').limit(1).executeTakeFirst()

async function balanceOf(tx: OwnTx, accountId: string): Promise<number> {
  return (await lastEntry(tx, accountId))?.balance ?? 0
}

/** @param amount signed */
async function enter(
  tx: OwnTx,
  accountId: string,
  amount: number,
  change: CreditChange,
): Promise<CreditEntry> {
  const { note, idempotencyKey } = change
  // The next statement sees what the holder before this one has committed.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`credits ${accountId}`}, 0))`.execute(tx)
  const known = await ledger(tx, accountId).where('idempotency_key', '=', idempotencyKey).executeTakeFirst()
  if (known) {
    if (known.amount === amount && known.note === note) return entryOf(known)
    throw new Problem('conflict', 'This Idempotency-Key was used for another change of the credits.')
  }
  const last = await lastEntry(tx, accountId)
  const before = last?.balance ?? 0
  const balance = before + amount
  if (balance < 0) {
    throw new Problem('not-enough-credits', `This takes ${-amount} credits, and ${before} are left.`)
  }
  if (balance > MOST) throw new Problem('conflict', 'No account can hold that many credits.')
  return entryOf(
    await tx
      .insertInto('credit_entries')
      .values({
        account_id: accountId,
        seq: (last?.seq ?? 0) + 1,
        amount,
        balance,
        note,
        idempotency_key: idempotencyKey,
        at: new Date(),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

export function createCredits({ db, ownRows, notices }: CreditsParts): Credits {
  const balances = rememberedBalances()
  const stopListening = notices.on('credits', balances.forget)
  let closed = false
  let warming: Promise<void> = Promise.resolve()

  async function read(accountId: string): Promise<Balance> {
    const remember = balances.reading(accountId)
    const balance = await ownRows.of(accountId, (tx) => balanceOf(tx, accountId))
    return remember(balance)
  }

  const spend: Credits['spend'] = (tx, accountId, change) => enter(tx, accountId, -change.amount, change)
  const give: Credits['give'] = (tx, accountId, change) => enter(tx, accountId, change.amount, change)

  function changed(accountId: string): void {
    balances.forget(accountId)
    notices.tell('credits', accountId)
  }

  async function change(accountId: string, by: typeof spend, wanted: CreditChange) {
    const result = await ownRows.of(accountId, async (tx) => ({
      entry: await by(tx, accountId, wanted),
      balance: await balanceOf(tx, accountId),
    }))
    changed(accountId)
    return result
  }

  async function readAhead(): Promise<void> {
    const active = await db
      .selectFrom('refresh_tokens as token')
      .innerJoin('token_families as family', 'family.id', 'token.family_id')
      .select('family.account_id')
      .where('token.issued_at', '>', new Date(Date.now() - ACTIVE_MS))
      .where('family.revoked_at', 'is', null)
      .groupBy('family.account_id')
      .orderBy(({ fn }) => fn.max('token.issued_at'), 'desc')
      .limit(WARMED)
      .execute()
    for (const { account_id: accountId } of active) {
      if (closed) return
      await read(accountId)
    }
  }

  return {
    spend,
    give,
    balanceOf,
    changed,

    warm() {
      warming = readAhead()
      return warming
    },

    async close() {
      closed = true
      stopListening()
      await warming.catch(() => undefined)
    },

    handlers: {
      async getCredits({ query, caller }) {
        const { id } = caller.account
        const known = query.refresh === 'true' ? null : balances.of(id)
        const { balance, asOf } = known ?? (await read(id))
        return { balance, asOf: asOf.toISOString(), cached: known !== null }
      },

      async listCreditEntries({ query: { beforeSeq, limit }, caller }) {
        const { id } = caller.account
        const rows = await ownRows.of(id, (tx) => {
          const newest = ledger(tx, id)
            .orderBy('seq', 'desc')
            .limit(limit + 1)
          return (beforeSeq === undefined ? newest : newest.where('seq', '<', beforeSeq)).execute()
        })
        return { items: rows.slice(0, limit).map(entryOf), hasMore: rows.length > limit }
      },

      // A client's key has no colon in it.
      consumeCredits: ({ body, caller, idempotencyKey }) =>
        change(caller.account.id, spend, { ...body, idempotencyKey: `consume:${idempotencyKey}` }),

      async grantCredits({ params: { accountId }, body, caller, idempotencyKey }) {
        requireAdmin(caller)
        const account = await db
          .selectFrom('accounts')
          .select('id')
          .where('id', '=', accountId)
          .executeTakeFirst()
        if (!account) throw new Problem('not-found', 'There is no such account.')
        return change(accountId, give, { ...body, idempotencyKey: `grant:${idempotencyKey}` })
      },
    },
  }
}

interface Balance {
  readonly balance: number
  readonly asOf: Date
}

/**
 * Balances that were read a moment ago. One that is read while a change is heard of is not kept: it may be from before.
 * Should another server's hint be lost, an old balance is told for `lifetimes.cachedCredits` at most, with its age.
 */
function rememberedBalances() {
  const known = new Map<string, Balance & { readonly until: number }>()
  const latestRead = new Map<string, symbol>()

  return {
    of(accountId: string): Balance | null {
      const found = known.get(accountId)
      return found && performance.now() < found.until ? found : null
    },

    /** Call before reading; what is returned takes what was read. */
    reading(accountId: string): (balance: number) => Balance {
      const asOf = new Date()
      const until = performance.now() + lifetimes.cachedCredits * 1000
      const read = Symbol()
      latestRead.set(accountId, read)
      return (balance) => {
        if (latestRead.get(accountId) === read) {
          latestRead.delete(accountId)
          known.delete(accountId)
          known.set(accountId, { balance, asOf, until })
          // In the order they were read: the first is the oldest.
          for (const oldest of known.keys()) {
            if (known.size <= REMEMBERED) break
            known.delete(oldest)
          }
        }
        return { balance, asOf }
      }
    },

    forget(accountId: string): void {
      known.delete(accountId)
      latestRead.delete(accountId)
    },
  }
}
