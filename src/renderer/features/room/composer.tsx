import { SendHorizontal } from 'lucide-react'
import { useId, useMemo, useRef, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import {
  DraftText,
  MAX_MESSAGE_LENGTH,
  MessageText,
  type Account,
  type RoomState,
  type SessionState,
} from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { draftKey } from './drafts-store.ts'
import { useKeeping } from './use-keeping.ts'

interface ComposerProps {
  readonly sessionId: string
  readonly room: RoomState
  readonly me: Account
  readonly session: SessionState
  readonly onRejoin: () => void
}

/** Characters left from which on they are counted. */
const COUNT_FROM = 200

export function Composer({ sessionId, room, me, session, onRejoin }: ComposerProps) {
  const { drafts, notices, rooms } = useStores()
  const { t } = useTranslation('room')
  const place = useMemo(() => ({ accountId: me.id, sessionId, kind: 'chat' as const }), [me.id, sessionId])
  const draft = useStore(drafts, (state) => state.texts[draftKey(place)] ?? '')
  const box = useRef<HTMLTextAreaElement>(null)
  const noteId = useId()

  const { type, keep } = drafts.getState()
  const closed = room.connection === 'closed'
  const ended = closed && room.session.status === 'ended'
  const left = MAX_MESSAGE_LENGTH - draft.trim().length
  const text = MessageText.safeParse(draft)
  useKeeping(place)

  const send = async () => {
    if (!text.success || closed) return
    box.current?.focus()
    rooms.getState().toNewest(sessionId)
    rooms.getState().read(sessionId, { kind: 'carried-on' })
    const answer = await drafts.getState().send(place, text.data)
    if (!answer.ok) notices.getState().show(answer.failure)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a word of an input method; that one is not ours.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }

  const note = () => {
    if (left < 0) return t('composer.tooLong', { count: -left })
    if (left < COUNT_FROM) return t('composer.left', { count: left })
    // Not while it recovers: that is over in a moment, and a line that comes and goes moves the chat.
    if (session.kind !== 'offline' && session.kind !== 'suspended') return null
    return t('composer.offline')
  }

  return (
    <form
      className="@container shrink-0 border-t border-line p-3 sm:p-4"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <div className="flex items-end gap-2.5">
        <textarea
          ref={box}
          id="room-composer"
          data-room-part
          aria-label={t('composer.label')}
          aria-describedby={noteId}
          aria-invalid={left < 0 || undefined}
          dir="auto"
          rows={1}
          placeholder={closed ? '' : t('composer.placeholder')}
          value={draft}
          maxLength={DraftText.maxLength ?? undefined}
          disabled={closed}
          onChange={(event) => type(place, event.target.value)}
          onBlur={() => keep(place)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-40 min-h-12 min-w-0 grow resize-none rounded-control border border-edge bg-surface px-3.5 py-2 text-chat placeholder:truncate disabled:border-line disabled:bg-sunken disabled:text-quiet"
        />
        <Button
          type="submit"
          look="primary"
          title={t('composer.send')}
          className="min-h-12 @max-[24rem]:px-3.5"
          disabled={closed || !text.success}
        >
          <SendHorizontal aria-hidden className="size-5 @[24rem]:hidden rtl:-scale-x-100" />
          <span className="@max-[24rem]:sr-only">{t('composer.send')}</span>
        </Button>
      </div>
      <div id={noteId} className="text-note text-quiet">
        {closed ? (
          <p className="flex flex-wrap items-center gap-3 pt-2.5">
            {ended ? t('composer.ended') : t('composer.notInRoom')}
            {!ended && (
              <Button size="small" onClick={onRejoin}>
                {t('joinAgain')}
              </Button>
            )}
          </p>
        ) : (
          note() && <p className={`pt-2 ${left < 0 ? 'text-alarm' : ''}`}>{note()}</p>
        )}
      </div>
    </form>
  )
}
