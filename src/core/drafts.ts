/** What stands in a composer and is not sent: on disk as it is typed, encrypted, and there again after a crash. */
import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import { DraftText, fail, succeed, type Result } from '../contract/model.ts'
import type { Owner } from './outbox.ts'
import type { FileStore } from './ports.ts'
import { createQueue } from './queue.ts'

const Draft = z.object({
  accountId: z.string(),
  serverUrl: z.string(),
  sessionId: z.string(),
  text: DraftText,
})
type Draft = z.infer<typeof Draft>
const Document = z.object({ version: z.literal(1), drafts: z.array(Draft) })

const FILE = 'drafts.json'
const MAX_DRAFTS = 200

export interface Drafts {
  read(owner: Owner, sessionId: string): Promise<Result<string>>
  /** Resolves when it is on disk; an empty text removes the draft. */
  save(owner: Owner, sessionId: string, text: string): Promise<Result<void>>
  /** Read the file again at the next call: another store may be behind it now. */
  forget(): void
}

export function createDrafts(files: FileStore): Drafts {
  let drafts: readonly Draft[] | null = null
  const inOrder = createQueue()

  async function load(): Promise<Result<readonly Draft[]>> {
    if (drafts) return succeed(drafts)
    const read = await files.read(FILE)
    if (!read.ok) return read
    const document = read.value === null ? { drafts: [] } : parseJson(Document, read.value)
    if (!document)
      return fail('storage-failed', 'Your drafts from before could not be read; their file was kept.')
    drafts = document.drafts
    return succeed(drafts)
  }

  const isOf = (owner: Owner, sessionId: string) => (draft: Draft) =>
    draft.accountId === owner.accountId &&
    draft.serverUrl === owner.serverUrl &&
    draft.sessionId === sessionId

  return {
    read: (owner, sessionId) =>
      inOrder(async () => {
        const loaded = await load()
        return loaded.ok ? succeed(loaded.value.find(isOf(owner, sessionId))?.text ?? '') : loaded
      }),

    save: (owner, sessionId, text) =>
      inOrder(async () => {
        const loaded = await load()
        if (!loaded.ok) return loaded
        const is = isOf(owner, sessionId)
        const others = loaded.value.filter((draft) => !is(draft))
        const next = text === '' ? others : [...others, { ...owner, sessionId, text }].slice(-MAX_DRAFTS)
        const saved = await files.write(FILE, JSON.stringify({ version: 1, drafts: next }))
        if (saved.ok) drafts = next
        return saved
      }),

    forget() {
      drafts = null
    },
  }
}
