/**
 * What was last seen of the server's data, encrypted on disk, for a start without a network: the list of sessions and
 * the rooms this person was in last. Of one person at a time, and of nobody after a sign-out.
 */
import { z } from 'zod'
import type { EndpointResponse } from '../contract/api.ts'
import { parseJson } from '../contract/json.ts'
import { liveSessionEndpoints } from '../contract/live-sessions.ts'
import {
  ChatMessage,
  LiveSession,
  LiveSessionStatus,
  fail,
  Participant,
  succeed,
  type Result,
  type RoomState,
} from '../contract/model.ts'
import type { Owner } from './outbox.ts'
import type { Clock, FileStore, Timer } from './ports.ts'
import { createQueue } from './queue.ts'
import type { CallRequest } from './session.ts'

type Listing = EndpointResponse<'listLiveSessions'>

const List = z.object({
  /** Epoch milliseconds on this machine's wall clock, as in rooms. */
  at: z.number(),
  /** Null for sessions of every status. */
  status: LiveSessionStatus.nullable(),
  answer: liveSessionEndpoints.listLiveSessions.response,
})
type List = z.infer<typeof List>

const KeptRoom = z.object({
  at: z.number(),
  session: LiveSession,
  participants: z.array(Participant),
  messages: z.array(ChatMessage),
  hasEarlier: z.boolean(),
  lastSeq: z.int().min(0),
})
export type KeptRoom = z.infer<typeof KeptRoom>

const Document = z.object({
  version: z.literal(1),
  accountId: z.string(),
  serverUrl: z.string(),
  /** The newest first, as the rooms. */
  lists: z.array(List),
  rooms: z.array(KeptRoom),
})

const FILE = 'last-known.json'
const MAX_ROOMS = 5
const MAX_MESSAGES = 200
const MAX_SESSIONS = 200
const WRITE_EVERY_MS = 30_000
/** What is seen first is seldom all: a room names its people before its messages. */
const WRITE_AFTER_MS = 2000

export interface LastKnown {
  /** Keeps the answer if it is a first page of everything, or of everything with one status. */
  sawSessions(owner: Owner, request: CallRequest, answer: Listing): void
  /** A room as it is now, by the server's word. */
  sawRoom(owner: Owner, state: RoomState): void
  sessions(owner: Owner): Promise<Result<(Listing & { at: number }) | null>>
  /** Null when there is none, or none that can be read. */
  room(owner: Owner, sessionId: string): Promise<KeptRoom | null>
  /** Writes now, if there is something new. Resolves when it is on disk, or could not be kept. */
  save(): Promise<void>
  /** Read the file again at the next question: another store may be behind it now. */
  reread(): void
  /** Nothing of it is left, here and on disk. */
  forget(): Promise<void>
}

export function createLastKnown(clock: Clock, files: FileStore): LastKnown {
  let owner: Owner | null = null
  let lists: readonly List[] = []
  let rooms: readonly KeptRoom[] = []
  /** Whether what the disk has of this owner is in here. */
  let loaded = false
  let dirty = false
  let timer: Timer | null = null
  let writtenAt = -Infinity
  const inOrder = createQueue()

  const isSame = (one: Owner | null, other: Owner) =>
    one?.accountId === other.accountId && one.serverUrl === other.serverUrl

  function become(who: Owner): void {
    if (isSame(owner, who)) return
    owner = who
    lists = rooms = []
    loaded = dirty = false
  }

  /** What was seen since is newer than what the disk has. */
  async function load(who: Owner): Promise<Result<void>> {
    if (loaded && isSame(owner, who)) return succeed(undefined)
    const before = owner
    const read = await files.read(FILE)
    if (!read.ok) return read
    if (owner !== before) return fail('cancelled', 'Somebody else is signed in now.')
    become(who)
    loaded = true
    // Not readable: it holds nothing that the server does not have.
    const document = read.value === null ? null : parseJson(Document, read.value)
    if (!document || !isSame(document, who)) return succeed(undefined)
    lists = withoutDoubles([...lists, ...document.lists], ({ status }) => status ?? '')
    rooms = withoutDoubles([...rooms, ...document.rooms], ({ session }) => session.id).slice(0, MAX_ROOMS)
    return succeed(undefined)
  }

  function later(): void {
    dirty = true
    if (timer) return
    const wait = Math.max(WRITE_AFTER_MS, writtenAt + WRITE_EVERY_MS - clock.monotonicNow())
    timer = clock.setTimer(wait, () => void save())
  }

  function save(): Promise<void> {
    timer?.cancel()
    timer = null
    return inOrder(async () => {
      const who = owner
      if (who && dirty && (await load(who)).ok && owner === who) await write(who)
    })
  }

  async function write(who: Owner): Promise<void> {
    dirty = false
    writtenAt = clock.monotonicNow()
    const kept = rooms.map((room) => ({ ...room, ...newestMessages(room) }))
    // One that cannot be written is written with the next change, and missed by nobody until then.
    await files.write(FILE, JSON.stringify({ version: 1, ...who, lists, rooms: kept }))
  }

  return {
    sawSessions(who, { query = {} }, answer) {
      const { offset = 0, limit: _, sort = 'start', whose = 'everybody', status, ...filter } = query
      const isPlain = Number(offset) === 0 && sort === 'start' && whose === 'everybody'
      if (!isPlain || Object.values(filter).some((value) => value !== '')) return
      const known = LiveSessionStatus.safeParse(status)
      const list: List = { at: clock.wallNow(), status: known.success ? known.data : null, answer }
      become(who)
      lists = [list, ...lists.filter((other) => other.status !== list.status)]
      later()
    },

    sawRoom(who, { session, participants, messages, hasEarlier, lastSeq }) {
      become(who)
      const room = { at: clock.wallNow(), session, participants, messages, hasEarlier, lastSeq }
      rooms = [room, ...rooms.filter((other) => other.session.id !== session.id)].slice(0, MAX_ROOMS)
      later()
    },

    sessions: (who) =>
      inOrder(async () => {
        const read = await load(who)
        return read.ok ? succeed(combined(lists)) : read
      }),

    room: (who, sessionId) =>
      inOrder(async () => {
        const read = await load(who)
        return (read.ok && rooms.find(({ session }) => session.id === sessionId)) || null
      }),

    save,

    reread() {
      loaded = false
    },

    forget() {
      timer?.cancel()
      timer = owner = null
      lists = rooms = []
      loaded = dirty = false
      return inOrder(async () => {
        await files.remove(FILE)
      })
    },
  }
}

function newestMessages({ messages, hasEarlier }: KeptRoom) {
  return {
    messages: messages.slice(-MAX_MESSAGES),
    hasEarlier: hasEarlier || messages.length > MAX_MESSAGES,
  }
}

/** The first of each name. */
function withoutDoubles<T>(things: readonly T[], nameOf: (thing: T) => string): T[] {
  const seen = new Set<string>()
  return things.filter((thing) => !seen.has(nameOf(thing)) && seen.add(nameOf(thing)))
}

/**
 * Lists of one status each, or of all, as one: what is on, what comes, what was. As old as the oldest of them.
 *
 * @param lists the newest first
 */
function combined(lists: readonly List[]): (Listing & { at: number }) | null {
  const [newest] = lists
  if (!newest) return null
  const items: Listing['items'] = []
  const listed = new Set<string>()
  const told = new Set<LiveSessionStatus>()
  let at = newest.at
  for (const list of lists) {
    if (told.size === LiveSessionStatus.options.length) break
    at = Math.min(at, list.at)
    for (const item of list.answer.items) {
      // One that a newer list of this status does not have is over, or planned otherwise.
      if (listed.has(item.id) || told.has(item.status)) continue
      listed.add(item.id)
      items.push(item)
    }
    if (list.answer.items.length < list.answer.total) continue
    for (const status of list.status === null ? LiveSessionStatus.options : [list.status]) told.add(status)
  }
  const rank = ({ status }: Listing['items'][number]) => ['live', 'upcoming', 'ended'].indexOf(status)
  const sorted = items.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_SESSIONS)
  return { ...newest.answer, items: sorted, total: sorted.length, at }
}
