import { useEffect, useEffectEvent } from 'react'

/**
 * Keeps a page fresh while it can be seen and the server be reached: on opening, on an interval, and at once when
 * somebody comes back to the window.
 *
 * @param every milliseconds
 */
export function useRefreshing(refresh: () => void, every: number, reachable: boolean): void {
  const look = useEffectEvent(() => {
    if (document.visibilityState === 'visible') refresh()
  })
  useEffect(() => {
    if (!reachable) return
    const coming = new AbortController()
    const again = () => look()
    again()
    const timer = setInterval(again, every)
    document.addEventListener('visibilitychange', again, coming)
    window.addEventListener('focus', again, coming)
    return () => {
      clearInterval(timer)
      coming.abort()
    }
  }, [every, reachable])
}
