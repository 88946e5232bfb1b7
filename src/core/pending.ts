/**
 * What this person said and did in one room and the server has not confirmed. It is shown from the key stroke until its
 * event comes; the answer to it may come before that event or after, and nothing is to flicker or stand there twice.
 */
import type { Account, ChatMessage, PendingMessage, RoomPatch, RoomState } from '../contract/model.ts'
import type { Clock, Timer } from './ports.ts'

export interface PendingPorts {
  readonly clock: Clock
  readonly account: () => Account | null
  /** What this app has accepted for a room and the server has not confirmed, oldest first. */
  readonly waiting: (sessionId: string) => readonly PendingMessage[]
  /** What was said of this person's hand and the server has not confirmed; null when nothing waits. */
  readonly handWaiting: (sessionId: string) => boolean | null
}

export interface Pending {
  /** How it is to be shown now. */
  shown(): Pick<RoomState, 'pending' | 'handWaiting'>
  /** The server has this message. */
  delivered(message: PendingMessage): void
  /** The server knows of the hand. */
  handTold(raised: boolean, room: RoomState): void
  /** @returns whether some of these, which came from the server, are this person's own */
  came(messages: readonly ChatMessage[]): boolean
  /** In one patch with the event that was awaited, so that a hand never seems to go down in between. */
  withHand(change: RoomPatch): RoomPatch
  stop(): void
}

/** An event is seldom this much later than the answer to what caused it. */
const HAND_EVENT_MS = 2000

/** @param changed something is to be shown otherwise, and no event says so */
export function createPending(ports: PendingPorts, sessionId: string, changed: () => void): Pending {
  const { clock, account, waiting, handWaiting } = ports
  /** Keys of messages whose event came before the outbox heard that they arrived. */
  const echoed = new Set<string>()
  /** Delivered, and their event has not come yet. */
  let awaited: readonly PendingMessage[] = []
  /** Told to the server, whose event has not come yet; that of a hand that was so already never comes. */
  let awaitedHand: { readonly raised: boolean; readonly until: Timer } | null = null

  function forgetHand(): void {
    awaitedHand?.until.cancel()
    awaitedHand = null
  }

  return {
    shown: () => ({
      pending: [
        ...awaited,
        ...waiting(sessionId).filter(({ idempotencyKey }) => !echoed.has(idempotencyKey)),
      ],
      handWaiting: handWaiting(sessionId) ?? awaitedHand?.raised ?? null,
    }),

    delivered(message) {
      if (!echoed.delete(message.idempotencyKey)) awaited = [...awaited, { ...message, status: 'sending' }]
    },

    handTold(raised, { participants }) {
      forgetHand()
      const own = participants.find(({ id }) => id === account()?.id)
      if (!own || (own.handRaisedAt !== null) === raised) return
      const until = clock.setTimer(HAND_EVENT_MS, () => {
        awaitedHand = null
        changed()
      })
      awaitedHand = { raised, until }
    },

    came(messages) {
      const me = account()?.id
      const own = new Set(
        messages.filter(({ author }) => author.id === me).map((message) => message.idempotencyKey),
      )
      for (const { idempotencyKey } of waiting(sessionId)) {
        if (own.has(idempotencyKey)) echoed.add(idempotencyKey)
      }
      awaited = awaited.filter(({ idempotencyKey }) => !own.has(idempotencyKey))
      return own.size > 0
    },

    withHand(change) {
      const me = account()?.id
      const named = change.set.participants ?? change.people?.changed ?? []
      if (!awaitedHand || !named.some(({ id }) => id === me)) return change
      forgetHand()
      return { ...change, set: { ...change.set, handWaiting: handWaiting(sessionId) } }
    },

    stop: forgetHand,
  }
}
