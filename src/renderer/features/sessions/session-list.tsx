import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual'
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
} from 'react'
import { useTranslation } from 'react-i18next'
import type { Account } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { SessionCard } from './session-card.tsx'
import { indexOf, sessionAt, type Listing } from './session-pages.ts'
import { groupOf } from './session-words.ts'

interface SessionListProps {
  readonly listing: Listing
  readonly account: Account
  /** Whether it is in the order of time, and has headings that say which day it is. */
  readonly byTime: boolean
  /** Changes when the list is to be looked at from its beginning. */
  readonly fromTheTop: number
  readonly busy: boolean
}

/** Pixels of a card with two lines beside its title, before it has been measured. */
const CARD = 112
const GAP = 12
const HEADING = 44
/** Rows beyond each edge of what is on screen. */
const BEYOND = 5

const ROOMY = '(min-height: 34rem)'

/** What the list scrolls in: the page, or, in a window too low to keep its header in sight, the whole window. */
function scrollerOf(list: HTMLElement): HTMLElement | null {
  const page = list.closest('main')
  if (matchMedia(ROOMY).matches || !page) return page
  for (let around = page.parentElement; around; around = around.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(around).overflowY)) return around
  }
  return page
}

/** However many sessions there are, only those on screen are on the page; every one says which of how many it is. */
export function SessionList({ listing, account, byTime, fromTheTop, busy }: SessionListProps) {
  const { t, i18n } = useTranslation('sessions')
  const { sessions: store } = useStores()
  const words = useTimeWords()
  const now = useNow(60_000)
  const list = useRef<HTMLUListElement>(null)
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  /** Pixels from the beginning of what scrolls to the beginning of the list. */
  const [above, setAbove] = useState(0)
  const [current, setCurrent] = useState(0)
  /** Whether it has the focus. */
  const [inside, setInside] = useState(false)
  /** The place that gets the focus once it is there. */
  const wanted = useRef<number | null>(null)

  const headingOf = (index: number): string | null => {
    if (!byTime) return null
    const session = sessionAt(listing, index)
    if (!session) return null
    const heading = groupOf(session, now, t, words, i18n.language)
    if (index === 0) return heading
    const before = sessionAt(listing, index - 1)
    return before && groupOf(before, now, t, words, i18n.language) !== heading ? heading : null
  }

  // eslint-disable-next-line react-hooks/incompatible-library -- The compiler it speaks of is not used here.
  const virtualizer = useVirtualizer({
    count: listing.total,
    getScrollElement: () => scroller,
    // Known by its session and not by its place: what is in focus stays so when another one comes before it.
    getItemKey: (index) => sessionAt(listing, index)?.id ?? index,
    estimateSize: (index) => CARD + (headingOf(index) === null ? 0 : HEADING),
    overscan: BEYOND,
    gap: GAP,
    scrollMargin: above,
    // What is in focus stays on the page, wherever the page has been scrolled to.
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range)
        if (!inside || current >= range.count || shown.includes(current)) return shown
        return [...shown, current].sort((a, b) => a - b)
      },
      [current, inside],
    ),
  })

  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const measure = () => {
      const around = scrollerOf(element)
      setScroller(around)
      if (!around) return
      const top = element.getBoundingClientRect().top - around.getBoundingClientRect().top + around.scrollTop
      setAbove(Math.round(top))
    }
    measure()
    const roomy = matchMedia(ROOMY)
    const observer = new ResizeObserver(measure)
    const page = element.closest('main')?.firstElementChild
    if (page) observer.observe(page)
    roomy.addEventListener('change', measure)
    return () => {
      observer.disconnect()
      roomy.removeEventListener('change', measure)
    }
  }, [])

  const [first, last] = [virtualizer.range?.startIndex, virtualizer.range?.endIndex]
  useEffect(() => {
    if (first !== undefined && last !== undefined) store.getState().see(first, last)
    // A page that is out of date since another one was answered is asked for again.
  }, [store, first, last, listing])

  // When sessions come or go before those on screen, the page is moved by as much, and nobody sees it.
  const held = useRef<{ readonly id: string; readonly index: number; readonly start: number } | null>(null)
  useLayoutEffect(() => {
    const index = held.current ? indexOf(listing, held.current.id) : -1
    const start = virtualizer.measurementsCache[index]?.start
    if (held.current && scroller && start !== undefined && index !== held.current.index) {
      scroller.scrollTop += start - held.current.start
    }
  }, [listing, scroller, virtualizer])
  useLayoutEffect(() => {
    const row = virtualizer.getVirtualItems().find(({ end }) => end > (scroller?.scrollTop ?? 0))
    const session = row && row.start < (scroller?.scrollTop ?? 0) ? sessionAt(listing, row.index) : undefined
    held.current = row && session ? { id: session.id, index: row.index, start: row.start } : null
  })

  const seenFrom = useRef(fromTheTop)
  useEffect(() => {
    if (seenFrom.current === fromTheTop) return
    seenFrom.current = fromTheTop
    setCurrent(0)
    if (scroller) scroller.scrollTop = 0
  }, [fromTheTop, scroller])

  useEffect(() => {
    if (wanted.current === null) return
    const row = list.current?.querySelector(`[data-place="${wanted.current}"]`)
    const card = row?.querySelector<HTMLElement>('[tabindex]')
    const focused = document.activeElement
    // Whoever has gone on to another part of the page is not fetched back.
    if (focused !== document.body && !list.current?.contains(focused)) wanted.current = null
    if (!card || wanted.current === null) return
    // The place of a session that is on its way keeps the focus for it.
    if (card.tagName === 'ARTICLE') wanted.current = null
    if (!row?.contains(focused)) card.focus({ preventScroll: true })
  })

  // Tab comes to the card that had the focus, or, when the page has been scrolled away from it, to one on screen.
  const stop = inside ? current : Math.min(Math.max(current, first ?? 0), last ?? 0)

  const goTo = (index: number) => {
    const place = Math.min(listing.total - 1, Math.max(0, index))
    wanted.current = place
    setCurrent(place)
    virtualizer.scrollToIndex(place, { align: place === 0 ? 'end' : 'auto' })
  }

  const placeOf = ({ target }: { target: EventTarget }) => {
    const row = (target as Element).closest('[data-place]')
    return row ? Number(row.getAttribute('data-place')) : current
  }

  const move = (event: KeyboardEvent) => {
    // A menu of a card hangs elsewhere in the page, and its keys are its own.
    if (event.defaultPrevented || !list.current?.contains(event.target as Node)) return
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const from = placeOf(event)
    const screen = Math.max(1, (last ?? 0) - (first ?? 0) - 1)
    const to: Readonly<Record<string, number>> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + screen,
      PageUp: from - screen,
      Home: 0,
      End: listing.total - 1,
    }
    const place = to[event.key]
    if (place === undefined) return
    event.preventDefault()
    goTo(place)
  }

  return (
    <ul
      ref={list}
      role="list"
      aria-label={t('list')}
      aria-busy={busy || undefined}
      onKeyDown={move}
      onFocus={(event: FocusEvent) => {
        const place = placeOf(event)
        if (place !== wanted.current) wanted.current = null
        setCurrent(place)
        setInside(true)
      }}
      onBlur={({ relatedTarget }: FocusEvent) => {
        if (!list.current?.contains(relatedTarget)) setInside(false)
      }}
      className={`relative transition-opacity ${busy ? 'opacity-60' : ''}`}
      style={{ blockSize: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map(({ key, index, start }) => {
        const session = sessionAt(listing, index)
        const heading = headingOf(index)
        return (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            data-place={index}
            aria-setsize={listing.total}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${start - above}px)` }}
          >
            {heading !== null && (
              <h2 className={`pb-3 text-note font-semibold text-quiet ${index === 0 ? '' : 'pt-4'}`}>
                {heading}
              </h2>
            )}
            {session ? (
              <SessionCard
                session={session}
                account={account}
                now={now}
                dayIsSaid={byTime && session.status !== 'ended'}
                current={index === stop}
              />
            ) : (
              <CardToCome label={t('loading-one')} current={index === stop} />
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** In the place of a session that is on its way. */
export function CardToCome({ label, current = false }: { label: string; current?: boolean }) {
  return (
    <div
      tabIndex={current ? 0 : -1}
      className="flex h-28 items-center gap-x-6 rounded-card border border-line bg-surface px-5 sm:px-6"
    >
      <span className="sr-only">{label}</span>
      <div className="hidden w-26 shrink-0 flex-col gap-2 sm:flex">
        <div className="h-6 w-16 rounded-small bg-sunken" />
        <div className="h-4 w-20 rounded-small bg-sunken" />
      </div>
      <div className="flex grow flex-col gap-2.5">
        <div className="h-6 w-3/5 rounded-small bg-sunken" />
        <div className="h-4 w-2/5 rounded-small bg-sunken" />
        <div className="h-4 w-1/3 rounded-small bg-sunken" />
      </div>
    </div>
  )
}
