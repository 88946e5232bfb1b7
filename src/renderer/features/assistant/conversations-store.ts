/** What was asked of the assistant and what it answered, per session, for as long as the window lives. */
import { createStore, type StoreApi } from 'zustand'
import { MessageText, type Failure } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

/**
 * - `asking`: the question is on its way. `answering`: text comes, or is waited for.
 * - `stopped`: by the person. `cut`: something went wrong. Both go on from where they are.
 * - `whole`: that was all of it.
 */
export type AnswerStatus = 'asking' | 'answering' | 'stopped' | 'cut' | 'whole'

export interface Exchange {
  /** Also the key the question was asked with. */
  readonly id: string
  readonly question: string
  /** Epoch milliseconds. */
  readonly askedAt: number
  readonly answer: string
  readonly status: AnswerStatus
  /** Why it was cut; null when it was not. */
  readonly failure: Failure | null
}

export interface Conversation {
  /** What stands in the box and is not asked. */
  readonly draft: string
  /** Oldest first. */
  readonly exchanges: readonly Exchange[]
  /** Why the question in the box was not taken. */
  readonly refusal: Failure | null
  /** Epoch milliseconds before which the server takes no question; null when it has named none. */
  readonly notBefore: number | null
}

export interface ConversationsState {
  /** By session. */
  readonly conversations: Readonly<Record<string, Conversation>>
  type(sessionId: string, draft: string): void
  /** What stands in the box, or `question` in its place. One at a time: while an answer comes, nothing is asked. */
  ask(sessionId: string, question?: string): Promise<void>
  /** What is there of the answer stays. */
  stop(sessionId: string): void
  /** The rest of an answer that was stopped or cut. */
  goOn(sessionId: string, exchangeId: string): void
  /** Another person may sign in next. */
  forget(): void
}

export type ConversationsStore = StoreApi<ConversationsState>

/** Older ones are let go: nobody scrolls back through a hundred answers. */
const MAX_EXCHANGES = 50
/** The server's own answers are shorter than this by far. */
const MAX_ANSWER_CHARS = 100_000

export const emptyConversation: Conversation = { draft: '', exchanges: [], refusal: null, notBefore: null }

/** The exchange whose answer is asked for or comes just now. */
export const openExchange = ({ exchanges }: Conversation) =>
  exchanges.find(({ status }) => status === 'asking' || status === 'answering')

/** Of one answer: where it is to be had, how far it was read, and what stops reading it. */
interface Reading {
  replyId: string | null
  lastId: number
  stop: () => void
}

export function createConversationsStore(
  client: Pick<SessionClient, 'call' | 'followStream'>,
): ConversationsStore {
  const readings = new Map<string, Reading>()
  /** Of a question whose fate nobody knows: asked again in the same words, it is the same question. */
  const unanswered = new Map<string, { readonly question: string; readonly key: string }>()

  return createStore<ConversationsState>((set, get) => {
    const at = (sessionId: string) => get().conversations[sessionId] ?? emptyConversation

    const update = (sessionId: string, change: Partial<Conversation>) =>
      set(({ conversations }) => ({
        conversations: { ...conversations, [sessionId]: { ...at(sessionId), ...change } },
      }))

    const updateExchange = (
      sessionId: string,
      id: string,
      change: (exchange: Exchange) => Partial<Exchange>,
    ) =>
      update(sessionId, {
        exchanges: at(sessionId).exchanges.map((exchange) =>
          exchange.id === id ? { ...exchange, ...change(exchange) } : exchange,
        ),
      })

    function read(sessionId: string, id: string): void {
      const reading = readings.get(id)
      if (!reading?.replyId) return
      reading.stop()
      updateExchange(sessionId, id, () => ({ status: 'answering', failure: null }))
      reading.stop = client.followStream(
        {
          stream: 'assistantReply',
          params: { sessionId, replyId: reading.replyId },
          afterId: reading.lastId,
        },
        {
          event(event, eventId) {
            if (eventId <= reading.lastId) return
            reading.lastId = eventId
            if (event.type === 'done') {
              updateExchange(sessionId, id, () => ({ status: 'whole' }))
              return
            }
            updateExchange(sessionId, id, ({ answer }) => ({ answer: answer + event.text }))
            const { answer } = at(sessionId).exchanges.find((exchange) => exchange.id === id) ?? {
              answer: '',
            }
            if (answer.length > MAX_ANSWER_CHARS) get().stop(sessionId)
          },
          ended(failure) {
            updateExchange(sessionId, id, ({ status }) =>
              status === 'whole' ? {} : { status: failure ? 'cut' : 'whole', failure },
            )
          },
        },
      )
    }

    return {
      conversations: {},

      type: (sessionId, draft) => update(sessionId, { draft }),

      async ask(sessionId, wanted) {
        const { draft, exchanges } = at(sessionId)
        const text = MessageText.safeParse(wanted ?? draft)
        if (!text.success || openExchange(at(sessionId))) return
        const question = text.data
        const before = unanswered.get(sessionId)
        const id = before?.question === question ? before.key : crypto.randomUUID()
        unanswered.delete(sessionId)
        const reading: Reading = { replyId: null, lastId: 0, stop: () => {} }
        readings.set(id, reading)
        const exchange: Exchange = {
          id,
          question,
          askedAt: Date.now(),
          answer: '',
          status: 'asking',
          failure: null,
        }
        const kept = [...exchanges, exchange].slice(-MAX_EXCHANGES)
        for (const old of exchanges) if (!kept.includes(old)) readings.delete(old.id)
        update(sessionId, { exchanges: kept, refusal: null, ...(wanted === undefined ? { draft: '' } : {}) })

        const asked = await client.call('askAssistant', {
          params: { sessionId },
          body: { text: question },
          idempotencyKey: id,
        })
        // Stopped or forgotten meanwhile.
        if (readings.get(id) !== reading) return
        if (asked.ok) {
          reading.replyId = asked.value.replyId
          read(sessionId, id)
          return
        }
        readings.delete(id)
        unanswered.set(sessionId, { question, key: id })
        const { failure } = asked
        update(sessionId, {
          exchanges: at(sessionId).exchanges.filter((one) => one.id !== id),
          // Above what has been typed since.
          draft: [question, at(sessionId).draft].filter((part) => part !== '').join('\n'),
          refusal: failure,
          notBefore: failure.retryAfterMs === undefined ? null : Date.now() + failure.retryAfterMs,
        })
      },

      stop(sessionId) {
        const exchange = openExchange(at(sessionId))
        if (!exchange) return
        const reading = readings.get(exchange.id)
        reading?.stop()
        if (reading?.replyId) {
          updateExchange(sessionId, exchange.id, () => ({ status: 'stopped' }))
          return
        }
        // Nobody knows yet whether it was taken: it goes back into the box.
        readings.delete(exchange.id)
        unanswered.set(sessionId, { question: exchange.question, key: exchange.id })
        update(sessionId, {
          exchanges: at(sessionId).exchanges.filter(({ id }) => id !== exchange.id),
          draft: [exchange.question, at(sessionId).draft].filter((part) => part !== '').join('\n'),
        })
      },

      goOn(sessionId, exchangeId) {
        if (!openExchange(at(sessionId))) read(sessionId, exchangeId)
      },

      forget() {
        for (const { stop } of readings.values()) stop()
        readings.clear()
        unanswered.clear()
        set({ conversations: {} })
      },
    }
  })
}
