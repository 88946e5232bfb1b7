import type { Attendance } from '../../../contract/model.ts'

export type AttendanceColumn = 'name' | 'joined' | 'left' | 'seconds'
export interface AttendanceSort {
  readonly by: AttendanceColumn
  readonly descending: boolean
}

export interface AttendanceRow {
  readonly id: string
  readonly name: string
  /** Epoch milliseconds of the first stay's beginning. */
  readonly joined: number
  /** Of the last stay's end; null while the person is there. */
  readonly left: number | null
  readonly stays: number
  readonly seconds: number
}

/** @param language of the page: names are sorted as it sorts them */
export function attendanceRows(
  items: readonly Attendance[],
  { by, descending }: AttendanceSort,
  language: string,
): readonly AttendanceRow[] {
  const { compare } = new Intl.Collator(language)
  const rows = items.map(({ person, stays, seconds }): AttendanceRow => {
    const leftAt = stays.at(-1)?.leftAt ?? null
    return {
      id: person.id,
      name: person.displayName,
      joined: Date.parse(stays[0]?.joinedAt ?? ''),
      left: leftAt === null ? null : Date.parse(leftAt),
      stays: stays.length,
      seconds,
    }
  })
  const order: Record<AttendanceColumn, (a: AttendanceRow, b: AttendanceRow) => number> = {
    name: () => 0,
    joined: (a, b) => a.joined - b.joined,
    // Who is still there leaves later than anybody.
    left: (a, b) => (a.left ?? Number.MAX_SAFE_INTEGER) - (b.left ?? Number.MAX_SAFE_INTEGER),
    seconds: (a, b) => a.seconds - b.seconds,
  }
  const sign = descending ? -1 : 1
  return rows.toSorted((a, b) =>
    by === 'name' ? sign * compare(a.name, b.name) : sign * order[by](a, b) || compare(a.name, b.name),
  )
}
