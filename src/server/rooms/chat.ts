/** The chat of a room: every message exactly once. */
import { randomUUID } from 'node:crypto'
import type { endpoints } from '../../contract/api.ts'
import type { ChatMessage } from '../../contract/model.ts'
import { readLiveSession } from './live-sessions.ts'
import { Problem } from '../http/problem.ts'
import type { RoomLog } from './room-log.ts'
import type { Handlers } from '../http/routes.ts'
import type { Db, Tx } from '../database/schema.ts'

function select(db: Db | Tx, sessionId: string) {
  return db
    .selectFrom('messages as message')
    .innerJoin('accounts as author', 'author.id', 'message.author_id')
    .select([
      'message.id',
      'message.seq',
      'message.text',
      'message.sent_at',
      'message.idempotency_key',
      'author.id as author_id',
      'author.display_name',
      'author.role',
    ])
    .where('message.session_id', '=', sessionId)
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>

const present = (row: Row): ChatMessage => ({
  id: row.id,
  seq: row.seq,
  author: { id: row.author_id, displayName: row.display_name, role: row.role },
  text: row.text,
  sentAt: row.sent_at.toISOString(),
  idempotencyKey: row.idempotency_key,
})

/** The last `limit` messages, or the last before `beforeSeq`, in order of seq. */
export async function readMessages(
  db: Db | Tx,
  sessionId: string,
  { beforeSeq, limit }: { readonly beforeSeq?: number | undefined; readonly limit: number },
): Promise<{ items: ChatMessage[]; hasMore: boolean }> {
  let last = select(db, sessionId).orderBy('message.seq', 'desc')
  if (beforeSeq !== undefined) last = last.where('message.seq', '<', beforeSeq)
  // One more than asked for tells whether there are more.
  const rows = await last.limit(limit + 1).execute()
  const items = rows.slice(0, limit).map(present).reverse()
  return { items, hasMore: rows.length > limit }
}

type Served = Pick<typeof endpoints, 'listMessages' | 'postMessage'>

export const chatHandlers = (db: Db, log: RoomLog): Handlers<Served> => ({
  async listMessages({ params: { sessionId }, query, caller: { account } }) {
    await readLiveSession(db, sessionId, account)
    return readMessages(db, sessionId, query)
  },

  postMessage: ({ params: { sessionId }, body: { text }, caller: { account }, idempotencyKey }) =>
    log.change(sessionId, async ({ tx, room, emit }) => {
      // Before anything is refused: a message that was accepted once stays accepted, also after the end.
      const known = await select(tx, sessionId)
        .where('message.author_id', '=', account.id)
        .where('message.idempotency_key', '=', idempotencyKey)
        .executeTakeFirst()
      if (known) return present(known)
      await readLiveSession(tx, sessionId, account)
      if (room.hasEnded) {
        throw new Problem('conflict', 'This live session has ended; its chat is closed.')
      }
      const sentAt = new Date()
      const { message } = await emit((seq) => ({
        type: 'message-posted',
        message: {
          id: randomUUID(),
          seq,
          author: { id: account.id, displayName: account.displayName, role: account.role },
          text,
          sentAt: sentAt.toISOString(),
          idempotencyKey,
        },
      }))
      await tx
        .insertInto('messages')
        .values({
          id: message.id,
          session_id: sessionId,
          seq: message.seq,
          author_id: account.id,
          text,
          sent_at: sentAt,
          idempotency_key: idempotencyKey,
        })
        .execute()
      return message
    }),
})
