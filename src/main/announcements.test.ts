import { expect, test } from 'vitest'
import type { ChatMessage, LiveSession, Participant } from '../contract/model.ts'
import { VirtualTime } from '../../tests/simulation/virtual-clock.ts'
import { createAnnouncements, type Announcement } from './announcements.ts'

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const [room, maya, noah, priya] = [id(1), id(2), id(3), id(4)]
const names: Record<string, string> = { [maya]: 'Maya Okafor', [noah]: 'Noah Bennett', [priya]: 'Priya Nair' }
const person = (account: string) => ({
  id: account,
  displayName: names[account] ?? '',
  role: 'learner' as const,
})

class Classroom {
  readonly time = new VirtualTime()
  readonly announced: Announcement[] = []
  unread = 0
  looking = false
  muted = false
  #seq = 0

  readonly announcements = createAnnouncements(
    {
      clock: {
        monotonicNow: () => this.time.now,
        setTimer: (delayMs, run) => this.time.at(delayMs, run),
      },
      serverNow: () => this.time.now,
      self: () => maya,
      watched: () => this.looking,
      wanted: () => !this.muted,
    },
    {
      announce: (announcement) => this.announced.push(announcement),
      unread: (count) => (this.unread = count),
    },
  )

  constructor(host = maya) {
    const session = { title: 'Chemistry', status: 'live', host: person(host) } as LiveSession
    this.announcements.patched({ sessionId: room, patch: { set: { session }, append: [] } })
  }

  message(author: string, text = 'Hello', agoMs = 0): ChatMessage {
    const seq = ++this.#seq
    const sentAt = new Date(this.time.now - agoMs).toISOString()
    return {
      id: id(100 + seq),
      seq,
      author: person(author),
      text,
      sentAt,
      idempotencyKey: `key-${seq}-0123456789`,
    }
  }
  says(...append: ChatMessage[]): void {
    this.announcements.patched({ sessionId: room, patch: { set: {}, append } })
  }
  hand(account: string, raised: boolean): void {
    const at = new Date(this.time.now).toISOString()
    const participant: Participant = {
      ...person(account),
      joinedAt: at,
      presence: 'here',
      handRaisedAt: raised ? at : null,
    }
    const people = { changed: [participant], gone: [] }
    this.announcements.patched({ sessionId: room, patch: { set: {}, append: [], people } })
  }
}

test('a message of somebody else is announced at once, with what it says', () => {
  const it = new Classroom()
  it.says(it.message(noah, 'Is that the bulky base?'))
  expect(it.announced).toEqual([
    {
      sessionId: room,
      what: 'messages',
      room: 'Chemistry',
      count: 1,
      people: ['Noah Bennett'],
      text: 'Is that the bulky base?',
    },
  ])
  expect(it.unread).toBe(1)
})

test('a busy chat is announced together, a few seconds apart', async () => {
  const it = new Classroom()
  for (const author of [noah, priya, noah, priya]) it.says(it.message(author))
  expect(it.announced).toHaveLength(1)
  await it.time.advance(10_000)
  expect(it.announced).toHaveLength(2)
  expect(it.announced[1]).toMatchObject({ count: 3, people: ['Priya Nair', 'Noah Bennett'], text: null })
  expect(it.unread).toBe(4)
})

test('somebody who looks at the room is told nothing, and what was gathered is gone', async () => {
  const it = new Classroom()
  it.says(it.message(noah), it.message(noah))
  it.says(it.message(noah))
  it.looking = true
  it.announcements.look()
  it.says(it.message(noah))
  await it.time.advance(60_000)
  expect(it.announced).toHaveLength(1)
  expect(it.unread).toBe(0)
})

test('one’s own messages and those of before are no news, however late they are loaded', () => {
  const it = new Classroom()
  it.says(it.message(noah, 'An hour ago', 3_600_000), it.message(maya))
  expect(it.announced).toEqual([])
})

test('what was written while the connection was away is announced when it comes, and once', async () => {
  const it = new Classroom()
  const missed = [it.message(noah), it.message(priya)]
  await it.time.advance(600_000)
  it.says(...missed)
  it.says(...missed)
  await it.time.advance(60_000)
  expect(it.announced).toMatchObject([{ count: 2 }])
})

test('a muted room is silent', () => {
  const it = new Classroom()
  it.muted = true
  it.says(it.message(noah))
  it.hand(noah, true)
  expect(it.announced).toEqual([])
  expect(it.unread).toBe(0)
})

test('raised hands are announced to the host, and not those that went down meanwhile', async () => {
  const it = new Classroom()
  it.hand(noah, true)
  expect(it.announced).toMatchObject([{ what: 'hands', people: ['Noah Bennett'] }])
  it.hand(priya, true)
  it.hand(priya, false)
  await it.time.advance(60_000)
  expect(it.announced).toHaveLength(1)
})

test('raised hands are no business of a guest', () => {
  const it = new Classroom(priya)
  it.hand(noah, true)
  expect(it.announced).toEqual([])
})

test('a room that was left is forgotten with all that was gathered', async () => {
  const it = new Classroom()
  it.says(it.message(noah))
  it.says(it.message(noah))
  it.announcements.patched({ sessionId: room, patch: { set: { connection: 'closed' }, append: [] } })
  await it.time.advance(60_000)
  expect(it.announced).toHaveLength(1)
  expect(it.unread).toBe(0)
})
