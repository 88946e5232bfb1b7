import type { ChatMessage, PendingMessage, Person } from '../../../contract/model.ts'
import { startOfDay } from '../../ui/time.ts'

/** One line of the chat. The same `key` before and after the server confirmed a message keeps its place on screen. */
export interface MessageRow {
  readonly key: string
  readonly idempotencyKey: string
  readonly author: Person
  readonly text: string
  /** Epoch milliseconds. */
  readonly at: number
  /** Null while the server has not confirmed it. */
  readonly seq: number | null
  readonly pending: PendingMessage | null
  /** Whether author and time are written above: not for what follows closely from the same person. */
  readonly startsGroup: boolean
  readonly startsDay: boolean
  /** The line "while you were away" stands above it. */
  readonly startsMissed: boolean
}

/** Milliseconds of silence after which the same author is named again. */
const GROUP_GAP = 5 * 60_000

/**
 * @param messages confirmed ones, in order of `seq`.
 * @param pending of `me`, oldest first; those that are confirmed already are left out.
 * @param missedFrom `seq` of the first message that was said while `me` was away; null when there is none.
 */
export function messageRows(
  messages: readonly ChatMessage[],
  pending: readonly PendingMessage[],
  me: Person,
  missedFrom: number | null = null,
): readonly MessageRow[] {
  const rows: MessageRow[] = []
  const put = (row: Omit<MessageRow, 'key' | 'startsGroup' | 'startsDay' | 'startsMissed'>) => {
    const before = rows.at(-1)
    const startsDay = !before || startOfDay(before.at) !== startOfDay(row.at)
    const startsMissed = missedFrom !== null && row.seq === missedFrom
    const startsGroup =
      startsDay || startsMissed || before.author.id !== row.author.id || row.at - before.at > GROUP_GAP
    rows.push({ ...row, key: `${row.author.id} ${row.idempotencyKey}`, startsGroup, startsDay, startsMissed })
  }

  const confirmed = new Set<string>()
  for (const { idempotencyKey, author, text, sentAt, seq } of messages) {
    if (author.id === me.id) confirmed.add(idempotencyKey)
    put({ idempotencyKey, author, text, at: Date.parse(sentAt), seq, pending: null })
  }
  for (const item of pending) {
    if (confirmed.has(item.idempotencyKey)) continue
    put({
      idempotencyKey: item.idempotencyKey,
      author: me,
      text: item.text,
      at: item.writtenAt,
      seq: null,
      pending: item,
    })
  }
  return rows
}
