/** What the person who is signed in writes: messages, a hand, drafts and notes, each in their name and no other. */
import { fail, succeed } from '../contract/model.ts'
import type { Drafts } from './drafts.ts'
import type { Outbox, Owner } from './outbox.ts'
import type { Session } from './session.ts'
import type { StateHolder } from './session-state.ts'

export type Writing = Pick<
  Session,
  'postMessage' | 'setHand' | 'retryMessage' | 'discardMessage' | 'draft' | 'saveDraft'
>

const notSignedIn = fail('unauthenticated', 'Sign in to write in this room.')

/** @param owner whoever is signed in, also while the server or the keychain is out of reach */
export function createWriting(
  owner: () => Owner | null,
  outbox: Outbox,
  drafts: Drafts,
  session: Pick<StateHolder, 'mayCall'>,
): Writing {
  /** Sends what was accepted, unless a recovery is about to. */
  const sendOn = (who: Owner) => {
    if (session.mayCall() !== 'later') void outbox.flush(who)
  }

  return {
    async postMessage(sessionId, text) {
      const who = owner()
      if (!who) return notSignedIn
      const accepted = await outbox.add(who, sessionId, text)
      if (!accepted.ok) return accepted
      sendOn(who)
      void drafts.sweep()
      return accepted
    },

    async setHand(sessionId, raised) {
      const who = owner()
      if (!who) return notSignedIn
      const accepted = await outbox.setHand(who, sessionId, raised)
      if (accepted.ok) sendOn(who)
      return accepted
    },

    async retryMessage(_sessionId, idempotencyKey) {
      const who = owner()
      return who ? outbox.retry(who, idempotencyKey) : notSignedIn
    },

    discardMessage: (_sessionId, idempotencyKey) => outbox.discard(idempotencyKey),

    async draft(sessionId, kind) {
      const who = owner()
      return who ? drafts.read(who, sessionId, kind) : succeed('')
    },

    async saveDraft({ accountId, sessionId, kind, text, added }) {
      const who = owner()
      if (!who) return notSignedIn
      if (who.accountId !== accountId) return fail('forbidden', 'Somebody else is signed in now.')
      return drafts.save(who, sessionId, kind, text, added)
    },
  }
}
