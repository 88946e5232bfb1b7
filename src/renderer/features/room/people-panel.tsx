import { useVirtualizer } from '@tanstack/react-virtual'
import { Hand } from 'lucide-react'
import { memo, useId, useMemo, useRef, useState, type CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, RoomState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { useTimeWords } from '../../ui/time.ts'
import { hosts } from '../sessions/host.ts'
import { rosterRows, type Gone, type RosterRow } from './roster.ts'

interface PeoplePanelProps {
  readonly room: RoomState
  readonly gone: readonly Gone[]
  readonly me: Account
}

const ROW_HEIGHT = 56
const MOST_GONE_SHOWN = 10

export function PeoplePanel({ room, gone, me }: PeoplePanelProps) {
  const { t } = useTranslation('room')
  const [search, setSearch] = useState('')
  const list = useRef<HTMLUListElement>(null)
  const summaryId = useId()
  const { participants } = room
  const rows = useMemo(() => rosterRows(participants, search), [participants, search])
  const hands = participants.filter(({ handRaisedAt }) => handRaisedAt !== null).length
  const away = participants.filter(({ presence }) => presence === 'away').length
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes this part: nothing goes stale
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.person.id ?? index,
    overscan: 12,
    paddingEnd: 8,
  })

  return (
    <div className="flex min-h-0 grow flex-col">
      <SearchBox
        id="room-people-search"
        label={t('people.search')}
        placeholder={t('people.search')}
        value={search}
        onSearch={setSearch}
        className="mx-3 mt-3"
      />
      <p
        id={summaryId}
        role="status"
        // Who comes and goes is told elsewhere, in one sentence; here only what a search finds.
        aria-live={search.trim() === '' ? 'off' : 'polite'}
        className="px-4 py-2 text-note text-quiet tabular-nums"
      >
        {search.trim() === ''
          ? [
              t('people.count', { count: participants.length }),
              hands > 0 && t('people.hands', { count: hands }),
              away > 0 && t('people.away', { count: away }),
            ]
              .filter(Boolean)
              .join(' · ')
          : t('people.found', { count: rows.length })}
      </p>
      {rows.length === 0 && (
        <p className="px-4 py-6 text-center text-quiet">
          {search.trim() === '' ? t('people.nobody') : t('people.noneFound', { search: search.trim() })}
        </p>
      )}
      <ul
        ref={list}
        id="room-people"
        aria-label={t('people.label')}
        aria-describedby={summaryId}
        // The list's role is lost to some screen readers when a style takes its bullets away.
        role="list"
        tabIndex={0}
        // Holds the whole list's height open; the rows stand at their places in it.
        style={{ '--rows': `${virtualizer.getTotalSize()}px` } as CSSProperties}
        className="relative min-h-24 shrink grow overflow-y-auto overscroll-contain -outline-offset-4 before:block before:h-(--rows)"
      >
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]
          return (
            row && (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                aria-posinset={index + 1}
                aria-setsize={rows.length}
                style={{ top: start }}
                className="absolute inset-x-0"
              >
                <PersonRow row={row} room={room.session} me={me} handWaiting={room.handWaiting} />
              </li>
            )
          )
        })}
      </ul>
      {gone.length > 0 && <RecentlyLeft gone={gone} />}
    </div>
  )
}

interface PersonRowProps {
  readonly row: RosterRow
  readonly room: RoomState['session']
  readonly me: Account
  readonly handWaiting: boolean | null
}

const PersonRow = memo(function PersonRow({ row, room, me, handWaiting }: PersonRowProps) {
  const { t } = useTranslation('room')
  const { person, place } = row
  const own = person.id === me.id
  const role = person.id === room.host.id ? t('people.host') : t(`people.role.${person.role}`)
  const waiting = own && handWaiting !== null
  return (
    <div className="flex items-center gap-3 px-4 py-1.5">
      <Avatar person={person} />
      <div className="min-w-0 grow">
        <p className="line-clamp-2 leading-snug font-medium wrap-anywhere">
          <bdi>{person.displayName}</bdi>
          {own && <span className="font-normal text-quiet"> {t('people.you')}</span>}
        </p>
        <p className="flex flex-wrap items-center gap-x-2 text-note leading-snug text-quiet">
          {place !== null && (
            <span className="inline-flex shrink-0 items-center gap-1 rounded-full bg-warn-wash px-2 font-semibold text-warn tabular-nums">
              <Hand aria-hidden className="size-4" />
              <span className="sr-only">{t('hand.up')} </span>
              {t('hand.place', { count: place, ordinal: true })}
            </span>
          )}
          {[role, t(`people.presence.${person.presence}`), waiting && t('hand.waiting')]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {place !== null && !own && hosts(room, me) && (
        <LowerHand sessionId={room.id} accountId={person.id} name={person.displayName} />
      )}
    </div>
  )
})

interface LowerHandProps {
  readonly sessionId: string
  readonly accountId: string
  readonly name: string
}

/** The person has spoken: their hand may go down. */
export function LowerHand({ sessionId, accountId, name }: LowerHandProps) {
  const { client, notices } = useStores()
  const { t } = useTranslation('room')
  const [busy, setBusy] = useState(false)
  const lower = async () => {
    setBusy(true)
    const answer = await client.call('lowerHand', { params: { sessionId, accountId } })
    setBusy(false)
    if (!answer.ok) notices.getState().show(answer.failure)
  }
  return (
    <Button
      size="small"
      disabled={busy}
      aria-label={t('hand.lowerOf', { name })}
      onClick={() => void lower()}
      className="px-2.5"
    >
      {t('hand.lowerShort')}
    </Button>
  )
}

function RecentlyLeft({ gone }: { gone: readonly Gone[] }) {
  const { t } = useTranslation('room')
  const { clockTime } = useTimeWords()
  return (
    <details className="max-h-[40%] shrink-0 overflow-y-auto border-t border-line text-note">
      <summary className="flex min-h-11 cursor-pointer items-center px-4 font-medium text-quiet">
        {t('people.gone', { count: gone.length })}
      </summary>
      <ul role="list" aria-label={t('people.goneLabel')} className="px-4 pb-3">
        {gone.slice(0, MOST_GONE_SHOWN).map(({ person, at }) => (
          <li key={person.id} className="flex justify-between gap-3 py-1">
            <bdi className="wrap-anywhere">{person.displayName}</bdi>
            <span className="shrink-0 text-quiet tabular-nums">
              {t('people.leftAt', { time: clockTime(at) })}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}
