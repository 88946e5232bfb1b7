/**
 * What a person wrote and the server has not confirmed. An item is accepted once it is on disk (encrypted), sent
 * in the order it was written, one at a time, with a key under which the server performs it at most once; so a
 * lost answer, a restart of either side or kill -9 leads to a repeat and never to a double.
 */
import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import {
  fail,
  IdempotencyKey,
  type PendingMessage,
  succeed,
  type Failure,
  type Result,
} from '../contract/model.ts'
import { backoff } from './backoff.ts'
import type { Gateway } from './gateway.ts'
import type { Clock, FileStore, Random, Timer } from './ports.ts'
import { createQueue } from './queue.ts'
import type { Recorder } from './timeline.ts'

const Item = z.object({
  idempotencyKey: IdempotencyKey,
  accountId: z.string(),
  serverUrl: z.string(),
  sessionId: z.string(),
  text: z.string(),
  writtenAt: z.number(),
  /** Set when the server refused it for good; it then waits for the person. */
  problem: z.string().nullable(),
})
type Item = z.infer<typeof Item>

const Document = z.object({ version: z.literal(1), items: z.array(Item) })
const FILE = 'outbox.json'
const MAX_ITEMS = 1000

export interface Owner {
  readonly accountId: string
  readonly serverUrl: string
}

export interface Outbox {
  /** Reads what was left from before. Items of other accounts stay on disk for their owner. */
  load(): Promise<Result<void>>
  add(owner: Owner, sessionId: string, text: string): Promise<Result<{ idempotencyKey: string }>>
  /** Sends what waits, if nothing is being sent already. Resolves when there is nothing left to try now. */
  flush(owner: Owner): Promise<void>
  halt(): void
  retry(owner: Owner, idempotencyKey: string): Promise<Result<void>>
  discard(idempotencyKey: string): Promise<Result<void>>
  /** What waits in one room, oldest first. */
  pending(owner: Owner, sessionId: string): readonly PendingMessage[]
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
  readonly notice: (failure: Failure) => void
}

export function createOutbox(ports: OutboxPorts): Outbox {
  const { clock, random, files, record, gateway, changed, delivered, notice } = ports

  let items: readonly Item[] = []
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
  const persist = () => inOrder(() => files.write(FILE, JSON.stringify({ version: 1, items })))

  const belongs = (item: Item, owner: Owner) =>
    item.accountId === owner.accountId && item.serverUrl === owner.serverUrl

  async function deliver(owner: Owner, mine: number): Promise<void> {
    for (;;) {
      const item = items.find((candidate) => belongs(candidate, owner) && candidate.problem === null)
      if (!item || mine !== run) return
      sending = item.idempotencyKey
      changed(item.sessionId)
      const result = await gateway.callNow({
        endpoint: 'postMessage',
        params: { sessionId: item.sessionId },
        body: { text: item.text },
        idempotencyKey: item.idempotencyKey,
      })
      sending = null
      if (result.ok) {
        attempts = 0
        items = items.filter((other) => other !== item)
        record('outbox-delivered', { left: items.length })
        delivered(item.sessionId, view(item))
        const saved = await persist()
        // Not fatal: after a restart it is sent again under the same key, and the server knows it.
        if (!saved.ok) notice(saved.failure)
      } else if (result.failure.retryable || result.failure.code === 'session-ended') {
        changed(item.sessionId)
        record('outbox-waiting', { code: result.failure.code, waiting: items.length })
        if (result.failure.retryable && mine === run) tryLater(owner, result.failure.retryAfterMs ?? 0)
        return
      } else {
        record('outbox-refused', { code: result.failure.code })
        items = items.map((other) => (other === item ? { ...item, problem: result.failure.message } : other))
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

  function view(item: Item): PendingMessage {
    const { idempotencyKey, text, writtenAt, problem } = item
    const status = problem !== null ? 'failed' : sending === idempotencyKey ? 'sending' : 'waiting'
    return { idempotencyKey, text, writtenAt, status, problem }
  }

  return {
    async load() {
      if (loaded) return succeed(undefined)
      const read = await files.read(FILE)
      if (!read.ok) return read
      if (read.value !== null) {
        const document = parseJson(Document, read.value)
        if (!document) {
          return fail(
            'storage-failed',
            'Messages waiting from before could not be read; their file was kept.',
          )
        }
        // What was typed before this file could be read comes after what is in it.
        items = [...document.items, ...items]
      }
      loaded = true
      for (const sessionId of new Set(items.map((item) => item.sessionId))) changed(sessionId)
      return succeed(undefined)
    },

    async add({ accountId, serverUrl }, sessionId, text) {
      if (items.length >= MAX_ITEMS) {
        return fail('storage-failed', 'Too many messages are waiting. Connect before you write more.')
      }
      if (!loaded) {
        const ready = await this.load()
        if (!ready.ok) return ready
      }
      const item: Item = {
        idempotencyKey: random.id(),
        accountId,
        serverUrl,
        sessionId,
        text,
        writtenAt: clock.wallNow(),
        problem: null,
      }
      items = [...items, item]
      const saved = await persist()
      if (!saved.ok) {
        items = items.filter((other) => other !== item)
        return saved
      }
      record('outbox-accepted', { waiting: items.length })
      changed(sessionId)
      return succeed({ idempotencyKey: item.idempotencyKey })
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

    pending: (owner, sessionId) =>
      items.filter((item) => item.sessionId === sessionId && belongs(item, owner)).map(view),
  }
}
