import { Check, Clock, Copy } from 'lucide-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { PendingMessage } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useTimeWords } from '../../ui/time.ts'
import { copyText } from '../../ui/clipboard.ts'
import { isConnected } from '../connection/connection-words.ts'
import { MessageText } from './message-text.tsx'
import type { MessageRow } from './message-rows.ts'

interface MessageItemProps {
  readonly sessionId: string
  readonly row: MessageRow
  readonly own: boolean
  /** The day's name when the message is the first of its day. */
  readonly day: string | null
  /** Place in the list, and what measures it there. */
  readonly index: number
  readonly measure: (element: HTMLLIElement | null) => void
  /** Whether Tab leads to its copy button; the arrow keys lead to those of the others. */
  readonly tabStop: boolean
}

export const MessageItem = memo(
  function MessageItem({ sessionId, row, own, day, index, measure, tabStop }: MessageItemProps) {
    const { t } = useTranslation('room')
    const { clockTime } = useTimeWords()
    const { author, text, at, seq, pending, startsGroup, startsMissed } = row
    const name = own ? t('you') : author.displayName
    const time = clockTime(at)
    return (
      <li
        ref={measure}
        data-index={index}
        data-idempotency-key={row.idempotencyKey}
        data-seq={seq ?? undefined}
        className="absolute inset-x-0 flow-root"
      >
        {day && (
          <p className="flex items-center gap-4 py-4 text-note font-medium text-quiet before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
            {day}
          </p>
        )}
        {startsMissed && (
          <p className="flex items-center gap-4 py-3 text-note font-semibold text-accent before:h-0.5 before:grow before:bg-accent after:h-0.5 after:grow after:bg-accent">
            {t('chat.missed')}
          </p>
        )}
        <div
          className={`group relative flex gap-3 border-s-3 ps-2.5 pb-1.5 ${own ? 'border-accent' : 'border-transparent'} ${startsGroup ? 'mt-3' : ''}`}
        >
          <div className="w-9 shrink-0">{startsGroup && <Avatar person={author} />}</div>
          <div className={`min-w-0 grow ${own ? 'pe-7' : ''}`}>
            {startsGroup ? (
              <p className="flex flex-wrap items-baseline gap-x-2.5">
                <span dir="auto" className={`font-semibold ${own ? 'text-accent' : ''}`}>
                  {name}
                </span>
                <time dateTime={new Date(at).toISOString()} className="text-note text-quiet tabular-nums">
                  {time}
                </time>
              </p>
            ) : (
              <span className="sr-only">{t('chat.said', { name, time })} </span>
            )}
            <p
              className={`text-chat wrap-anywhere whitespace-pre-wrap ${pending?.status === 'waiting' || pending?.status === 'sending' ? 'text-quiet' : ''}`}
            >
              {/* In its own direction, and still below the name of whoever wrote it. */}
              <bdi>
                <MessageText text={text} />
              </bdi>
            </p>
            {pending && <PendingNote sessionId={sessionId} pending={pending} />}
          </div>
          {own && pending?.status !== 'failed' && <SendMark status={pending?.status ?? 'sent'} />}
          <CopyButton text={text} name={name} time={time} tabStop={tabStop} />
        </div>
      </li>
    )
  },
  // Rows are made anew with each message; what a row shows almost never changes.
  (before, after) =>
    before.index === after.index &&
    before.measure === after.measure &&
    before.tabStop === after.tabStop &&
    before.day === after.day &&
    before.own === after.own &&
    before.row.startsGroup === after.row.startsGroup &&
    before.row.startsMissed === after.row.startsMissed &&
    before.row.seq === after.row.seq &&
    before.row.text === after.row.text &&
    before.row.at === after.row.at &&
    before.row.pending?.status === after.row.pending?.status &&
    before.row.pending?.problem?.message === after.row.pending?.problem?.message,
)

interface CopyButtonProps {
  readonly text: string
  readonly name: string
  readonly time: string
  readonly tabStop: boolean
}

/** Seen when the pointer or the focus is on its message, so that a chat stays a chat. */
function CopyButton({ text, name, time, tabStop }: CopyButtonProps) {
  const { t } = useTranslation('room')
  const [copied, setCopied] = useState(false)
  const Icon = copied ? Check : Copy
  return (
    <button
      type="button"
      data-copies-message
      tabIndex={tabStop ? 0 : -1}
      aria-label={copied ? t('chat.copied') : t('chat.copy', { name, time })}
      title={copied ? t('chat.copied') : t('chat.copyShort')}
      onClick={() => setCopied(copyText(text))}
      onBlur={() => setCopied(false)}
      onPointerLeave={() => setCopied(false)}
      className="absolute end-0 top-0 grid size-9 cursor-pointer place-items-center rounded-control border border-line bg-surface text-quiet opacity-0 shadow-lift group-hover:opacity-100 hover:text-ink focus-visible:opacity-100"
    >
      <Icon aria-hidden className="size-4.5" />
    </button>
  )
}

/** Beside the message and not below it: whoever sends one must not see the chat jump. */
function SendMark({ status }: { status: 'waiting' | 'sending' | 'sent' }) {
  const { t } = useTranslation('room')
  const Icon = status === 'sent' ? Check : Clock
  return (
    <span
      role="img"
      aria-label={t(`chat.${status}`)}
      title={t(`chat.${status}`)}
      className="absolute end-0 bottom-3 text-quiet"
    >
      <Icon aria-hidden className="size-4" />
    </span>
  )
}

function PendingNote({ sessionId, pending }: { sessionId: string; pending: PendingMessage }) {
  const { client, notices, window } = useStores()
  const { t } = useTranslation('room')
  const failureWords = useFailureWords()
  const connected = useStore(window, ({ session }) => session !== null && isConnected(session))
  const [busy, setBusy] = useState(false)
  const { idempotencyKey, status, problem } = pending

  const decide = async (channel: 'room:retry-message' | 'room:discard-message') => {
    setBusy(true)
    const answer = await client.ask(channel, { sessionId, idempotencyKey })
    setBusy(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  if (status !== 'failed') {
    return !connected && <p className="text-note text-quiet">{t('chat.waiting')}</p>
  }
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-1">
      <p className="me-1 text-note text-alarm">
        {t('chat.notSent')} {problem && failureWords(problem)}
      </p>
      <Button size="small" disabled={busy} onClick={() => void decide('room:retry-message')}>
        {t('tryAgain')}
      </Button>
      <Button size="small" disabled={busy} onClick={() => void decide('room:discard-message')}>
        {t('chat.discard')}
      </Button>
    </div>
  )
}
