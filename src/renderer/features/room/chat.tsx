import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button, type ButtonProps } from '../../ui/button.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { MessageItem } from './message-item.tsx'
import { messageRows } from './message-rows.ts'
import { firstMissed } from './reading.ts'
import type { Room } from './rooms-store.ts'
import { unseenCount } from './unseen.ts'
import { usePresence } from './use-presence.ts'

interface ChatProps {
  readonly sessionId: string
  readonly room: Room & { readonly state: NonNullable<Room['state']> }
  readonly me: Account
  readonly session: SessionState
  /** False behind another tab: what is said then is not seen. */
  readonly onScreen?: boolean
}

/** Pixels from the end that still count as "at the end": a person never scrolls to the last one. */
const NEAR_END = 48
/** Rows from either edge of what is held at which more is asked for. */
const NEAR_EDGE = 15
/** A row as most are: one line, without a name. */
const USUAL_HEIGHT = 40
/** Room above the first message for what stands there, whatever it is. */
const ABOVE_FIRST = 60
/** Milliseconds in which a person notices a line on the page. */
const GLANCE = 500

export function Chat({ sessionId, room, me, session, onScreen = true }: ChatProps) {
  const { rooms } = useStores()
  const { t } = useTranslation('room')
  const { dayName } = useTimeWords()
  const log = useRef<HTMLDivElement>(null)
  const today = useNow(60_000)
  const { chat, atEnd, reading, state } = room
  const { messages, hasEarlier, hasLater } = chat
  const present = usePresence({ sessionId, session, connection: state.connection, me: me.id }) && onScreen
  const missedFrom = firstMissed(messages, reading.leftAfter, me.id)
  // What waits to be sent is newer than anything: it stands below the newest, and not in the middle.
  const pending = useMemo(() => (hasLater ? [] : state.pending), [hasLater, state.pending])
  const rows = useMemo(
    () => messageRows(messages, pending, me, missedFrom),
    [messages, pending, me, missedFrom],
  )

  const hasRows = rows.length > 0

  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes this part: nothing goes stale
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => log.current,
    estimateSize: () => USUAL_HEIGHT,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    anchorTo: 'end',
    followOnAppend: atEnd,
    scrollEndThreshold: NEAR_END,
    overscan: 10,
    paddingStart: hasRows ? ABOVE_FIRST : 0,
    paddingEnd: hasRows ? 16 : 0,
    directDomUpdates: true,
    directDomUpdatesMode: 'position',
  })
  const { startIndex, endIndex } = virtualizer.range ?? { startIndex: 0, endIndex: 0 }

  const scrollToEnd = useCallback(() => virtualizer.scrollToEnd(), [virtualizer])
  useLayoutEffect(() => {
    // With each change of the rows: many at once leave the virtualizer too far from the end to follow by itself.
    if (atEnd && rows.length > 0) scrollToEnd()
  }, [atEnd, rows, scrollToEnd])
  useLayoutEffect(() => {
    const element = log.current
    if (!element || !atEnd) return
    // A growing composer or a narrower window must not push the newest message out of sight.
    const observer = new ResizeObserver(scrollToEnd)
    observer.observe(element)
    return () => observer.disconnect()
  }, [atEnd, scrollToEnd])

  const seqs = rows.slice(startIndex, endIndex + 1).flatMap(({ seq }) => seq ?? [])
  const [first, last] = [seqs[0], seqs.at(-1)]
  const newest = !hasLater && last === messages.at(-1)?.seq
  // Where one left off may be above all that is held; what stands first in it is not the line then.
  const lineHeld = missedFrom !== null && (!hasEarlier || (messages[0]?.seq ?? 0) <= (reading.leftAfter ?? 0))
  const atLine = present && lineHeld && first !== undefined && first <= missedFrom
  const touched = useTouched(present)
  const rested = useRested(atLine && touched)
  const line = atLine ? (rested ? 'rested' : 'passing') : null
  useEffect(() => {
    if (present && last !== undefined) {
      rooms.getState().read(sessionId, { kind: 'shown', last, newest, line })
    }
  }, [rooms, sessionId, present, last, newest, line])

  useEffect(() => {
    // It remembers the height of every row there ever was; in a day that is more than the messages themselves.
    const heights = virtualizer.itemSizeCache
    if (heights.size < 2 * rows.length + NEAR_EDGE) return
    const held = new Set<unknown>(rows.map(({ key }) => key))
    for (const key of heights.keys()) if (!held.has(key)) heights.delete(key)
  }, [virtualizer, rows])

  const { trouble, tryAgain } = useMoreMessages(sessionId, room, session, {
    nearFirst: hasRows && startIndex < NEAR_EDGE,
    nearLast: endIndex > rows.length - NEAR_EDGE,
  })

  const jumpToMissed = async () => {
    const held = () => rooms.getState().rooms[sessionId]?.chat
    rooms.getState().setAtEnd(sessionId, false)
    // A long sleep in a lively room: the place one left off may not be held yet.
    while (held()?.hasEarlier && (held()?.messages[0]?.seq ?? 0) > (reading.leftAfter ?? 0)) {
      const before = held()?.messages[0]?.seq
      const answer = await rooms.getState().fetchEarlier(sessionId)
      if (!answer.ok || held()?.messages[0]?.seq === before || held()?.hasLater) break
    }
    const missed = firstMissed(held()?.messages ?? [], reading.leftAfter, me.id)
    const index = held()?.messages.findIndex(({ seq }) => seq === missed) ?? -1
    if (index >= 0) requestAnimationFrame(() => virtualizer.scrollToIndex(index, { align: 'start' }))
    log.current?.focus({ preventScroll: true })
  }

  // Messages that fly in move the end away faster than the view can follow. Nobody has left it then: only a person
  // moves up while nothing grows.
  const scrolled = useRef({ top: 0, height: 0 })
  const onScroll = () => {
    const element = log.current
    if (!element) return
    const { scrollTop: top, scrollHeight: height, clientHeight } = element
    const movedUp = top < scrolled.current.top && height === scrolled.current.height
    scrolled.current = { top, height }
    const isNear = height - top - clientHeight < NEAR_END && !hasLater
    if (isNear || movedUp) rooms.getState().setAtEnd(sessionId, isNear)
  }
  const onWheel = ({ deltaY }: { deltaY: number }) => {
    if (deltaY < 0 && (log.current?.scrollTop ?? 0) > 0) rooms.getState().setAtEnd(sessionId, false)
  }

  const unseen = atEnd ? 0 : unseenCount(room, me.id)
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div
        ref={log}
        id="room-chat"
        data-room-part
        role="log"
        // What arrives is told calmly elsewhere (room-news.tsx); rows that come and go by scrolling are no news.
        aria-live="off"
        aria-label={t('chat.label')}
        tabIndex={0}
        onScroll={onScroll}
        onWheel={onWheel}
        onKeyDown={moveAmongCopyButtons}
        className="min-h-0 grow overflow-y-auto overscroll-contain px-3 -outline-offset-4 [overflow-anchor:none] sm:px-5"
      >
        {!hasRows && (
          <p className="grid h-full place-items-center text-center text-lead text-quiet">
            {state.connection === 'connecting' ? t('chat.loading') : t('chat.empty')}
          </p>
        )}
        <div className="relative mx-auto max-w-[56rem]">
          {hasRows && (
            <div className="absolute inset-x-0 top-0 flex h-14 items-center justify-center">
              <AboveFirst hasEarlier={hasEarlier} trouble={trouble} onTryAgain={() => void tryAgain()} />
            </div>
          )}
          <ol ref={virtualizer.containerRef} role="list" className="relative">
            {virtualizer.getVirtualItems().map(({ index, key }) => {
              const row = rows[index]
              return (
                row && (
                  <MessageItem
                    key={key}
                    index={index}
                    measure={virtualizer.measureElement}
                    sessionId={sessionId}
                    row={row}
                    own={row.author.id === me.id}
                    day={row.startsDay ? dayName(row.at, today) : null}
                    tabStop={index === endIndex}
                  />
                )
              )
            })}
          </ol>
        </div>
      </div>
      {missedFrom !== null && !reading.lineSeen && !atLine && (
        <JumpButton
          look="primary"
          id="room-jump-to-missed"
          onClick={() => void jumpToMissed()}
          className="top-3"
        >
          <ArrowUp aria-hidden className="size-4.5" />
          {t('chat.jumpToMissed')}
        </JumpButton>
      )}
      {!atEnd && hasRows && (
        <JumpButton
          look={unseen > 0 ? 'primary' : 'secondary'}
          onClick={() => rooms.getState().toNewest(sessionId)}
          className="bottom-3"
        >
          <ArrowDown aria-hidden className="size-4.5" />
          {unseen > 0 ? t('chat.jumpToNewestCount', { count: unseen }) : t('chat.jumpToNewest')}
        </JumpButton>
      )}
    </div>
  )
}

const JumpButton = ({ className = '', ...rest }: ButtonProps) => (
  <Button
    {...rest}
    size="small"
    className={`absolute start-1/2 -translate-x-1/2 arrive rounded-full whitespace-nowrap shadow-float rtl:translate-x-1/2 ${className}`}
  />
)

const INPUTS = ['pointermove', 'pointerdown', 'wheel', 'keydown'] as const

/**
 * Whether somebody has touched this window since `present` began. A laptop that wakes is connected again before anybody
 * has sat down at it, and what is on screen then has not been seen.
 */
function useTouched(present: boolean): boolean {
  const [touched, setTouched] = useState(false)
  useEffect(() => {
    if (!present) return
    const over = new AbortController()
    for (const input of INPUTS) {
      window.addEventListener(input, () => setTouched(true), {
        signal: over.signal,
        once: true,
        passive: true,
      })
    }
    return () => {
      over.abort()
      setTouched(false)
    }
  }, [present])
  return touched
}

/**
 * True once `onScreen` has been true for a while without a break. What was missed comes message by message, and each
 * is at the end of the chat for a moment: nobody has seen the line that only passes by.
 */
function useRested(onScreen: boolean): boolean {
  const [rested, setRested] = useState(false)
  useEffect(() => {
    if (!onScreen) return
    const timer = setTimeout(() => setRested(true), GLANCE)
    return () => {
      clearTimeout(timer)
      setRested(false)
    }
  }, [onScreen])
  return onScreen && rested
}

interface AboveFirstProps {
  readonly hasEarlier: boolean
  readonly trouble: boolean
  readonly onTryAgain: () => void
}

function AboveFirst({ hasEarlier, trouble, onTryAgain }: AboveFirstProps) {
  const { t } = useTranslation('room')
  if (!hasEarlier) return <p className="text-note text-quiet">{t('chat.beginning')}</p>
  if (!trouble) return <p className="text-note text-quiet">{t('chat.loadingEarlier')}</p>
  return (
    <Button look="quiet" size="small" onClick={onTryAgain} className="text-quiet">
      {t('chat.showEarlier')}
    </Button>
  )
}

interface Edges {
  readonly nearFirst: boolean
  readonly nearLast: boolean
}

/** Fetches what stands before and after, as a person comes near it. */
function useMoreMessages(sessionId: string, { chat }: Room, session: SessionState, edges: Edges) {
  const { rooms, notices } = useStores()
  const [trouble, setTrouble] = useState(false)
  const first = chat.messages[0]?.seq
  const last = chat.messages.at(-1)?.seq
  const wantsEarlier = edges.nearFirst && chat.hasEarlier && !trouble
  const wantsLater = edges.nearLast && chat.hasLater

  useEffect(() => {
    if (!wantsEarlier) return
    void rooms
      .getState()
      .fetchEarlier(sessionId)
      .then(({ ok }) => setTrouble(!ok))
  }, [rooms, sessionId, wantsEarlier, first])

  useEffect(() => {
    if (wantsLater) void rooms.getState().fetchLater(sessionId)
  }, [rooms, sessionId, wantsLater, last, session.kind])

  return {
    trouble,
    async tryAgain() {
      const answer = await rooms.getState().fetchEarlier(sessionId)
      setTrouble(!answer.ok)
      if (!answer.ok) notices.getState().show(answer.failure)
    },
  }
}

/** Tab leads to one copy button of a chat, the arrow keys to the others: hundreds of stops would be a wall. */
function moveAmongCopyButtons(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const from = event.target
  if (step === undefined || !(from instanceof HTMLElement) || !('copiesMessage' in from.dataset)) return
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-copies-message]')]
  const next = buttons[buttons.indexOf(from) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
