import { useEffect } from 'react'
import { useStores } from '../../stores.tsx'
import type { Place } from './drafts-store.ts'

/** Another window of this room may have written on, and this one may be gone at any moment. */
export function useKeeping(place: Place): void {
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
