import { Notification } from 'electron'
import type { Announcement } from '../announcements.ts'
import type { Translate } from '../desktop-words.ts'

/** A desktop cuts off the rest anyway, each at a place of its own. */
const MAX_TEXT = 180

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
      const notification = new Notification({ ...inWords(announcement, translate), silent: true })
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

function inWords({ what, room, count, people, text }: Announcement, translate: Translate) {
  const name = people[0] ?? ''
  if (what === 'hands') {
    return count === 1
      ? { title: translate('notification.hand', { name }), body: room }
      : { title: translate('notification.hands', { count }), body: `${room}\n${people.join(', ')}` }
  }
  return text === null
    ? { title: translate('notification.messages', { count, room }), body: people.join(', ') }
    : { title: translate('notification.message', { name, room }), body: shortened(text) }
}

const shortened = (text: string) => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`)
