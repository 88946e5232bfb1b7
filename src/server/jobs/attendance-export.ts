/** Who was in which session of a course, and when, as a CSV file in the library of whoever asked. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import type { Db } from '../database/schema.ts'
import type { Library } from '../library/library.ts'
import { attendanceFile, attendanceRows, sessionsOfCourse, type AttendanceRow } from '../rooms/attendance.ts'
import { JobFailure, type Task, type Workers } from './job-runner.ts'

export function exportAttendance({
  db,
  library,
}: {
  db: Db
  library: Library
}): Workers['attendance-export'] {
  /** @param count is told of every row */
  async function* read(
    { order, signal, report }: Task<'attendance-export'>,
    count: () => void,
  ): AsyncGenerator<AttendanceRow> {
    const now = new Date()
    const sessions = await sessionsOfCourse(db, order.course)
    for (const [index, sessionId] of sessions.entries()) {
      signal.throwIfAborted()
      report(index / sessions.length, `Session ${index + 1} of ${sessions.length}`)
      for (const row of await attendanceRows(db, sessionId, now)) {
        count()
        yield row
      }
    }
  }

  /** Of a file an attempt before this one has saved, perhaps when there were fewer. */
  async function countRows(accountId: string, fileId: string): Promise<number> {
    const { bytes } = await library.open(accountId, fileId)
    let lines = 0
    await pipeline(Readable.from(bytes()), parse({ bom: true }), async (records: AsyncIterable<unknown>) => {
      for await (const _ of records) lines++
    })
    return lines - 1
  }

  return async (task) => {
    const { jobId, accountId, order, attempt } = task
    let rows = 0
    const readRows = async function* () {
      yield* read(task, () => rows++)
      if (rows === 0) throw new JobFailure('Nobody has been in a live session of this course yet.')
    }
    const file = await library.save(accountId, {
      idempotencyKey: `job:${jobId}`,
      name: fileName(order.course, new Date()),
      contentType: 'text/csv',
      bytes: attendanceFile(readRows()),
    })
    return {
      kind: 'attendance-export',
      fileId: file.id,
      rows: attempt === 1 ? rows : await countRows(accountId, file.id),
    }
  }
}

const fileName = (course: string, now: Date) =>
  `Attendance ${course.replace(/[\p{Cc}\p{Cs}/\\]+/gu, ' ')} ${now.toISOString().slice(0, 10)}.csv`
