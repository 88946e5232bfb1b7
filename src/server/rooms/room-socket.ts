/**
 * A room's WebSocket: hello, welcome, what was missed, then what happens.
 *
 * Each socket has a cursor and sends only the event after it. It follows the log from before it reads what was
 * missed, so nothing falls between the two; an event it has already passed is dropped, one that leaves a gap sends
 * it back to the log.
 */
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { MAX_FRAME_BYTES, type ServerFrame } from '../../contract/frames.ts'
import type { Participant } from '../../contract/model.ts'
import type { Db } from '../database/schema.ts'
import type { Metrics } from '../metrics.ts'
import { serveSocket, type ServedSocket, type SocketOptions } from '../http/sockets.ts'
import { readParticipants } from './participants.ts'
import { readLiveSession } from './live-sessions.ts'
import { noSuchSession, type RoomLog, type StoredEvent } from './room-log.ts'

export interface RoomSocketOptions extends SocketOptions {
  readonly db: Db
  readonly log: RoomLog
  readonly bootId: string
  readonly metrics: Pick<Metrics, 'roomOpened' | 'eventSent'>
}

const PAGE = 200
/** Room in a frame for all that is neither the session nor people. */
const FRAME_REST_BYTES = 1024

export function serveRoomSocket(ws: WebSocket, sessionId: string, options: RoomSocketOptions): void {
  const { db, log, bootId, metrics } = options

  serveSocket<ServerFrame>(ws, options, async ({ afterSeq }, { account, accessExpiresAt }, socket) => {
    if (!z.uuid().safeParse(sessionId).success) throw noSuchSession()
    const feed = createFeed(socket, (seq) => log.after(sessionId, seq, PAGE), metrics)
    socket.onClose(log.follow(sessionId, feed.heard))
    // One snapshot: the people and the session are as they were after the event `seq`.
    const { session, lastSeq, participants } = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => ({
        ...(await readLiveSession(tx, sessionId, account)),
        participants: await readParticipants(tx, sessionId),
      }))
    const [first = [], ...rest] = pagesOf(participants, bytesOf(session))
    socket.send({
      type: 'welcome',
      bootId,
      seq: lastSeq,
      session,
      participants: first,
      authExpiresAt: accessExpiresAt.toISOString(),
      reauth: 'in-band',
    })
    for (const more of rest) socket.send({ type: 'participants', participants: more })
    metrics.roomOpened(afterSeq === null ? 'fresh' : afterSeq <= lastSeq ? 'resumed' : 'ahead')
    // A cursor ahead of the log comes from before a restored backup; the client follows the welcome.
    feed.start(Math.min(afterSeq ?? lastSeq, lastSeq), lastSeq)
  })
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

/** As many people a frame as fit. @param beside bytes of what else is in it */
function pagesOf(people: readonly Participant[], beside: number): Participant[][] {
  const pages: Participant[][] = []
  let left = 0
  for (const person of people) {
    const size = bytesOf(person) + 1
    if (size > left) {
      pages.push([])
      left = MAX_FRAME_BYTES - FRAME_REST_BYTES - beside
    }
    left -= size
    pages.at(-1)?.push(person)
  }
  return pages
}

interface Feed {
  /** The log has one more event. */
  heard(stored: StoredEvent): void
  /** @param cursor the last event the client has; @param known the last one there is */
  start(cursor: number, known: number): void
}

const frameOf = ({ seq, event }: StoredEvent): ServerFrame => ({ type: 'event', seq, event })

/** An event goes to everybody in the room in the same words; they are put together once. */
const texts = new WeakMap<StoredEvent, string>()
function textOf(stored: StoredEvent): string {
  let text = texts.get(stored)
  if (text === undefined) texts.set(stored, (text = JSON.stringify(frameOf(stored))))
  return text
}

function createFeed(
  socket: ServedSocket<ServerFrame>,
  read: (afterSeq: number) => Promise<StoredEvent[]>,
  metrics: Pick<Metrics, 'eventSent'>,
): Feed {
  /** Null until the client's cursor is known. */
  let cursor: number | null = null
  let latest = 0
  let catchingUp = false

  async function catchUp(): Promise<void> {
    if (catchingUp) return
    catchingUp = true
    try {
      while (cursor !== null && cursor < latest) {
        for (const stored of await read(cursor)) {
          if (!socket.isOpen()) return
          await socket.sendAtReadersPace(frameOf(stored))
          metrics.eventSent('replayed')
          cursor = stored.seq
        }
      }
    } finally {
      catchingUp = false
    }
  }

  return {
    heard(stored) {
      latest = Math.max(latest, stored.seq)
      if (cursor === null || catchingUp || stored.seq <= cursor) return
      if (stored.seq === cursor + 1) {
        socket.sendText(textOf(stored))
        metrics.eventSent('live')
        cursor = stored.seq
      } else {
        catchUp().catch(socket.fail)
      }
    },
    start(from, known) {
      cursor = from
      latest = Math.max(latest, known)
      catchUp().catch(socket.fail)
    },
  }
}
