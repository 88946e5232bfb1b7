import type { RecoveryStep, RoomConnection, SessionState } from '../../../contract/model.ts'
import { lengthInWords } from '../../ui/time.ts'

/** Colour and icon of the pill. Never the only sign: the words say the same. */
export type Tone = 'good' | 'waiting' | 'trouble'

export interface ConnectionWords {
  readonly tone: Tone
  /** What a screen reader is told when it changes; stays the same while only the detail moves. */
  readonly headline: string
  /** What moves on by itself: a countdown, a step. Shown, and read on request only. */
  readonly detail: string | null
  readonly reassurance: string | null
  /** Whether trying at once, instead of at the planned time, makes sense. */
  readonly canTryNow: boolean
}

const stepInWords: Readonly<Record<RecoveryStep, string>> = {
  network: 'checking the network',
  refresh: 'renewing your sign-in',
  verify: 'checking your sign-in',
  channels: 'reopening the live connection',
  rooms: 'going back into the room',
  data: 'fetching what is new',
  outbox: 'sending what you wrote',
}

/** Whether calls reach the server, as far as anybody knows. */
export const isConnected = (state: SessionState | null) =>
  state?.kind === 'active' || state?.kind === 'refreshing' || state?.kind === 'idle-warning'

/**
 * @param room the connection of the room on screen, if one is.
 * @param secondsLeft until the next try, when one is planned.
 */
export function connectionInWords(
  state: SessionState,
  room: RoomConnection | null,
  secondsLeft: number,
): ConnectionWords {
  const say = (tone: Tone, headline: string, more: Partial<ConnectionWords> = {}): ConnectionWords => ({
    tone,
    headline,
    detail: null,
    reassurance: null,
    canTryNow: false,
    ...more,
  })

  switch (state.kind) {
    // A token being renewed while calls go through is no news for anybody, and a warning has a window of its own.
    case 'refreshing':
    case 'idle-warning':
    case 'active':
      return room === 'connecting' || room === 'reconnecting'
        ? say('waiting', 'Catching up')
        : say('good', 'Connected')
    case 'offline':
      return say('trouble', 'Offline.', {
        detail: nextTryInWords(secondsLeft),
        reassurance: '— your notes are safe',
        canTryNow: true,
      })
    case 'recovering':
      return say('waiting', state.cause === 'start' ? 'Connecting:' : 'Reconnecting:', {
        detail: stepInWords[state.step],
      })
    case 'suspended':
      return say('waiting', 'Paused while the computer sleeps')
    case 'reauth-required':
      return say('trouble', state.reason === 'idle' ? 'Locked' : 'Signed out', {
        reassurance: '— your notes are safe',
      })
    case 'restoring':
      return say('waiting', 'Getting ready')
    case 'keychain-unavailable':
      return say('trouble', 'Waiting for the keychain')
    case 'signed-out':
      return say('waiting', 'Not signed in')
    default:
      return assertNever(state)
  }
}

const nextTryInWords = (seconds: number) =>
  seconds > 0 ? `Trying again in ${lengthInWords(seconds * 1000)}` : 'Trying again now'

function assertNever(state: never): never {
  throw new Error(`no words for ${JSON.stringify(state)}`)
}
