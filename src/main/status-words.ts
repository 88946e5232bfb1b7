import type { SessionState } from '../contract/model.ts'
import type { Translate } from './desktop-words.ts'

/** How the session stands, in the few words that fit beside a clock. */
export function statusInWords(state: SessionState, translate: Translate): string {
  switch (state.kind) {
    // A token being renewed is no news for anybody, and a warning has a window of its own.
    case 'active':
    case 'refreshing':
    case 'idle-warning':
      return translate('status.active')
    case 'reauth-required':
      return translate(state.reason === 'idle' ? 'status.locked' : 'status.ended')
    default:
      return translate(`status.${state.kind}`)
  }
}
