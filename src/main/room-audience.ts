import type { WebContents } from 'electron'

/** Which windows show which room. A window hears of a room only between opening and closing it. */
export interface RoomAudience {
  /** @returns false when the window followed that room already */
  follow(window: WebContents, sessionId: string): boolean
  unfollow(window: WebContents, sessionId: string): void
  of(sessionId: string): readonly WebContents[]
}

export function createRoomAudience(): RoomAudience {
  const rooms = new Map<string, Set<WebContents>>()
  const known = new WeakSet<WebContents>()

  const unfollow = (window: WebContents, sessionId: string) => {
    const followers = rooms.get(sessionId)
    followers?.delete(window)
    if (followers?.size === 0) rooms.delete(sessionId)
  }
  const unfollowAll = (window: WebContents) => {
    for (const sessionId of [...rooms.keys()]) unfollow(window, sessionId)
  }

  return {
    follow(window, sessionId) {
      const followers = rooms.get(sessionId) ?? new Set()
      if (followers.has(window)) return false
      rooms.set(sessionId, followers.add(window))
      if (!known.has(window)) {
        known.add(window)
        window.once('destroyed', () => unfollowAll(window))
        // A page that is loaded anew opens its rooms anew.
        window.on('did-navigate', () => unfollowAll(window))
      }
      return true
    },
    unfollow,
    of: (sessionId) => [...(rooms.get(sessionId) ?? [])],
  }
}
