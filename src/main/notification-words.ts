import type { Announcement } from './announcements.ts'
import type { Translate } from './desktop-words.ts'

export interface NotificationWords {
  readonly title: string
  readonly body: string
}

/** Characters. A desktop cuts off the rest anyway, each at a place of its own. */
const MAX_TEXT = 180

/** What a notification says. Titles are shown as they are everywhere. */
export function notificationInWords(
  { what, room, count, people, text }: Announcement,
  translate: Translate,
  platform: NodeJS.Platform,
): NotificationWords {
  const name = people[0] ?? ''
  const asText = platform === 'linux' ? withoutMarkup : (body: string) => body
  if (what === 'hands') {
    return count === 1
      ? { title: translate('notification.hand', { name }), body: asText(room) }
      : { title: translate('notification.hands', { count }), body: asText(`${room}\n${people.join(', ')}`) }
  }
  return text === null
    ? { title: translate('notification.messages', { count, room }), body: asText(people.join(', ')) }
    : { title: translate('notification.message', { name, room }), body: asText(shortened(text)) }
}

function shortened(text: string): string {
  const characters = [...text]
  return characters.length <= MAX_TEXT ? text : `${characters.slice(0, MAX_TEXT).join('')}…`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * On Linux a desktop reads tags in a body, and what somebody wrote in a chat could become a link or an image there.
 * @see https://specifications.freedesktop.org/notification-spec/latest/
 */
const withoutMarkup = (text: string): string => text.replaceAll(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
