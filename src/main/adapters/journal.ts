import type { Journal } from '../../core/ports.ts'
import { createRotatingFile } from './rotating-file.ts'

const MAX_BYTES = 2 * 1024 * 1024
const FILES = 3

export interface JournalFile extends Journal {
  flush(): Promise<void>
}

/** The timeline as JSON lines at `path`. Never throws. */
export function createJournal(path: string): JournalFile {
  const file = createRotatingFile(path, MAX_BYTES, FILES)
  return {
    record: (entry) => file.append(JSON.stringify(entry)),
    flush: () => file.flush(),
  }
}
