import { useEffect, useId, useMemo, useRef, type KeyboardEvent } from 'react'
import { useStore } from 'zustand'
import {
  DraftText,
  MessageText,
  type Account,
  type RoomState,
  type SessionState,
} from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { draftKey, type Place } from './drafts-store.ts'

interface ComposerProps {
  readonly sessionId: string
  readonly room: RoomState
  readonly me: Account
  readonly session: SessionState
  readonly onRejoin: () => void
}

const MAX_LENGTH = 4000
/** Characters left from which on they are counted. */
const COUNT_FROM = 200

export function Composer({ sessionId, room, me, session, onRejoin }: ComposerProps) {
  const { drafts, notices } = useStores()
  const place = useMemo(() => ({ accountId: me.id, sessionId }), [me.id, sessionId])
  const draft = useStore(drafts, (state) => state.texts[draftKey(place)] ?? '')
  const box = useRef<HTMLTextAreaElement>(null)
  const noteId = useId()

  const { type, keep } = drafts.getState()
  const closed = room.connection === 'closed'
  const ended = closed && room.session.status === 'ended'
  const left = MAX_LENGTH - draft.trim().length
  const text = MessageText.safeParse(draft)
  useKeeping(place)

  const send = async () => {
    if (!text.success || closed) return
    box.current?.focus()
    const answer = await drafts.getState().send(place, text.data)
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a word of an input method; that one is not ours.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }

  return (
    <form
      className="shrink-0 border-t border-line p-3 sm:p-4"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <div className="flex items-end gap-2.5">
        <textarea
          ref={box}
          aria-label="Message"
          aria-describedby={noteId}
          aria-invalid={left < 0 || undefined}
          rows={1}
          placeholder={closed ? '' : 'Write a message'}
          value={draft}
          maxLength={DraftText.maxLength ?? undefined}
          disabled={closed}
          onChange={(event) => type(place, event.target.value)}
          onBlur={() => keep(place)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-40 min-h-12 min-w-0 grow resize-none rounded-control border border-edge bg-surface px-3.5 py-2 text-chat disabled:border-line disabled:bg-sunken disabled:text-quiet"
        />
        <Button type="submit" look="primary" className="min-h-12" disabled={closed || !text.success}>
          Send
        </Button>
      </div>
      <div id={noteId} className="text-note text-quiet">
        {closed ? (
          <p className="flex flex-wrap items-center gap-3 pt-2.5">
            {ended
              ? 'This session has ended. What was said stays here to read.'
              : 'You are no longer in this room.'}
            {!ended && (
              <Button size="small" onClick={onRejoin}>
                Join again
              </Button>
            )}
          </p>
        ) : (
          note(session, left) && (
            <p className={`pt-2 ${left < 0 ? 'text-alarm' : ''}`}>{note(session, left)}</p>
          )
        )}
      </div>
    </form>
  )
}

/** Another window of this room may have written on, and this one may be gone at any moment. */
function useKeeping(place: Place): void {
  const { drafts } = useStores()
  useEffect(() => {
    const { read, keep } = drafts.getState()
    const readNow = () => void read(place)
    const keepNow = () => keep(place)
    readNow()
    window.addEventListener('focus', readNow)
    // Not pagehide: by then main may take the page for gone.
    window.addEventListener('beforeunload', keepNow)
    document.addEventListener('visibilitychange', keepNow)
    return () => {
      window.removeEventListener('focus', readNow)
      window.removeEventListener('beforeunload', keepNow)
      document.removeEventListener('visibilitychange', keepNow)
      keepNow()
    }
  }, [drafts, place])
}

function note(session: SessionState, left: number): string | null {
  if (left < 0) return `${-left} characters too many. Send it in two parts.`
  if (left < COUNT_FROM) return `${left} characters left`
  // Not while it recovers: that is over in a moment, and a line that comes and goes moves the chat.
  if (session.kind !== 'offline' && session.kind !== 'suspended') return null
  return 'What you send now is kept here and goes out when the connection is back.'
}
