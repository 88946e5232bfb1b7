/**
 * What stands in a composer and is not sent, and what somebody notes down for themselves about a room: on disk as it
 * is typed, encrypted, and there again after a crash.
 */
import { z } from 'zod'
import { above, below } from '../contract/drafts.ts'
import { parseJson } from '../contract/json.ts'
import { DraftKind, DraftText, fail, succeed, type Result } from '../contract/model.ts'
import type { Outbox, Owner } from './outbox.ts'
import type { FileStore } from './ports.ts'
import { createQueue } from './queue.ts'

const Draft = z.object({
  accountId: z.string(),
  serverUrl: z.string(),
  sessionId: z.string(),
  /** The first ones had no kind, when there were no notes. */
  kind: DraftKind.default('chat'),
  text: DraftText,
  /** After how many messages of this room it was saved. Once there are more, it has become one of them. */
  after: z.number().default(0),
})
type Draft = z.infer<typeof Draft>
const Document = z.object({ version: z.literal(1), drafts: z.array(Draft) })

const FILE = 'drafts.json'
/** Of each kind. Nobody misses the draft of a message they began hundreds of rooms ago; notes are kept for long. */
const MOST: Readonly<Record<DraftKind, number>> = { chat: 200, notes: 2000 }

const tooLong = fail('invalid-request', 'This draft is too long to be kept.')

export interface Drafts {
  read(owner: Owner, sessionId: string, kind: DraftKind): Promise<Result<string>>
  /**
   * Resolves with what is kept, when it is on disk; an empty text removes the draft.
   * @param added goes with a text that belongs below what is kept, and is the end of that which it replaces
   */
  save(
    owner: Owner,
    sessionId: string,
    kind: DraftKind,
    text: string,
    added?: string,
  ): Promise<Result<string>>
  /** Takes away what has become a message since. */
  sweep(): Promise<void>
  /** Read the file again at the next call: another store may be behind it now. */
  forget(): void
  /** Resolves when everything asked for so far is done. */
  settled(): Promise<void>
}

/**
 * @param outbox counts the messages of a room in the very write that accepts one, which is therefore the write that
 *   takes the draft away: a crash leaves one of the two and never both.
 */
export function createDrafts(files: FileStore, outbox: Pick<Outbox, 'load' | 'posted'>): Drafts {
  let drafts: readonly Draft[] | null = null
  const inOrder = createQueue()

  async function load(): Promise<Result<readonly Draft[]>> {
    if (drafts) return succeed(drafts)
    const [read] = await Promise.all([files.read(FILE), outbox.load()])
    if (!read.ok) return read
    const document = read.value === null ? { drafts: [] } : parseJson(Document, read.value)
    if (!document)
      return fail('storage-failed', 'Your drafts from before could not be read; their file was kept.')
    drafts = document.drafts
    return succeed(drafts)
  }

  async function write(next: readonly Draft[]): Promise<Result<void>> {
    const kept = DraftKind.options.flatMap((kind) =>
      next.filter((draft) => draft.kind === kind).slice(-MOST[kind]),
    )
    const saved = await files.write(FILE, JSON.stringify({ version: 1, drafts: kept }))
    if (saved.ok) drafts = kept
    return saved
  }

  const isOf = (owner: Owner, sessionId: string, kind: DraftKind) => (draft: Draft) =>
    draft.accountId === owner.accountId &&
    draft.serverUrl === owner.serverUrl &&
    draft.sessionId === sessionId &&
    draft.kind === kind

  const isSpent = (draft: Draft) =>
    draft.kind === 'chat' && draft.after < (outbox.posted(draft, draft.sessionId) ?? 0)

  const textOf = (draft: Draft | undefined) => (draft && !isSpent(draft) ? draft.text : '')

  return {
    read: (owner, sessionId, kind) =>
      inOrder(async () => {
        const loaded = await load()
        return loaded.ok ? succeed(textOf(loaded.value.find(isOf(owner, sessionId, kind)))) : loaded
      }),

    save(owner, sessionId, kind, text, added) {
      // Of now, and not of when its turn comes: a message may be accepted meanwhile.
      const counted = outbox.posted(owner, sessionId)
      return inOrder(async () => {
        const loaded = await load()
        if (!loaded.ok) return loaded
        const is = isOf(owner, sessionId, kind)
        const others = loaded.value.filter((draft) => !is(draft))
        const kept = textOf(loaded.value.find(is))
        const whole = DraftText.safeParse(added === undefined ? text : below(above(kept, added), text))
        if (!whole.success) return tooLong
        const { accountId, serverUrl } = owner
        // Where nobody can tell, nothing takes it away but the person.
        const after = counted ?? outbox.posted(owner, sessionId) ?? Number.MAX_SAFE_INTEGER
        const draft = { accountId, serverUrl, sessionId, kind, text: whole.data, after }
        const saved = await write(whole.data === '' ? others : [...others, draft])
        return saved.ok ? succeed(whole.data) : saved
      })
    },

    sweep: () =>
      inOrder(async () => {
        const loaded = await load()
        if (!loaded.ok) return
        const left = loaded.value.filter((draft) => !isSpent(draft))
        if (left.length < loaded.value.length) await write(left)
      }),

    forget() {
      drafts = null
    },

    settled: () => inOrder(() => Promise.resolve()),
  }
}
