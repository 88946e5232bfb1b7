import { Notification } from 'electron'
import type { Announcement } from '../announcements.ts'
import type { Translate } from '../desktop-words.ts'
import { notificationInWords } from '../notification-words.ts'

export interface Notifications {
  show(announcement: Announcement): void
  /** Takes away what still hangs there. */
  clear(): void
}

export function createNotifications(
  translate: Translate,
  clicked: (sessionId: string) => void,
): Notifications {
  /** The last of each room and kind. Kept, because one that is collected as garbage hears no click. */
  const shown = new Map<string, Notification>()

  return {
    show(announcement) {
      if (!Notification.isSupported()) return
      const { sessionId, what } = announcement
      const key = `${what} ${sessionId}`
      shown.get(key)?.close()
      // A class hears every sound of this computer.
      const words = notificationInWords(announcement, translate, process.platform)
      const notification = new Notification({ ...words, silent: true })
      notification.on('click', () => clicked(sessionId))
      notification.on('close', () => {
        if (shown.get(key) === notification) shown.delete(key)
      })
      shown.set(key, notification)
      notification.show()
    },
    clear() {
      for (const notification of shown.values()) notification.close()
      shown.clear()
    },
  }
}
