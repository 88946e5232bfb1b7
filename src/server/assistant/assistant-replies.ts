/**
 * What the assistant was asked, and what it answers, piece by piece. A piece is stored before anybody is told it: every
 * reader is told the same, wherever it left off and whichever server it comes back to.
 *
 * A reply that is not finished has one writer, which says every few seconds that it still writes. One that no longer
 * says so was killed, and whoever reads the reply may take it over.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { sql } from 'kysely'
import { lifetimes } from '../../contract/lifetimes.ts'
import { streamEndpoints, type AssistantEvent } from '../../contract/streams.ts'
import type { Notices } from '../database/notices.ts'
import type { Db, Tx } from '../database/schema.ts'

export interface Question {
  readonly sessionId: string
  readonly accountId: string
  readonly text: string
  readonly idempotencyKey: string
}

export interface Piece {
  readonly event: AssistantEvent
  /** Not to be told before. */
  readonly dueAt: Date
}

export interface Reply {
  readonly question: Question
  readonly lastSeq: number
  readonly finished: boolean
  /** Nobody writes it, and it is not finished. */
  readonly abandoned: boolean
}

/** The right to write one reply, until it is finished or given back. */
export interface Writing {
  /** How many pieces there were when it began. */
  readonly lastSeq: number
  /** The piece `done` finishes the reply. @throws when somebody else took over meanwhile */
  append(pieces: readonly Piece[]): Promise<void>
  giveBack(): Promise<void>
}

export interface AssistantReplies {
  /** The id of the reply to this question if it was asked before, under this key. */
  askedBefore(question: Question): Promise<string | null>
  /** Stores a question with its whole answer, unless it was asked before. */
  store(
    question: Question,
    pieces: readonly Piece[],
  ): Promise<{ readonly replyId: string; readonly isNew: boolean }>
  /** Stores a question; `writing` is null when it was asked before. */
  begin(question: Question): Promise<{ readonly replyId: string; readonly writing: Writing | null }>
  /** Null unless it is abandoned. */
  takeOver(replyId: string): Promise<Writing | null>
  find(sessionId: string, replyId: string): Promise<Reply | null>
  /** In order, `limit` at most. */
  after(replyId: string, seq: number, limit: number): Promise<(Piece & { readonly seq: number })[]>
  /** Calls back when there is more of this reply; another server's hint may be lost. Returns what undoes it. */
  onAppended(replyId: string, listener: () => void): () => void
  /** Deletes what is older than a reply lives. Returns how many replies. */
  forgetOld(): Promise<number>
}

/** Without a word from its writer for this long, a reply is abandoned. */
const WRITER_SILENCE = sql`interval '6 seconds'`
const STILL_WRITING_MS = 2000

const { event: AssistantEventSchema, last } = streamEndpoints.assistantReply

export function createAssistantReplies(db: Db, notices: Notices): AssistantReplies {
  const appended = new EventEmitter<Record<string, []>>().setMaxListeners(0)
  notices.on('reply', (replyId) => appended.emit(replyId))
  // The database's clock: two servers on one database need not agree on the time.
  const silentFrom = () => sql<Date>`clock_timestamp() + ${WRITER_SILENCE}`

  async function askedBefore({ sessionId, accountId, idempotencyKey }: Question, tx: Db | Tx = db) {
    const row = await tx
      .selectFrom('assistant_replies')
      .select('id')
      .where('session_id', '=', sessionId)
      .where('account_id', '=', accountId)
      .where('idempotency_key', '=', idempotencyKey)
      .executeTakeFirst()
    return row?.id ?? null
  }

  /** Null when the question is there already. */
  async function insertQuestion(tx: Tx, question: Question, writer: string | null): Promise<string | null> {
    const row = await tx
      .insertInto('assistant_replies')
      .values({
        id: randomUUID(),
        session_id: question.sessionId,
        account_id: question.accountId,
        idempotency_key: question.idempotencyKey,
        question: question.text,
        asked_at: new Date(),
        last_seq: 0,
        finished: false,
        writer,
        writer_until: writer === null ? null : silentFrom(),
      })
      .onConflict((conflict) => conflict.columns(['session_id', 'account_id', 'idempotency_key']).doNothing())
      .returning('id')
      .executeTakeFirst()
    return row?.id ?? null
  }

  async function insertPieces(tx: Tx, replyId: string, writer: string | null, pieces: readonly Piece[]) {
    const row = await tx
      .updateTable('assistant_replies')
      .set(({ eb }) => ({
        last_seq: eb('last_seq', '+', pieces.length),
        finished: pieces.at(-1)?.event.type === last,
        ...(writer === null ? {} : { writer_until: silentFrom() }),
      }))
      .where('id', '=', replyId)
      .where('finished', '=', false)
      .where('writer', 'is not distinct from', writer)
      .returning('last_seq')
      .executeTakeFirst()
    if (!row) throw new Error('somebody else writes this reply now')
    const before = row.last_seq - pieces.length
    await tx
      .insertInto('assistant_pieces')
      .values(
        pieces.map(({ event, dueAt }, position) => ({
          reply_id: replyId,
          seq: before + position + 1,
          event: JSON.stringify(event),
          due_at: dueAt,
        })),
      )
      .execute()
  }

  function write(replyId: string, writer: string, lastSeq: number): Writing {
    const mine = () =>
      db.updateTable('assistant_replies').where('id', '=', replyId).where('writer', '=', writer)
    const timer = setInterval(() => {
      // Should the database fail, the next piece says so; should it only be late, nothing is lost.
      mine()
        .set({ writer_until: silentFrom() })
        .execute()
        .catch(() => undefined)
    }, STILL_WRITING_MS)
    return {
      lastSeq,
      async append(pieces) {
        await db.transaction().execute((tx) => insertPieces(tx, replyId, writer, pieces))
        if (pieces.at(-1)?.event.type === last) clearInterval(timer)
        appended.emit(replyId)
        notices.tell('reply', replyId)
      },
      async giveBack() {
        clearInterval(timer)
        await mine()
          .set({ writer_until: sql<Date>`clock_timestamp()` })
          .execute()
      },
    }
  }

  return {
    askedBefore: (question) => askedBefore(question),

    store: (question, pieces) =>
      db.transaction().execute(async (tx) => {
        const replyId = await insertQuestion(tx, question, null)
        if (replyId === null) return { replyId: theOther(await askedBefore(question, tx)), isNew: false }
        await insertPieces(tx, replyId, null, pieces)
        return { replyId, isNew: true }
      }),

    async begin(question) {
      const writer = randomUUID()
      const replyId = await db.transaction().execute((tx) => insertQuestion(tx, question, writer))
      return replyId === null
        ? { replyId: theOther(await askedBefore(question)), writing: null }
        : { replyId, writing: write(replyId, writer, 0) }
    },

    async takeOver(replyId) {
      const writer = randomUUID()
      const row = await db
        .updateTable('assistant_replies')
        .set({ writer, writer_until: silentFrom() })
        .where('id', '=', replyId)
        .where('finished', '=', false)
        .where('writer_until', '<=', sql<Date>`clock_timestamp()`)
        .returning('last_seq')
        .executeTakeFirst()
      return row ? write(replyId, writer, row.last_seq) : null
    },

    async find(sessionId, replyId) {
      const row = await db
        .selectFrom('assistant_replies')
        .select(['account_id', 'idempotency_key', 'question', 'last_seq', 'finished'])
        .select(sql<boolean>`not finished and writer_until <= clock_timestamp()`.as('abandoned'))
        .where('id', '=', replyId)
        .where('session_id', '=', sessionId)
        .executeTakeFirst()
      if (!row) return null
      const question: Question = {
        sessionId,
        accountId: row.account_id,
        text: row.question,
        idempotencyKey: row.idempotency_key,
      }
      return { question, lastSeq: row.last_seq, finished: row.finished, abandoned: row.abandoned }
    },

    async after(replyId, seq, limit) {
      const rows = await db
        .selectFrom('assistant_pieces')
        .select(['seq', 'event', 'due_at'])
        .where('reply_id', '=', replyId)
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        seq: row.seq,
        event: AssistantEventSchema.parse(JSON.parse(row.event)),
        dueAt: row.due_at,
      }))
    },

    onAppended(replyId, listener) {
      appended.on(replyId, listener)
      return () => appended.off(replyId, listener)
    },

    async forgetOld() {
      const { numDeletedRows } = await db
        .deleteFrom('assistant_replies')
        .where('asked_at', '<', new Date(Date.now() - lifetimes.assistantReply * 1000))
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

/** What stood in the way of an insert. */
function theOther(replyId: string | null): string {
  if (replyId === null) throw new Error('the reply that was in the way is gone')
  return replyId
}
