import { ChevronDown, ChevronUp, Download, RotateCw } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Attendance, Failure, LiveSession } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useTimeWords } from '../../ui/time.ts'
import { attendanceRows, type AttendanceColumn, type AttendanceSort } from './attendance.ts'

const columns = ['name', 'joined', 'left', 'seconds'] as const
/** Rows shown at first, and with each "show more". */
const PAGE = 100

interface Known {
  readonly items: readonly Attendance[]
  /** Epoch milliseconds. */
  readonly at: number
}

/** Who was in the room, from when to when. For staff; the server tells nobody else. */
export function AttendancePanel({ session }: { session: LiveSession }) {
  const { client, notices } = useStores()
  const { t } = useTranslation('room')
  const { clockTime } = useTimeWords()
  const failureWords = useFailureWords()
  const [known, setKnown] = useState<Known | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [busy, setBusy] = useState(false)
  const [saved, setSaved] = useState<string | null>(null)
  const sessionId = session.id

  const ask = useCallback(() => client.call('listAttendance', { params: { sessionId } }), [client, sessionId])
  const take = useCallback((answer: Awaited<ReturnType<typeof ask>>) => {
    setFailure(answer.ok ? null : answer.failure)
    if (answer.ok) setKnown({ items: answer.value.items, at: Date.now() })
  }, [])
  useEffect(() => {
    let gone = false
    void ask().then((answer) => {
      if (!gone) take(answer)
    })
    return () => {
      gone = true
    }
  }, [ask, take, session.status])

  const refresh = async () => {
    setBusy(true)
    take(await ask())
    setBusy(false)
  }
  const save = async () => {
    setSaved(null)
    const name = `${t('attendance.fileName', { title: session.title })}.csv`.slice(-200)
    const answer = await client.ask('file:save', { what: 'attendance', sessionId, name })
    if (answer.ok) setSaved(answer.value.savedAs)
    else notices.getState().show(answer.failure)
  }

  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="flex flex-wrap items-center gap-2 px-3 pt-3 pb-2">
        <Button size="small" disabled={busy} onClick={() => void refresh()}>
          <RotateCw aria-hidden className="size-4.5" />
          {t('attendance.refresh')}
        </Button>
        <Button size="small" onClick={() => void save()}>
          <Download aria-hidden className="size-4.5" />
          {t('attendance.save')}
        </Button>
      </div>
      <p role="status" className="px-4 pb-2 text-note text-quiet">
        {saved !== null
          ? t('attendance.savedAs', { name: saved })
          : known && t('attendance.asOf', { count: known.items.length, time: clockTime(known.at) })}
      </p>
      {failure && (
        <p role="alert" className="mx-3 mb-2 rounded-control bg-alarm-wash px-3 py-2 text-note text-alarm">
          {failureWords(failure)}
        </p>
      )}
      <div
        id="room-attendance"
        tabIndex={0}
        role="group"
        aria-label={t('attendance.label')}
        className="relative min-h-0 grow overflow-y-auto -outline-offset-4"
      >
        {known ? (
          <AttendanceTable items={known.items} />
        ) : (
          !failure && <p className="px-4 py-6 text-center text-quiet">{t('attendance.loading')}</p>
        )}
      </div>
    </div>
  )
}

function AttendanceTable({ items }: { items: readonly Attendance[] }) {
  const { t, i18n } = useTranslation('room')
  const { clockTime, lengthInWords } = useTimeWords()
  const [sort, setSort] = useState<AttendanceSort>({ by: 'name', descending: false })
  const [shown, setShown] = useState(PAGE)
  const rows = useMemo(() => attendanceRows(items, sort, i18n.language), [items, sort, i18n.language])
  if (items.length === 0) return <p className="px-4 py-6 text-center text-quiet">{t('attendance.nobody')}</p>

  const sortBy = (by: AttendanceColumn) =>
    setSort((before) => ({ by, descending: before.by === by && !before.descending }))
  const SortMark = sort.descending ? ChevronDown : ChevronUp

  return (
    <>
      <table className="w-full text-note">
        <caption className="sr-only">{t('attendance.label')}</caption>
        <thead className="sticky top-0 bg-sunken shadow-[inset_0_-1px_var(--line)]">
          <tr>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                aria-sort={sort.by !== column ? undefined : sort.descending ? 'descending' : 'ascending'}
                className="p-0 text-start font-medium first:ps-2 last:pe-2"
              >
                <button
                  type="button"
                  onClick={() => sortBy(column)}
                  className="inline-flex min-h-9 cursor-pointer items-center gap-0.5 rounded-control px-1.5 hover:bg-sunken"
                >
                  {t(`attendance.column.${column}`)}
                  {sort.by === column && <SortMark aria-hidden className="size-4" />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map(({ id, name, joined, left, stays, seconds }) => (
            <tr key={id} className="border-b border-line align-top">
              <th scope="row" className="py-2 ps-3.5 pe-1.5 text-start font-medium wrap-anywhere">
                <span dir="auto">{name}</span>
                {stays > 1 && (
                  <span className="block font-normal text-quiet">
                    {t('attendance.stays', { count: stays })}
                  </span>
                )}
              </th>
              <td className="px-1.5 py-2 whitespace-nowrap tabular-nums">{clockTime(joined)}</td>
              <td className="px-1.5 py-2 whitespace-nowrap tabular-nums">
                {left === null ? t('attendance.here') : clockTime(left)}
              </td>
              <td className="py-2 ps-1.5 pe-3.5 whitespace-nowrap tabular-nums">
                {lengthInWords(seconds * 1000)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <div className="flex justify-center p-3">
          <Button size="small" onClick={() => setShown(shown + PAGE)}>
            {t('attendance.more', { count: rows.length - shown })}
          </Button>
        </div>
      )}
    </>
  )
}
