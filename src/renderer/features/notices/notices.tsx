import { X } from 'lucide-react'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'

/**
 * Above the page, where they cover nothing. The region is there also when empty: a live region that appears together
 * with its text is often not read out.
 */
export function Notices() {
  const { notices: store, window } = useStores()
  const notices = useStore(store, (state) => state.notices)
  return (
    <div role="region" aria-label="Notices" aria-live="polite" className="shrink-0">
      {notices.map((notice) => (
        <div
          key={notice.id}
          className="flex flex-wrap items-start gap-x-3 border-b border-line bg-warn-wash py-1.5 pr-3 pl-4 text-warn sm:pl-6"
        >
          <p className="grow basis-0 py-1.5 text-note font-medium">{notice.message}</p>
          {notice.code === 'session-ending' && (
            <Button
              size="small"
              className="border-current text-warn"
              onClick={() => window.setState({ signingInAgain: true })}
            >
              Sign in again
            </Button>
          )}
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => store.getState().dismiss(notice.id)}
            className="grid size-9 shrink-0 cursor-pointer place-items-center rounded-small hover:bg-surface"
          >
            <X aria-hidden className="size-5" />
          </button>
        </div>
      ))}
    </div>
  )
}
