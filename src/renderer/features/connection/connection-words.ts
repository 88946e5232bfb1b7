import type { TFunction } from 'i18next'
import type { RoomConnection, SessionState } from '../../../contract/model.ts'
import type { TimeWords } from '../../ui/time.ts'

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
  t: TFunction<'connection'>,
  { lengthInWords }: TimeWords,
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
        ? say('waiting', t('pill.catchingUp'))
        : say('good', t('pill.connected'))
    case 'offline':
      return say('trouble', t('pill.offline'), {
        detail:
          secondsLeft > 0
            ? t('pill.nextTry', { length: lengthInWords(secondsLeft * 1000) })
            : t('pill.nextTryNow'),
        reassurance: t('pill.safe'),
        canTryNow: true,
      })
    case 'recovering':
      return say('waiting', t(state.cause === 'start' ? 'pill.connecting' : 'pill.reconnecting'), {
        detail: t(`steps.${state.step}`),
      })
    case 'suspended':
      return say('waiting', t('pill.suspended'))
    case 'reauth-required':
      return say('trouble', t(state.reason === 'idle' ? 'pill.locked' : 'pill.signedOut'), {
        reassurance: t('pill.safe'),
      })
    case 'restoring':
      return say('waiting', t('pill.restoring'))
    case 'keychain-unavailable':
      return say('trouble', t('pill.keychain'))
    case 'signed-out':
      return say('waiting', t('pill.nobody'))
    default:
      return assertNever(state)
  }
}

function assertNever(state: never): never {
  throw new Error(`no words for ${JSON.stringify(state)}`)
}
