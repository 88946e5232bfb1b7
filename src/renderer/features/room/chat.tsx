import { ArrowDown } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Account } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { dayName, useNow } from '../../ui/time.ts'
import { MessageItem } from './message-item.tsx'
import { messageRows } from './message-rows.ts'
import { mayHaveEarlier, type Room } from './rooms-store.ts'

interface ChatProps {
  readonly sessionId: string
  readonly room: Room
  readonly me: Account
}

/** Pixels from the end that still count as "at the end": a person never scrolls to the last one. */
const NEAR_END = 48

export function Chat({ sessionId, room, me }: ChatProps) {
  const { messages, pending } = useMessages(room)
  const rows = useMemo(() => messageRows(messages, pending, me), [messages, pending, me])
  const lastSeq = messages.at(-1)?.seq ?? 0
  const { log, followsEnd, seenSeq, onScroll, scrollToEnd } = useStayingAtEnd(rows.length, lastSeq)
  const today = useNow(60_000)
  const unseen = followsEnd
    ? 0
    : messages.filter(({ seq, author }) => seq > seenSeq && author.id !== me.id).length

  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div
        ref={log}
        role="log"
        aria-label="Chat"
        tabIndex={0}
        onScroll={onScroll}
        className="min-h-0 grow overflow-y-auto overscroll-contain px-3 py-4 -outline-offset-4 sm:px-5"
      >
        {mayHaveEarlier(room) && <EarlierMessages sessionId={sessionId} />}
        {rows.length === 0 && (
          <p className="grid h-full place-items-center text-center text-lead text-quiet">
            Nothing has been written yet.
          </p>
        )}
        <ol role="list" className="mx-auto max-w-[56rem]">
          {rows.map((row) => (
            <MessageItem
              key={row.key}
              sessionId={sessionId}
              row={row}
              own={row.author.id === me.id}
              day={row.startsDay ? dayName(row.at, today) : null}
            />
          ))}
        </ol>
      </div>
      {unseen > 0 && (
        <Button
          look="primary"
          size="small"
          onClick={scrollToEnd}
          className="absolute bottom-3 left-1/2 -translate-x-1/2 arrive rounded-full whitespace-nowrap shadow-float"
        >
          <ArrowDown aria-hidden className="size-4.5" />
          {unseen === 1 ? '1 new message' : `${unseen} new messages`}
        </Button>
      )}
    </div>
  )
}

function useMessages({ earlier, state }: Room) {
  const current = state?.messages
  const messages = useMemo(() => {
    const first = current?.[0]?.seq ?? Infinity
    // A fresh snapshot may reach further back than the one the earlier ones were fetched for.
    return [...earlier.filter(({ seq }) => seq < first), ...(current ?? [])]
  }, [earlier, current])
  return { messages, pending: state?.pending ?? [] }
}

function EarlierMessages({ sessionId }: { sessionId: string }) {
  const { rooms, notices } = useStores()
  const [loading, setLoading] = useState(false)
  const load = async () => {
    setLoading(true)
    const answer = await rooms.getState().fetchEarlier(sessionId)
    setLoading(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }
  return (
    <div className="flex justify-center pb-2">
      <Button look="quiet" size="small" disabled={loading} onClick={() => void load()} className="text-quiet">
        Show earlier messages
      </Button>
    </div>
  )
}

/** Keeps the newest message in view until a person scrolls up, and keeps their place after that. */
function useStayingAtEnd(rowCount: number, lastSeq: number) {
  const log = useRef<HTMLDivElement>(null)
  const [followsEnd, setFollowsEnd] = useState(true)
  const [seenSeq, setSeenSeq] = useState(lastSeq)

  const scrollToEnd = () => {
    log.current?.scrollTo({ top: log.current.scrollHeight })
  }

  useLayoutEffect(() => {
    if (followsEnd) scrollToEnd()
  }, [rowCount, lastSeq, followsEnd])

  useLayoutEffect(() => {
    const element = log.current
    if (!element || !followsEnd) return
    // A growing composer or a narrower window must not push the newest message out of sight.
    const observer = new ResizeObserver(scrollToEnd)
    observer.observe(element)
    return () => observer.disconnect()
  }, [followsEnd])

  return {
    log,
    followsEnd,
    seenSeq,
    scrollToEnd,
    onScroll() {
      const element = log.current
      if (!element) return
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END
      if (atEnd === followsEnd) return
      setFollowsEnd(atEnd)
      if (!atEnd) setSeenSeq(lastSeq)
    },
  }
}
