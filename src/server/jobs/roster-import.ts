/**
 * People of a CSV file become members of a course. Whoever has no account gets one. A batch of lines and how far the
 * import has come are one transaction: after a restart it goes on behind the last batch, and counts nobody twice.
 */
import { z } from 'zod'
import type { JobResult } from '../../contract/jobs.ts'
import type { Library } from '../library/library.ts'
import { enrol, type Enrolment } from '../rooms/roster.ts'
import type { Workers } from './job-runner.ts'
import { checkRoster, readRoster, type RosterLine } from './roster-file.ts'

type Result = Extract<JobResult, { kind: 'roster-import' }>

const SoFar = z.object({
  /** The last line that is done. */
  line: z.int().min(0),
  created: z.int().min(0),
  enrolled: z.int().min(0),
  known: z.int().min(0),
  skipped: z.array(z.object({ line: z.int().min(1), problem: z.string() })),
  skippedCount: z.int().min(0),
})
type SoFar = z.infer<typeof SoFar>

const NOTHING: SoFar = { line: 0, created: 0, enrolled: 0, known: 0, skipped: [], skippedCount: 0 }
const LINES_A_BATCH = 500
const MAX_SKIPPED = 100

const thousands = new Intl.NumberFormat('en')

export function importRoster({ library }: { library: Library }): Workers['roster-import'] {
  return async ({ accountId, order, soFar: kept, signal, report, keep }): Promise<Result> => {
    const { bytes } = await library.open(accountId, order.fileId)
    let soFar = kept === null ? NOTHING : SoFar.parse(kept)

    // All of it before anything is done: half a roster is worse than none.
    report(0, 'Checking the file')
    const lines = await checkRoster(bytes())

    for await (const batch of batches(readRoster(bytes()), soFar.line)) {
      signal.throwIfAborted()
      soFar = await keep(
        async (tx) => {
          const people = batch.flatMap((line) => ('person' in line ? [line.person] : []))
          return added(soFar, batch, await enrol(tx, order.course, people))
        },
        (done) => done,
      )
      report(soFar.line / lines, `${thousands.format(soFar.line)} of ${thousands.format(lines)} lines`)
    }
    const { line: _, ...counts } = soFar
    return { kind: 'roster-import', ...counts }
  }
}

/** What comes after this line, some lines at a time. */
async function* batches(lines: AsyncIterable<RosterLine>, after: number): AsyncGenerator<RosterLine[]> {
  let batch: RosterLine[] = []
  for await (const line of lines) {
    if (line.line <= after) continue
    batch.push(line)
    if (batch.length < LINES_A_BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function added(soFar: SoFar, batch: readonly RosterLine[], { created, enrolled, known }: Enrolment): SoFar {
  const skipped = batch.flatMap((line) => ('problem' in line ? [line] : []))
  return {
    line: batch.at(-1)?.line ?? soFar.line,
    created: soFar.created + created,
    enrolled: soFar.enrolled + enrolled,
    known: soFar.known + known,
    skipped: [...soFar.skipped, ...skipped].slice(0, MAX_SKIPPED),
    skippedCount: soFar.skippedCount + skipped.length,
  }
}
