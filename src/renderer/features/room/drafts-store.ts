/**
 * What stands in the composers and in the notes. Main keeps it on disk, encrypted, for the person who wrote it; a page
 * holds a copy to type into, and hands over what is new soon and often, so that nothing but the last moment can be lost
 * with it.
 */
import { createStore, type StoreApi } from 'zustand'
import { above, below } from '../../../contract/drafts.ts'
import type { ChannelResponse, EventPayload } from '../../../contract/ipc.ts'
import type { DraftKind, Failure, Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

/** Two people may use one computer: a draft belongs to the one who wrote it. */
export interface Place {
  readonly accountId: string
  readonly sessionId: string
  readonly kind: DraftKind
}

export interface DraftsState {
  /** By `draftKey`. */
  readonly texts: Readonly<Record<string, string>>
  /** By `draftKey`: what is not on disk yet, and whether that was tried in vain. */
  readonly unsaved: Readonly<Record<string, 'soon' | 'failed'>>
  /** Takes over what is on disk, unless something newer stands here. */
  read(place: Place): Promise<void>
  type(place: Place, text: string): void
  /** Another window wrote; what is typed here meanwhile is newer. */
  changed(change: EventPayload<'draft:changed'>): void
  /** Hands over at once what is new. */
  keep(place: Place): void
  keepAll(): void
  /** What stands here leaves the composer, and comes back when it is not accepted. @param text as it is to be sent */
  send(place: Place, text: string): Promise<Result<ChannelResponse<'room:post-message'>>>
  /** Nobody is signed in: what main keeps is forgotten here. */
  forgetKept(): void
}

export type DraftsStore = StoreApi<DraftsState>

export const draftKey = ({ accountId, sessionId, kind }: Place) => `${accountId}/${sessionId}/${kind}`

/** Milliseconds without a key stroke after which a draft is handed over, and the longest that one waits. */
const TYPING_PAUSE = 300
const LONGEST_WAIT = 1000

interface Draft {
  readonly place: Place
  /** Until then nothing may be written over what main has ... */
  read: boolean
  /** ... and this is what main was given to put below it. */
  added: string
  /** What main has as far as this window knows; null when it does not. */
  kept: string | null
  /** Left the composer, and is not accepted yet. */
  readonly sending: string[]
  /** Grows with each change made here, so that an answer to an earlier question is known for what it is. */
  edits: number
  timer: ReturnType<typeof setTimeout> | undefined
  /** Epoch milliseconds; null when nothing waits. */
  waitingSince: number | null
  /** A person has been told that it cannot be kept. */
  told: boolean
}

/**
 * @param person who is signed in: main answers for that one and for nobody else
 * @param trouble why a draft cannot be kept, once until it can
 */
export function createDraftsStore(
  client: Pick<SessionClient, 'ask'>,
  person: () => string | null,
  trouble: (failure: Failure) => void,
): DraftsStore {
  const drafts = new Map<string, Draft>()

  return createStore<DraftsState>((set, get) => {
    const draftAt = (place: Place): Draft => {
      const key = draftKey(place)
      const draft = drafts.get(key) ?? {
        place,
        read: false,
        added: '',
        kept: null,
        sending: [],
        edits: 0,
        timer: undefined,
        waitingSince: null,
        told: false,
      }
      drafts.set(key, draft)
      return draft
    }
    const textOf = ({ place }: Draft) => get().texts[draftKey(place)] ?? ''
    const show = (draft: Draft, text: string) => {
      draft.edits += 1
      set(({ texts }) => ({ texts: { ...texts, [draftKey(draft.place)]: text } }))
    }
    /** Also what is on its way: a crash before it is accepted must not take it along. */
    const toKeep = (draft: Draft) => [...draft.sending, textOf(draft)].reduce(below)

    const mark = ({ place }: Draft, how: 'soon' | 'failed' | null) => {
      const key = draftKey(place)
      if ((get().unsaved[key] ?? null) === how) return
      set(({ unsaved: { [key]: _, ...others } }) => ({ unsaved: how ? { ...others, [key]: how } : others }))
    }

    const failed = (draft: Draft, failure: Failure) => {
      mark(draft, 'failed')
      if (!draft.told) trouble(failure)
      draft.told = true
    }

    /** What another window wrote, unless something newer stands here. */
    const takeOver = (draft: Draft, text: string) => {
      if (!draft.read || draft.kept !== toKeep(draft) || text === draft.kept) return
      draft.kept = text
      show(draft, text)
    }

    function keepSoon(draft: Draft): void {
      draft.waitingSince ??= Date.now()
      if (get().unsaved[draftKey(draft.place)] !== 'failed') mark(draft, 'soon')
      clearTimeout(draft.timer)
      const longest = draft.waitingSince + LONGEST_WAIT - Date.now()
      draft.timer = setTimeout(() => void keep(draft), Math.max(0, Math.min(TYPING_PAUSE, longest)))
    }

    /** Main reads what it has by itself: this page may be gone before it could be told. */
    async function handOverUnread(draft: Draft): Promise<void> {
      const text = toKeep(draft)
      const { place, added } = draft
      if (text === added) return
      draft.added = text
      const answer = await client.ask('draft:set', { ...place, text, added })
      // What is wrong is told when it is read.
      if (!answer.ok && draft.added === text) draft.added = added
    }

    async function keep(draft: Draft): Promise<void> {
      clearTimeout(draft.timer)
      draft.waitingSince = null
      if (draft.place.accountId !== person()) return
      if (!draft.read) {
        void handOverUnread(draft)
        if (draft.added !== '') await get().read(draft.place)
      }
      const text = toKeep(draft)
      if (!draft.read || draft.place.accountId !== person()) return
      if (text === draft.kept) return mark(draft, null)
      draft.kept = text
      const answer = await client.ask('draft:set', { ...draft.place, text })
      if (answer.ok) {
        draft.told = false
        mark(draft, draft.kept === toKeep(draft) ? null : 'soon')
        return
      }
      // It is tried again with the next key, and when the server answers again.
      if (draft.kept === text) draft.kept = null
      failed(draft, answer.failure)
    }

    return {
      texts: {},
      unsaved: {},

      async read(place) {
        const draft = draftAt(place)
        const { edits, added } = draft
        if (place.accountId !== person()) return
        const { sessionId, kind } = place
        const answer = await client.ask('draft:get', { sessionId, kind })
        if (place.accountId !== person()) return
        if (!answer.ok) return failed(draft, answer.failure)
        const { text } = answer.value
        if (!draft.read) {
          draft.read = true
          draft.kept = text
          // Somebody was quicker than the disk: what they typed goes below what stood there before.
          const before = above(text, added)
          if (before !== toKeep(draft)) show(draft, below(before, textOf(draft)))
          if (toKeep(draft) !== text) keepSoon(draft)
        } else if (edits === draft.edits) {
          takeOver(draft, text)
        }
      },

      changed({ text, ...where }) {
        const accountId = person()
        const draft = accountId === null ? undefined : drafts.get(draftKey({ accountId, ...where }))
        if (draft) takeOver(draft, text)
      },

      type(place, text) {
        const draft = draftAt(place)
        show(draft, text)
        keepSoon(draft)
      },

      keep: (place) => void keep(draftAt(place)),
      keepAll() {
        for (const draft of drafts.values()) void keep(draft)
      },

      async send(place, text) {
        const draft = draftAt(place)
        const whole = textOf(draft)
        draft.sending.push(whole)
        show(draft, '')
        // What stood there from before is no part of this message, which takes its draft away.
        if (!draft.read) await get().read(place)
        const answer = await client.ask('room:post-message', { sessionId: place.sessionId, text })
        draft.sending.splice(draft.sending.indexOf(whole), 1)
        // A message takes what main had with it; one that is not accepted goes back to where it was written.
        if (answer.ok) draft.kept = null
        else show(draft, below(whole, textOf(draft)))
        void keep(draft)
        return answer
      },

      forgetKept() {
        for (const [key, draft] of drafts) {
          clearTimeout(draft.timer)
          if (draft.kept !== toKeep(draft)) continue
          drafts.delete(key)
          set(({ texts: { [key]: _, ...others } }) => ({ texts: others }))
        }
      },
    }
  })
}
