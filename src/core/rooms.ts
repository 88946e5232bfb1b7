/**
 * The rooms a person is in: joined once, kept up to date over a channel, entered again after a sleep. A room stays
 * as it was last seen, whatever happens to the connection, until the person leaves it.
 */
import {
  fail,
  succeed,
  type ChatMessage,
  type LiveSession,
  type PendingMessage,
  type Presence,
  type Result,
  type RoomConnection,
  type RoomPatch,
  type RoomState,
} from '../contract/model.ts'
import { backoff } from './backoff.ts'
import { createChannel, type Channel, type ChannelPorts, type Welcome } from './channel.ts'
import type { Gateway } from './gateway.ts'
import type { KeptRoom } from './last-known.ts'
import { createPending, type Pending, type PendingPorts } from './pending.ts'
import type { Timer } from './ports.ts'
import { applyPatch, happened, messagesLoaded, newRoom, participantsNamed, welcomed } from './room-state.ts'
import type { Versioned } from './session.ts'

export interface RoomsPorts extends ChannelPorts, PendingPorts {
  readonly gateway: Gateway
  /** Whether the server can be asked within a moment. */
  readonly soon: () => Promise<boolean>
  /** Whether it can be asked now. */
  readonly mayCall: () => boolean
  /** The room as it was last seen, perhaps in an earlier run. */
  readonly lastKnown: (sessionId: string) => Promise<KeptRoom | null>
  /** How a room is, by the server's word. */
  readonly seen: (state: RoomState) => void
}

export interface RoomsListeners {
  patched(change: { sessionId: string; version: number; patch: RoomPatch }): void
  /** The server says that it ended the account's session. */
  revoked(): void
  /** A socket died without a reason of ours: look whether the server can be reached at all. */
  suspect(): void
}

export interface Rooms {
  /** Joins if need be; without a server, it is the room as it was last seen, joined later. Asked twice, it is the same. */
  open(sessionId: string): Promise<Result<Versioned<RoomState>>>
  leave(sessionId: string): Promise<Result<void>>
  /** The outbox items of a room changed. */
  waitingChanged(sessionId: string): void
  /** The server has this message; it stays visible as being sent until its event comes. */
  delivered(sessionId: string, message: PendingMessage): void
  /** The server knows of the hand; it stays so on screen until the event comes. */
  handTold(sessionId: string, raised: boolean): void
  /** Joins a room of which the server says that this person is not in it. @returns whether they are in it then */
  enterAgain(sessionId: string): Promise<boolean>
  /** The access token was renewed. */
  reauth(): void
  /** Away while the screen is locked. Told to the server with the next heartbeat. */
  setPresence(presence: Presence): void
  /** The heartbeat in every room. False when this person is in none. */
  sayHere(): boolean
  /** Whether this person holds one of these sessions, and it is live. */
  teaching(): boolean
  /** Drops every socket; what is shown stays. */
  halt(): void
  /** Opens the channels of all rooms anew, each after the last event seen. */
  reopen(): Promise<Result<void>>
  /** Enters all rooms again: the server may have taken us for gone. */
  rejoin(): Promise<Result<void>>
  /** Fetches what no event will bring. */
  reload(): Promise<Result<void>>
  /** Forgets all rooms: nobody is signed in, or somebody else. */
  clear(): void
}

interface Room {
  readonly sessionId: string
  readonly channel: Channel
  readonly own: Pending
  version: number
  state: RoomState
  /** The event up to which participants and session are known from a welcome. */
  shownSeq: number
  /** Messages that came before the history did; they wait for it, so that no gap is ever shown. */
  early: ChatMessage[] | null
  /** Runs while the history has to be asked for again. */
  again: Timer | null
  tries: number
}

const HISTORY = 100

const stranger = fail('cancelled', 'Somebody else is signed in now.')

export function createRooms(ports: RoomsPorts, listeners: RoomsListeners): Rooms {
  const { clock, random, gateway, account, record } = ports
  const rooms = new Map<string, Room>()
  /**
   * Versions go on where a room's last visit stopped, one left out: a window that still shows that visit notices the
   * gap and asks for a new snapshot.
   */
  const nextVersions = new Map<string, number>()
  const opening = new Map<string, Promise<Result<Versioned<RoomState>>>>()
  let presence: Presence = 'here'

  const openRooms = () => [...rooms.values()].filter(({ state }) => state.connection !== 'closed')
  /** One that is over and still tells what was missed of it can no longer be entered. */
  const attended = () => openRooms().filter(({ state }) => state.session.status !== 'ended')

  const view = ({ version, state }: Room): Result<Versioned<RoomState>> => succeed({ version, state })

  function apply(room: Room, said: RoomPatch): void {
    if (rooms.get(room.sessionId) !== room) return
    const change = room.own.withHand(said)
    room.state = applyPatch(room.state, change)
    room.version++
    listeners.patched({ sessionId: room.sessionId, version: room.version, patch: change })
    if (change.append.length > 0 && room.own.came(change.append)) showPending(room)
    if (room.state.connection === 'closed') room.channel.halt()
    const isOver = room.state.session.status === 'ended' && change.set.connection === 'closed'
    if (room.state.connection === 'live' || isOver) noteSeen(room)
  }

  /** What came from the disk, or has no history yet, is not worth keeping. */
  function noteSeen({ state, early }: Room): void {
    if (state.asOf === null && early === null) ports.seen(state)
  }

  const set = (room: Room, change: RoomPatch['set']) => apply(room, { set: change, append: [] })

  function become(room: Room, connection: RoomConnection): void {
    if (room.state.connection !== connection) set(room, { connection })
  }

  function forget(room: Room): void {
    room.again?.cancel()
    room.own.stop()
    room.channel.halt()
    become(room, 'closed')
    nextVersions.set(room.sessionId, room.version + 1)
    rooms.delete(room.sessionId)
  }

  function showPending(room: Room): void {
    const { pending, handWaiting } = room.own.shown()
    set(room, { pending, ...(handWaiting === room.state.handWaiting ? {} : { handWaiting }) })
  }

  function place(sessionId: string, state: RoomState): Room {
    const room: Room = {
      sessionId,
      version: nextVersions.get(sessionId) ?? 0,
      state,
      shownSeq: 0,
      early: [],
      again: null,
      tries: 0,
      own: createPending(ports, sessionId, () => showPending(room)),
      channel: createChannel(ports, sessionId, {
        welcome: (frame) => welcome(room, frame),
        participants: (more) => apply(room, participantsNamed(more)),
        event(seq, event) {
          if (room.early && event.type === 'message-posted') room.early.push(event.message)
          const change = happened(room.state, seq, event, room.shownSeq)
          apply(room, room.early ? { ...change, append: [] } : change)
        },
        // Not at the welcome: whoever comes back is shown what they missed, and a room that is over takes no more in.
        caughtUp: () => become(room, room.state.session.status === 'ended' ? 'closed' : 'live'),
        lost() {
          if (room.state.connection === 'live') become(room, 'reconnecting')
        },
        refused(code) {
          record('room-refused', { code })
          become(room, 'closed')
        },
        revoked: listeners.revoked,
        suspect: listeners.suspect,
      }),
    }
    rooms.set(sessionId, room)
    showPending(room)
    return room
  }

  function enter(sessionId: string, session: LiveSession): Room {
    const room = place(sessionId, newRoom(session))
    if (room.state.connection === 'closed') {
      void loadHistory(room)
    } else {
      room.channel.open()
      void sayHereIn(room)
    }
    return room
  }

  /** As it was last seen; the next recovery joins it, and what it is now comes as into any other room. */
  function enterUnseen({ at, ...known }: KeptRoom): Room {
    const { session } = known
    const isOver = session.status === 'ended'
    const room = place(session.id, {
      ...newRoom(session),
      ...known,
      // What is over stays as it was.
      ...(isOver ? {} : { connection: 'reconnecting', asOf: at }),
    })
    record('room-from-disk')
    if (isOver) room.early = null
    else if (ports.mayCall()) void comeIn(room)
    return room
  }

  async function comeIn(room: Room): Promise<void> {
    room.channel.open()
    const joined = await enterAgain(room)
    if (joined.ok && room.state.connection !== 'closed') await sayHereIn(room)
  }

  function welcome(room: Room, frame: Welcome): void {
    if (frame.seq < room.state.lastSeq) {
      // The server was restored from a backup: what is shown is not what it has. A version is left out, so that
      // every window asks for a new snapshot.
      record('room-restored', { from: room.state.lastSeq, to: frame.seq })
      room.state = { ...room.state, messages: [], lastSeq: frame.seq }
      room.early = []
      room.version++
    }
    room.shownSeq = frame.seq
    apply(room, welcomed(frame))
    if (room.early) void loadHistory(room)
  }

  async function loadHistory(room: Room): Promise<Result<void>> {
    const { sessionId } = room
    const answer = await gateway.callNow({
      endpoint: 'listMessages',
      params: { sessionId },
      query: { limit: HISTORY },
    })
    if (!room.early || rooms.get(sessionId) !== room) return succeed(undefined)
    if (!answer.ok) {
      room.again?.cancel()
      // Whatever the reason: an open room that shows nothing is of no use.
      if (answer.failure.retryable || room.state.connection !== 'closed') {
        room.again = clock.setTimer(backoff(room.tries++, random), () => void loadHistory(room))
      }
      return answer
    }
    room.tries = 0
    const { items, hasMore } = answer.value
    const messages = [...items, ...room.early]
    room.early = null
    const last = room.state.messages.at(-1)
    if (last && !items.some(({ id }) => id === last.id)) {
      // More was said since than came now. A version is left out, as no patch can say that messages are gone.
      room.state = { ...room.state, messages: [] }
      room.version++
    }
    const change = messagesLoaded(room.state, messages, hasMore)
    apply(room, room.state.asOf === null ? change : { ...change, set: { ...change.set, asOf: null } })
    noteSeen(room)
    return succeed(undefined)
  }

  async function join(sessionId: string): Promise<Result<Versioned<RoomState>>> {
    const fromDisk = async () => {
      const asker = account()?.id
      const known = rooms.has(sessionId) ? null : await ports.lastKnown(sessionId)
      if (account()?.id !== asker) return stranger
      const room = rooms.get(sessionId) ?? (known && enterUnseen(known))
      return room && view(room)
    }
    const unseen = (await ports.soon()) ? null : await fromDisk()
    if (unseen) return unseen
    const joined = await gateway.call({ endpoint: 'joinLiveSession', params: { sessionId } })
    if (!joined.ok) return (joined.failure.retryable && (await fromDisk())) || joined
    return view(rooms.get(sessionId) ?? enter(sessionId, joined.value.session))
  }

  async function sayHereIn(room: Room): Promise<Result<void>> {
    const answer = await gateway.callNow({
      endpoint: 'heartbeat',
      params: { sessionId: room.sessionId },
      body: { presence },
    })
    if (answer.ok) return succeed(undefined)
    // Taken out of the room meanwhile (a sleep that nothing announced), or the session has ended: joining tells.
    if (answer.failure.code === 'conflict' || answer.failure.code === 'not-found') return enterAgain(room)
    if (answer.failure.retryable) listeners.suspect()
    return answer
  }

  async function enterAgain(room: Room): Promise<Result<void>> {
    const joined = await gateway.callNow({
      endpoint: 'joinLiveSession',
      params: { sessionId: room.sessionId },
    })
    if (joined.ok) return succeed(undefined)
    if (joined.failure.retryable || joined.failure.code === 'session-ended') return joined
    record('room-closed', { code: joined.failure.code })
    become(room, 'closed')
    return succeed(undefined)
  }

  /** Runs one step of a recovery for several rooms at once; fails if one of them may succeed at the next try. */
  async function forAll(
    several: readonly Room[],
    step: (room: Room) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    const results = await Promise.all(several.map(step))
    return results.find((result) => !result.ok && result.failure.retryable) ?? succeed(undefined)
  }

  return {
    open(sessionId) {
      const room = rooms.get(sessionId)
      const joinAgain = room?.state.connection === 'closed' && room.state.session.status !== 'ended'
      if (room && !joinAgain) return Promise.resolve(view(room))
      if (room) forget(room)
      const under = opening.get(sessionId) ?? join(sessionId).finally(() => opening.delete(sessionId))
      opening.set(sessionId, under)
      return under
    },

    async leave(sessionId) {
      const room = rooms.get(sessionId)
      if (room) forget(room)
      const left = await gateway.call({ endpoint: 'leaveLiveSession', params: { sessionId } })
      return left.ok ? succeed(undefined) : left
    },

    waitingChanged(sessionId) {
      const room = rooms.get(sessionId)
      if (room) showPending(room)
    },

    delivered(sessionId, message) {
      const room = rooms.get(sessionId)
      if (!room) return
      room.own.delivered(message)
      showPending(room)
    },

    handTold(sessionId, raised) {
      const room = rooms.get(sessionId)
      if (!room) return
      room.own.handTold(raised, room.state)
      showPending(room)
    },

    async enterAgain(sessionId) {
      const room = rooms.get(sessionId)
      if (!room || room.state.connection === 'closed') return false
      return (await enterAgain(room)).ok && rooms.get(sessionId)?.state.connection !== 'closed'
    },

    reauth() {
      for (const { channel } of rooms.values()) channel.reauth()
    },

    setPresence(next) {
      presence = next
    },

    sayHere() {
      const present = attended()
      for (const room of present) void sayHereIn(room)
      return present.length > 0
    },

    teaching: () =>
      openRooms().some(
        ({ state }) => state.session.status === 'live' && state.session.host.id === account()?.id,
      ),

    halt() {
      for (const { channel, again } of rooms.values()) {
        channel.halt()
        again?.cancel()
      }
    },

    reopen: () =>
      forAll(openRooms(), async ({ channel }) => {
        if (await channel.reopen()) return succeed(undefined)
        return {
          ok: false,
          failure: { code: 'offline', message: 'The room could not be reached.', retryable: true },
        }
      }),

    rejoin: () =>
      forAll(attended(), async (room) => {
        const again = await enterAgain(room)
        return again.ok && room.state.connection !== 'closed' ? sayHereIn(room) : again
      }),

    // Also of rooms that are closed: what was said in them stays.
    reload: () =>
      forAll(
        [...rooms.values()].filter(({ early }) => early !== null),
        loadHistory,
      ),

    clear() {
      for (const room of [...rooms.values()]) forget(room)
    },
  }
}
