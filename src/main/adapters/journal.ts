import { TimelineEntry } from '../../contract/diagnostics.ts'
import { parseJson } from '../../contract/json.ts'
import type { Journal } from '../../core/ports.ts'
import { createRotatingFile } from './rotating-file.ts'

/**
 * A line has some 120 bytes. A quiet day of teaching writes about 1,500 of them; a day without a network, the loudest
 * there is, four lines for each try every 15 seconds: 23,000, or 2.8 MB. Right after a rotation two full files are left,
 * so that also the last 24 hours of such a day are there.
 */
const MAX_BYTES = 2 * 1024 * 1024
const FILES = 3
/** What a window is given at once, well below what may cross IPC. */
const MOST_ENTRIES = 20_000
const MOST_BYTES = 3 * 1024 * 1024

export interface JournalFile extends Journal {
  flush(): Promise<void>
  /**
   * What was recorded since a wall time (epoch milliseconds), also by earlier starts, oldest first.
   * @returns the newest 20,000 entries or 3 MB of them; `complete` says whether that is all
   */
  since(wall: number): Promise<{ entries: TimelineEntry[]; complete: boolean }>
}

/** The timeline as JSON lines at `path`. Never throws. */
export function createJournal(path: string): JournalFile {
  const file = createRotatingFile(path, MAX_BYTES, FILES)

  return {
    record: (entry) => file.append(JSON.stringify(entry)),
    flush: () => file.flush(),

    async since(wall) {
      const newestFirst: TimelineEntry[] = []
      let bytes = 0
      for await (const lines of file.readBack()) {
        let anyRecent = false
        for (const line of lines.toReversed()) {
          // Null for half a line, as a power cut leaves one.
          const entry = parseJson(TimelineEntry, line)
          // One by one and not up to the first that is older: the wall clock may have been set back.
          if (!entry || entry.wall < wall) continue
          bytes += line.length
          if (newestFirst.length === MOST_ENTRIES || bytes > MOST_BYTES) {
            return { entries: newestFirst.reverse(), complete: false }
          }
          newestFirst.push(entry)
          anyRecent = true
        }
        if (lines.length > 0 && !anyRecent) break
      }
      return { entries: newestFirst.reverse(), complete: true }
    },
  }
}
