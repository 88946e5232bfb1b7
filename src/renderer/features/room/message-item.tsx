import { memo, useState } from 'react'
import type { PendingMessage } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { clockTime } from '../../ui/time.ts'
import type { MessageRow } from './message-rows.ts'

interface MessageItemProps {
  readonly sessionId: string
  readonly row: MessageRow
  readonly own: boolean
  /** The day's name when the message is the first of its day. */
  readonly day: string | null
}

export const MessageItem = memo(
  function MessageItem({ sessionId, row, own, day }: MessageItemProps) {
    const { author, text, at, seq, pending, startsGroup } = row
    return (
      <li data-idempotency-key={row.idempotencyKey} data-seq={seq ?? undefined}>
        {day && (
          <p className="flex items-center gap-4 py-4 text-note font-medium text-quiet before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
            {day}
          </p>
        )}
        <div
          className={`flex gap-3 border-l-3 pb-1.5 pl-2.5 ${own ? 'border-accent' : 'border-transparent'} ${startsGroup ? 'mt-3' : ''}`}
        >
          <div className="w-9 shrink-0">{startsGroup && <Avatar person={author} />}</div>
          <div className="min-w-0 grow">
            {startsGroup ? (
              <p className="flex flex-wrap items-baseline gap-x-2.5">
                <span className={`font-semibold ${own ? 'text-accent' : ''}`}>
                  {own ? 'You' : author.displayName}
                </span>
                <time dateTime={new Date(at).toISOString()} className="text-note text-quiet tabular-nums">
                  {clockTime(at)}
                </time>
              </p>
            ) : (
              <span className="sr-only">{`${own ? 'You' : author.displayName}, ${clockTime(at)}: `}</span>
            )}
            <p
              className={`text-chat break-words whitespace-pre-wrap ${pending?.status === 'waiting' || pending?.status === 'sending' ? 'text-quiet' : ''}`}
            >
              {text}
            </p>
            {pending && <PendingNote sessionId={sessionId} pending={pending} />}
          </div>
        </div>
      </li>
    )
  },
  // Rows are made anew with each message; what a row shows almost never changes.
  (before, after) =>
    before.day === after.day &&
    before.own === after.own &&
    before.row.startsGroup === after.row.startsGroup &&
    before.row.seq === after.row.seq &&
    before.row.text === after.row.text &&
    before.row.at === after.row.at &&
    before.row.pending?.status === after.row.pending?.status &&
    before.row.pending?.problem === after.row.pending?.problem,
)

function PendingNote({ sessionId, pending }: { sessionId: string; pending: PendingMessage }) {
  const { client, notices } = useStores()
  const [busy, setBusy] = useState(false)
  const { idempotencyKey, status, problem } = pending

  const decide = async (channel: 'room:retry-message' | 'room:discard-message') => {
    setBusy(true)
    const answer = await client.ask(channel, { sessionId, idempotencyKey })
    setBusy(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  if (status !== 'failed') {
    return <p className="text-note text-quiet">{status === 'sending' ? 'Sending' : 'Waiting to be sent'}</p>
  }
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-1">
      <p className="mr-1 text-note text-alarm">Not sent. {problem}</p>
      <Button size="small" disabled={busy} onClick={() => void decide('room:retry-message')}>
        Try again
      </Button>
      <Button size="small" disabled={busy} onClick={() => void decide('room:discard-message')}>
        Remove
      </Button>
    </div>
  )
}
