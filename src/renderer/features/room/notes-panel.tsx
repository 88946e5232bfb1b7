import { Check } from 'lucide-react'
import { useId, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { DraftText } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { draftKey } from './drafts-store.ts'
import { useKeeping } from './use-keeping.ts'

/** What a person notes down for themselves: encrypted, on this computer, and nowhere else. */
export function NotesPanel({ sessionId, accountId }: { sessionId: string; accountId: string }) {
  const { drafts } = useStores()
  const { t } = useTranslation('room')
  const place = useMemo(() => ({ accountId, sessionId, kind: 'notes' as const }), [accountId, sessionId])
  const text = useStore(drafts, ({ texts }) => texts[draftKey(place)] ?? '')
  const unsaved = useStore(drafts, (state) => state.unsaved[draftKey(place)] ?? null)
  const hint = useId()
  const { type, keep } = drafts.getState()
  useKeeping(place)

  return (
    <div className="flex min-h-0 grow flex-col gap-2 p-3">
      <p id={hint} className="px-1 text-note text-quiet">
        {t('notes.hint')}
      </p>
      <textarea
        id="room-notes"
        aria-label={t('notes.label')}
        aria-describedby={hint}
        dir="auto"
        value={text}
        maxLength={DraftText.maxLength ?? undefined}
        onChange={(event) => type(place, event.target.value)}
        onBlur={() => keep(place)}
        className="min-h-40 grow resize-none rounded-control border border-edge bg-surface px-3.5 py-2.5 text-body"
      />
      <p role="status" className="flex min-h-6 items-center gap-1.5 px-1 text-note text-quiet">
        {unsaved === 'failed' && <span className="text-alarm">{t('notes.failed')}</span>}
        {unsaved === 'soon' && t('notes.saving')}
        {unsaved === null && text !== '' && (
          <>
            <Check aria-hidden className="size-4" />
            {t('notes.saved')}
          </>
        )}
      </p>
    </div>
  )
}
