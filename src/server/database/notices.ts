/**
 * What one server tells the others on the same database, by LISTEN and NOTIFY: that something changed, and what. Only
 * a hint: whoever hears it reads the database. A hint may be lost (the connection broke, a server was killed after its
 * commit), so now and then, and after every new connection, there is doubt, and whoever waits for hints looks for
 * himself.
 *
 * Told after the commit and several at a time, on a connection of its own: a NOTIFY inside of a transaction would put
 * the commits of all rooms in one line.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { Client } from 'pg'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'

/** `room`: a live session's id. `sign-in`: a token family that has ended. `reply`, `job`: theirs. `credits`: an account. */
const Topic = z.enum(['room', 'sign-in', 'reply', 'job', 'credits'])
type Topic = z.infer<typeof Topic>

export interface Notices {
  tell(topic: Topic, id: string): void
  /** Calls back when another server has told so. Returns what undoes it. */
  on(topic: Topic, listener: (id: string) => void): () => void
  /** Calls back when hints may have been missed. Returns what undoes it. */
  onDoubt(listener: () => void): () => void
  /** How often the connection broke, or could not be made, so far. */
  lost(): number
  close(): Promise<void>
}

/**
 * Looks whenever another server has told of something, and whenever a hint may have been missed: one look at a time, and
 * what is told meanwhile is for the next.
 *
 * @param look is given the ids that were told, each once; null when it has to look at everything it follows
 * @param failed hears why a look failed; the next doubt makes up for it
 * @returns what ends it; it resolves when no look is under way
 */
export function lookWhenTold(
  notices: Notices,
  topic: Topic,
  look: (ids: readonly string[] | null) => Promise<void>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const told = new Set<string>()
  let doubtful = false
  let looking: Promise<void> | null = null

  async function lookAtAll(): Promise<void> {
    while (doubtful || told.size > 0) {
      const ids = doubtful ? null : [...told]
      doubtful = false
      told.clear()
      await look(ids)
    }
  }

  function lookSoon(): void {
    looking ??= lookAtAll()
      .catch(failed)
      .then(() => void (looking = null))
  }

  const stops = [
    notices.on(topic, (id) => {
      told.add(id)
      lookSoon()
    }),
    notices.onDoubt(() => {
      doubtful = true
      lookSoon()
    }),
  ]
  return async () => {
    for (const stop of stops) stop()
    await looking
  }
}

/** For a database that has one server only. */
export const nobodyElse: Notices = {
  tell: () => undefined,
  on: () => () => undefined,
  onDoubt: () => () => undefined,
  lost: () => 0,
  close: async () => undefined,
}

const CHANNEL = 'lectern'
const DOUBT_MS = 2000
const RECONNECT_MS = 1000
/** PostgreSQL takes 8000 bytes at most; a hint is less than 60. */
const HINTS_A_MESSAGE = 100

const Message = z.object({ from: z.string(), hints: z.array(z.tuple([z.string(), z.string()])) })

/** @param failed hears of every broken connection; another is opened by itself */
export function listenTo(connectionString: string, failed: (error: unknown) => void): Notices {
  const self = randomUUID()
  const heard = new EventEmitter<Record<Topic, [id: string]>>().setMaxListeners(0)
  const doubts = new EventEmitter<{ doubt: [] }>().setMaxListeners(0)
  const waiting = new Map<string, readonly [Topic, string]>()
  let client: Client | null = null
  let sending = false
  let closed = false
  let again: NodeJS.Timeout | undefined
  let losses = 0

  const doubt = () => void doubts.emit('doubt')
  const doubtful = setInterval(doubt, DOUBT_MS)

  /** Whoever may connect to the database may say anything here, and a newer server may tell of more. */
  function hear(payload = ''): void {
    const message = parseJson(Message, payload)
    if (!message || message.from === self) return
    for (const [said, id] of message.hints) {
      const { data: topic } = Topic.safeParse(said)
      if (topic) heard.emit(topic, id)
    }
  }

  async function connect(): Promise<void> {
    const next = new Client({ connectionString, application_name: 'lectern notices', keepAlive: true })
    const lost = (error?: unknown) => {
      if (client === next) client = null
      next.removeAllListeners('end')
      if (closed) return
      losses++
      if (error) failed(error)
      clearTimeout(again)
      again = setTimeout(() => void connect(), RECONNECT_MS)
    }
    next.on('error', (error) => {
      lost(error)
      void next.end().catch(() => undefined)
    })
    next.on('end', () => lost())
    next.on('notification', ({ payload }) => hear(payload))
    try {
      await next.connect()
      await next.query(`listen ${CHANNEL}`)
    } catch (error) {
      return lost(error)
    }
    if (closed) return void next.end()
    client = next
    doubt()
    void send()
  }

  /** What is told while there is no connection is kept for the next: it is little, and each thing is there once. */
  async function send(): Promise<void> {
    if (sending) return
    sending = true
    try {
      while (client && waiting.size > 0) {
        const batch = [...waiting].slice(0, HINTS_A_MESSAGE)
        for (const [key] of batch) waiting.delete(key)
        const hints = batch.map(([, hint]) => hint)
        await client.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ from: self, hints })])
      }
    } catch {
      // The connection's own `error` says what happened; the others' doubt covers what was not told.
    } finally {
      sending = false
    }
  }

  void connect()
  return {
    tell(topic, id) {
      waiting.set(`${topic} ${id}`, [topic, id])
      // After what else happens in this turn, so that it goes along.
      setImmediate(() => void send())
    },
    on(topic, listener) {
      heard.on(topic, listener)
      return () => heard.off(topic, listener)
    },
    onDoubt(listener) {
      doubts.on('doubt', listener)
      return () => doubts.off('doubt', listener)
    },
    lost: () => losses,
    async close() {
      closed = true
      clearInterval(doubtful)
      clearTimeout(again)
      await client?.end().catch(() => undefined)
    },
  }
}
