import { expect, test } from 'vitest'
import type { Attendance } from '../../../contract/model.ts'
import { attendanceRows, type AttendanceColumn } from './attendance.ts'

const at = (time: string) => `2026-11-21T${time}:00.000Z`
const person = (id: number, displayName: string) => ({
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  displayName,
  role: 'learner' as const,
})
const items: Attendance[] = [
  { person: person(1, 'Zoë Brandt'), stays: [{ joinedAt: at('08:00'), leftAt: null }], seconds: 3600 },
  {
    person: person(2, 'Amara Diallo'),
    stays: [
      { joinedAt: at('08:10'), leftAt: at('08:20') },
      { joinedAt: at('08:30'), leftAt: at('08:40') },
    ],
    seconds: 1200,
  },
  { person: person(3, 'Ähre Feld'), stays: [{ joinedAt: at('08:05'), leftAt: at('08:50') }], seconds: 2700 },
]
const names = (by: AttendanceColumn, descending = false) =>
  attendanceRows(items, { by, descending }, 'de').map(({ name }) => name)

test('attendance is sorted by any column, either way, and names as the language sorts them', () => {
  expect(names('name')).toEqual(['Ähre Feld', 'Amara Diallo', 'Zoë Brandt'])
  expect(names('name', true)).toEqual(['Zoë Brandt', 'Amara Diallo', 'Ähre Feld'])
  expect(names('joined')).toEqual(['Zoë Brandt', 'Ähre Feld', 'Amara Diallo'])
  expect(names('left')).toEqual(['Amara Diallo', 'Ähre Feld', 'Zoë Brandt'])
  expect(names('seconds', true)).toEqual(['Zoë Brandt', 'Ähre Feld', 'Amara Diallo'])
})

test('a person who came twice is one row: from the first arrival to the last leave', () => {
  const row = attendanceRows(items, { by: 'name', descending: false }, 'en').find(({ stays }) => stays === 2)
  expect(row).toMatchObject({ joined: Date.parse(at('08:10')), left: Date.parse(at('08:40')), seconds: 1200 })
})
