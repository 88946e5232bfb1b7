import { z } from 'zod'
import { Page } from '../contract/ipc.ts'
import { parseJson } from '../contract/json.ts'
import type { FileStore } from '../core/ports.ts'

const FILE = 'last-page.json'
const Document = z.object({ version: z.literal(1), page: Page })

/** The page the main window is on, which is where it opens the next time. */
export interface LastPage {
  get(): Page | null
  /** Only a convenience: a disk that refuses is no reason to trouble anybody. */
  set(page: Page): void
}

export async function openLastPage(files: FileStore): Promise<LastPage> {
  const stored = await files.read(FILE)
  let page = stored.ok && stored.value !== null ? (parseJson(Document, stored.value)?.page ?? null) : null
  return {
    get: () => page,
    set(next) {
      page = next
      void files.write(FILE, JSON.stringify({ version: 1, page: next } satisfies z.input<typeof Document>))
    },
  }
}
