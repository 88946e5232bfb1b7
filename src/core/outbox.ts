/**
 * What a person wrote or said by hand and the server has not confirmed. An item is accepted once it is on disk
 * (encrypted), sent in the order it was given, one at a time. A message has a key under which the server performs it
 * at most once, and a hand may be told any number of times; so a lost answer, a restart of either side or kill -9
 * leads to a repeat and never to a double.
 */
import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import {
  fail,
  IdempotencyKey,
  PendingMessage,
  succeed,
  type Failure,
  type Result,
} from '../contract/model.ts'
import { backoff } from './backoff.ts'
import type { Gateway } from './gateway.ts'
import type { Clock, FileStore, Random, Timer } from './ports.ts'
import { createQueue } from './queue.ts'
import type { Recorder } from './timeline.ts'

const common = {
  idempotencyKey: IdempotencyKey,
  accountId: z.string(),
  serverUrl: z.string(),
  sessionId: z.string(),
  writtenAt: z.number(),
  /** Set when the server refused it for good; it then waits for the person. */
  problem: z.union([
    PendingMessage.shape.problem,
    // As the first ones were kept: the sentence alone.
    z.string().transform((message) => ({ code: 'invalid-request' as const, message })),
  ]),
}
/** The first ones had no kind, when there was nothing but messages. */
const Message = z.object({ ...common, kind: z.literal('message').default('message'), text: z.string() })
const Hand = z.object({ ...common, kind: z.literal('hand'), raised: z.boolean() })
const Item = z.union([Hand, Message])
type Item = z.infer<typeof Item>
type Message = z.infer<typeof Message>

const Document = z.object({
  version: z.literal(1),
  items: z.array(Item),
  /** How many messages were accepted in each room of each person: a draft that stood there before one is spent. */
  posted: z.record(z.string(), z.number()).default({}),
})
const FILE = 'outbox.json'
const MAX_ITEMS = 1000
/** Rooms whose count is kept; a draft is taken away soon after it is spent. */
const MAX_COUNTED = 200

export interface Owner {
  readonly accountId: string
  readonly serverUrl: string
}

export interface Outbox {
  /**
   * Reads what was left from before. Items of other accounts stay on disk for their owner.
   * @param again another store may be behind it now
   */
  load(again?: boolean): Promise<Result<void>>
  add(owner: Owner, sessionId: string, text: string): Promise<Result<{ idempotencyKey: string }>>
  /** Takes the place of what was said of this hand before and is not being told right now. */
  setHand(owner: Owner, sessionId: string, raised: boolean): Promise<Result<void>>
  /** Sends what waits, if nothing is being sent already. Resolves when there is nothing left to try now. */
  flush(owner: Owner): Promise<void>
  halt(): void
  retry(owner: Owner, idempotencyKey: string): Promise<Result<void>>
  discard(idempotencyKey: string): Promise<Result<void>>
  /** Resolves when every write begun so far is done. */
  settled(): Promise<void>
  /** The messages that wait in one room, oldest first. */
  pending(owner: Owner, sessionId: string): readonly PendingMessage[]
  /** What was said last of this person's hand and the server has not confirmed; null when nothing waits. */
  handWaiting(owner: Owner, sessionId: string): boolean | null
  /** Grows with each message accepted in a room, in the very write that accepts it; null until it could be read. */
  posted(owner: Owner, sessionId: string): number | null
}

export interface OutboxPorts {
  readonly clock: Clock
  readonly random: Random
  readonly files: FileStore
  readonly record: Recorder
  readonly gateway: Gateway
  /** The items of a room changed. */
  readonly changed: (sessionId: string) => void
  /** The server has it. */
  readonly delivered: (sessionId: string, item: PendingMessage) => void
  readonly handTold: (sessionId: string, raised: boolean) => void
  /** The server says that this person is not in the room. @returns whether they are again */
  readonly enterAgain: (sessionId: string) => Promise<boolean>
  readonly notice: (failure: Failure) => void
}

const full = fail('storage-failed', 'Too many messages are waiting. Connect before you write more.')

export function createOutbox(ports: OutboxPorts): Outbox {
  const { clock, random, files, record, gateway, changed, delivered, handTold, enterAgain, notice } = ports

  let items: readonly Item[] = []
  /** The room written in last comes last. */
  const counts = new Map<string, number>()
  let loaded = false
  let sending: string | null = null
  let flushing: Promise<void> | null = null
  let halted = false
  /** Grows with each halt, so that what was under way then sends nothing more. */
  let run = 0
  let attempts = 0
  let again: Timer | null = null
  /** Writes go to disk one after the other, each with the newest items. */
  const inOrder = createQueue()
  const persist = () =>
    inOrder(() => {
      const posted = Object.fromEntries([...counts].slice(-MAX_COUNTED))
      return files.write(FILE, JSON.stringify({ version: 1, items, posted }))
    })

  const belongs = (item: Item, owner: Owner) =>
    item.accountId === owner.accountId && item.serverUrl === owner.serverUrl
  const roomOf = ({ accountId, serverUrl }: Owner, sessionId: string) =>
    `${serverUrl} ${accountId} ${sessionId}`

  const send = (item: Item): Promise<Result<unknown>> =>
    item.kind === 'hand'
      ? gateway.callNow({
          endpoint: 'setHand',
          params: { sessionId: item.sessionId },
          body: { raised: item.raised },
        })
      : gateway.callNow({
          endpoint: 'postMessage',
          params: { sessionId: item.sessionId },
          body: { text: item.text },
          idempotencyKey: item.idempotencyKey,
        })

  async function deliver(owner: Owner, mine: number): Promise<void> {
    /** A hand for which the room was entered again already. */
    let entered: Item | null = null
    for (;;) {
      const item = items.find((candidate) => belongs(candidate, owner) && candidate.problem === null)
      if (!item || mine !== run) return
      sending = item.idempotencyKey
      changed(item.sessionId)
      const result = await send(item)
      sending = null
      if (result.ok) {
        attempts = 0
        items = items.filter((other) => other !== item)
        record('outbox-delivered', { left: items.length })
        if (item.kind === 'hand') handTold(item.sessionId, item.raised)
        else delivered(item.sessionId, view(item))
        const saved = await persist()
        // Not fatal: after a restart it is sent again under the same key, and the server knows it.
        if (!saved.ok) notice(saved.failure)
      } else if (result.failure.retryable || result.failure.code === 'session-ended') {
        changed(item.sessionId)
        record('outbox-waiting', { code: result.failure.code, waiting: items.length })
        if (result.failure.retryable && mine === run) tryLater(owner, result.failure.retryAfterMs ?? 0)
        return
      } else if (item.kind === 'hand') {
        // Taken for gone while asleep, most likely.
        if (result.failure.code === 'conflict' && entered !== item) {
          entered = item
          if (await enterAgain(item.sessionId)) continue
        }
        record('outbox-hand-dropped', { code: result.failure.code })
        items = items.filter((other) => other !== item)
        changed(item.sessionId)
        await persist()
      } else {
        const { code, message } = result.failure
        record('outbox-refused', { code })
        items = items.map((other) => (other === item ? { ...item, problem: { code, message } } : other))
        changed(item.sessionId)
        await persist()
      }
    }
  }

  const tryLater = (owner: Owner, atLeastMs: number) => {
    again?.cancel()
    const wait = Math.max(atLeastMs, backoff(attempts++, random, { baseMs: 1000, capMs: 30_000 }))
    again = clock.setTimer(wait, () => {
      again = null
      void flush(owner)
    })
  }

  function flush(owner: Owner): Promise<void> {
    again?.cancel()
    again = null
    if (flushing && !halted) return flushing
    halted = false
    const mine = ++run
    // One at a time, also across a halt: order is the promise.
    const turn = (flushing ?? Promise.resolve())
      .then(() => deliver(owner, mine))
      .finally(() => {
        if (mine === run) flushing = null
      })
    flushing = turn
    return turn
  }

  function view(item: Message): PendingMessage {
    const { idempotencyKey, text, writtenAt, problem } = item
    const status = problem !== null ? 'failed' : sending === idempotencyKey ? 'sending' : 'waiting'
    return { idempotencyKey, text, writtenAt, status, problem }
  }

  async function load(anew = false): Promise<Result<void>> {
    if (loaded && !anew) return succeed(undefined)
    const read = await inOrder(() => files.read(FILE))
    if (!read.ok) return read
    if (read.value !== null) {
      const document = parseJson(Document, read.value)
      if (!document) {
        return fail('storage-failed', 'Messages waiting from before could not be read; their file was kept.')
      }
      const known = new Set(items.map(({ idempotencyKey }) => idempotencyKey))
      // What was typed before this file could be read comes after what is in it.
      items = [...document.items.filter(({ idempotencyKey }) => !known.has(idempotencyKey)), ...items]
      for (const [room, count] of Object.entries(document.posted)) {
        counts.set(room, Math.max(count, counts.get(room) ?? 0))
      }
    }
    loaded = true
    for (const sessionId of new Set(items.map((item) => item.sessionId))) changed(sessionId)
    return succeed(undefined)
  }

  const newItem = ({ accountId, serverUrl }: Owner, sessionId: string) => ({
    idempotencyKey: random.id(),
    accountId,
    serverUrl,
    sessionId,
    writtenAt: clock.wallNow(),
    problem: null,
  })

  /** @param replaced what it takes the place of; it stays if this one cannot be kept */
  async function accept(item: Item, replaced: readonly Item[] = []): Promise<Result<void>> {
    items = [...items.filter((other) => !replaced.includes(other)), item]
    const saved = await persist()
    if (saved.ok) {
      record('outbox-accepted', { waiting: items.length })
      changed(item.sessionId)
    } else {
      items = [...replaced, ...items.filter((other) => other !== item)]
    }
    return saved
  }

  return {
    load,

    async add(owner, sessionId, text) {
      if (items.length >= MAX_ITEMS) return full
      // Without a pause: a draft that is saved right after this call must find the message counted ...
      const ready = loaded ? succeed(undefined) : await load()
      if (!ready.ok) return ready
      const item: Item = { ...newItem(owner, sessionId), kind: 'message', text }
      const here = roomOf(owner, sessionId)
      const count = counts.get(here) ?? 0
      counts.delete(here)
      counts.set(here, count + 1)
      const accepted = await accept(item)
      if (accepted.ok) return succeed({ idempotencyKey: item.idempotencyKey })
      counts.set(here, (counts.get(here) ?? 1) - 1)
      return accepted
    },

    async setHand(owner, sessionId, raised) {
      if (items.length >= MAX_ITEMS) return full
      // ... and a message that is written right after this one stands behind it.
      const ready = loaded ? succeed(undefined) : await load()
      if (!ready.ok) return ready
      const item: Item = { ...newItem(owner, sessionId), kind: 'hand', raised }
      const replaced = items.filter(
        (other) =>
          other.kind === 'hand' &&
          other.sessionId === sessionId &&
          belongs(other, owner) &&
          other.idempotencyKey !== sending,
      )
      return accept(item, replaced)
    },

    flush,

    halt() {
      halted = true
      run++
      again?.cancel()
      again = null
    },

    async retry(owner, idempotencyKey) {
      const item = items.find((candidate) => candidate.idempotencyKey === idempotencyKey)
      if (!item) return succeed(undefined)
      items = items.map((other) => (other === item ? { ...item, problem: null } : other))
      changed(item.sessionId)
      const saved = await persist()
      if (saved.ok) void flush(owner)
      return saved
    },

    async discard(idempotencyKey) {
      const item = items.find((candidate) => candidate.idempotencyKey === idempotencyKey)
      if (!item) return succeed(undefined)
      if (sending === idempotencyKey) {
        return fail('conflict', 'This message is being sent right now.', { retryable: true })
      }
      items = items.filter((other) => other !== item)
      changed(item.sessionId)
      return persist()
    },

    settled: () => inOrder(() => Promise.resolve()),

    pending: (owner, sessionId) =>
      items.flatMap((item) =>
        item.kind === 'message' && item.sessionId === sessionId && belongs(item, owner) ? [view(item)] : [],
      ),

    handWaiting(owner, sessionId) {
      const last = items.findLast(
        (item) => item.kind === 'hand' && item.sessionId === sessionId && belongs(item, owner),
      )
      return last?.kind === 'hand' ? last.raised : null
    },

    posted: (owner, sessionId) => (loaded ? (counts.get(roomOf(owner, sessionId)) ?? 0) : null),
  }
}
