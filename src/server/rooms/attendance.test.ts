import { buffer } from 'node:stream/consumers'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attendanceFile, type AttendanceRow } from './attendance.ts'

const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
const said = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom('"', ',', ';', '\n', '\r', ' ', '=', '+', '-', '@', '\t', 'Lucía'),
    minLength: 1,
  }),
)

const row: fc.Arbitrary<AttendanceRow> = fc.record({
  course: said,
  title: said,
  scheduledStart: instant,
  person: fc.record({
    id: fc.uuid(),
    displayName: said,
    role: fc.constantFrom('admin', 'instructor', 'assistant', 'learner'),
  }),
  joinedAt: instant,
  leftAt: fc.option(instant),
  seconds: fc.nat(),
})

/** What a spreadsheet computes in place of showing it. */
const isFormula = (text: string) => /^[=+\-@\t\r＝＋－＠]/.test(text)
const harmless = (text: string) => (isFormula(text) ? `'${text}` : text)

test('a spreadsheet reads back from the file what was put in, and computes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const file = (await buffer(attendanceFile(rows))).toString()
      expect(
        file.startsWith('\uFEFFcourse,session,planned_start,name,role,joined_at,left_at,seconds\r\n'),
      ).toBe(true)
      expect(file.endsWith('\r\n')).toBe(true)
      const [, ...lines] = parse(file, { bom: true, record_delimiter: '\r\n' })
      expect(lines).toEqual(
        rows.map(({ course, title, scheduledStart, person, joinedAt, leftAt, seconds }) => [
          harmless(course),
          harmless(title),
          scheduledStart.toISOString(),
          harmless(person.displayName),
          person.role,
          joinedAt.toISOString(),
          leftAt?.toISOString() ?? '',
          String(seconds),
        ]),
      )
      expect(lines.flat().some(isFormula)).toBe(false)
    }),
  )
})

test('a file whose rows cannot be read fails, and does not just end', async () => {
  async function* rows(): AsyncGenerator<AttendanceRow> {
    yield fc.sample(row, 1)[0]!
    throw new Error('the database is away')
  }
  await expect(buffer(attendanceFile(rows()))).rejects.toThrow('the database is away')
})
