/** What of a room is worth a notification, and when. Nothing is shown here. */
import type { ChatMessage, LiveSession, Participant, RoomPatch } from '../contract/model.ts'
import type { Clock, Timer } from '../core/ports.ts'

export interface Announcement {
  readonly sessionId: string
  readonly what: 'messages' | 'hands'
  readonly room: string
  /** How many messages, or hands. */
  readonly count: number
  /** Who, each once, the first first. */
  readonly people: readonly string[]
  /** What somebody wrote, when it is one message. */
  readonly text: string | null
}

export interface AnnouncementsPorts {
  readonly clock: Pick<Clock, 'monotonicNow' | 'setTimer'>
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: () => number
  /** Whose app this is; null when nobody is signed in. */
  readonly self: () => string | null
  /** Whether somebody is looking at a window that shows this part of the room. */
  readonly watched: (sessionId: string, what: Announcement['what']) => boolean
  /** Whether the person wants to hear of it. */
  readonly wanted: (sessionId: string, what: Announcement['what']) => boolean
}

export interface AnnouncementsListeners {
  announce(announcement: Announcement): void
  /** Messages nobody has looked at, in all rooms that are not muted. */
  unread(count: number): void
}

export interface Announcements {
  patched(change: { readonly sessionId: string; readonly patch: RoomPatch }): void
  /** Somebody is looking at other windows or pages than before. */
  look(): void
  /** Nobody is signed in, or somebody else. */
  forget(): void
}

/** A busy chat is announced this often at most. */
const QUIET_MS = 6000

interface News {
  messages: ChatMessage[]
  hands: Participant[]
}

interface Room {
  session: LiveSession | null
  /** By the server's clock: what happened before is no news. */
  readonly since: number
  lastSeq: number
  readonly hands: Map<string, string>
  news: News
  unread: number
  timer: Timer | null
  announcedAt: number
}

export function createAnnouncements(
  ports: AnnouncementsPorts,
  listeners: AnnouncementsListeners,
): Announcements {
  const { clock, serverNow, self, watched, wanted } = ports
  const rooms = new Map<string, Room>()
  let told = 0

  function roomOf(sessionId: string): Room {
    const known = rooms.get(sessionId)
    if (known) return known
    const room: Room = {
      session: null,
      since: serverNow(),
      lastSeq: 0,
      hands: new Map(),
      news: { messages: [], hands: [] },
      unread: 0,
      timer: null,
      announcedAt: -Infinity,
    }
    rooms.set(sessionId, room)
    return room
  }

  function tellUnread(): void {
    const unread = [...rooms.values()].reduce((sum, room) => sum + room.unread, 0)
    if (unread !== told) listeners.unread(unread)
    told = unread
  }

  function newHands(room: Room, people: readonly Participant[]): Participant[] {
    const raised: Participant[] = []
    for (const person of people) {
      const { id, handRaisedAt } = person
      if (handRaisedAt === null) room.hands.delete(id)
      else if (room.hands.get(id) !== handRaisedAt) {
        room.hands.set(id, handRaisedAt)
        if (id !== self() && Date.parse(handRaisedAt) >= room.since) raised.push(person)
      }
    }
    return raised
  }

  function announce(sessionId: string, room: Room): void {
    room.timer = null
    const { messages, hands } = room.news
    room.news = { messages: [], hands: [] }
    const title = room.session?.title ?? ''
    if (messages.length > 0) {
      room.announcedAt = clock.monotonicNow()
      listeners.announce({
        sessionId,
        what: 'messages',
        room: title,
        count: messages.length,
        people: names(messages.map(({ author }) => author)),
        text: messages.length === 1 ? (messages[0]?.text ?? null) : null,
      })
    }
    // A hand that went down again meanwhile is nobody's business.
    const up = hands.filter(({ id, handRaisedAt }) => room.hands.get(id) === handRaisedAt)
    if (up.length > 0) {
      room.announcedAt = clock.monotonicNow()
      listeners.announce({
        sessionId,
        what: 'hands',
        room: title,
        count: up.length,
        people: names(up),
        text: null,
      })
    }
  }

  function drop(sessionId: string): void {
    rooms.get(sessionId)?.timer?.cancel()
    rooms.delete(sessionId)
  }

  return {
    patched({ sessionId, patch: { set, append, people } }) {
      if (set.connection === 'closed') {
        drop(sessionId)
        return tellUnread()
      }
      const room = roomOf(sessionId)
      room.session = set.session ?? room.session
      const messages = append.filter(
        ({ seq, author, sentAt }) =>
          seq > room.lastSeq && author.id !== self() && Date.parse(sentAt) >= room.since,
      )
      room.lastSeq = Math.max(room.lastSeq, ...append.map(({ seq }) => seq))
      const hands = newHands(room, [...(set.participants ?? []), ...(people?.changed ?? [])])
      for (const id of people?.gone ?? []) room.hands.delete(id)

      if (wanted(sessionId, 'messages') && !watched(sessionId, 'messages')) {
        room.news.messages.push(...messages)
        room.unread += messages.length
        tellUnread()
      }
      const isHost = room.session?.host.id === self()
      if (isHost && wanted(sessionId, 'hands') && !watched(sessionId, 'hands')) room.news.hands.push(...hands)

      if (room.timer || (room.news.messages.length === 0 && room.news.hands.length === 0)) return
      const wait = room.announcedAt + QUIET_MS - clock.monotonicNow()
      if (wait <= 0) announce(sessionId, room)
      else room.timer = clock.setTimer(wait, () => announce(sessionId, room))
    },

    look() {
      for (const [sessionId, room] of rooms) {
        if (watched(sessionId, 'messages')) {
          room.unread = 0
          room.news.messages = []
        }
        if (watched(sessionId, 'hands')) room.news.hands = []
      }
      tellUnread()
    },

    forget() {
      for (const sessionId of [...rooms.keys()]) drop(sessionId)
      tellUnread()
    },
  }
}

const names = (people: readonly { readonly displayName: string }[]): string[] => [
  ...new Set(people.map(({ displayName }) => displayName)),
]
