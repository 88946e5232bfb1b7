/** How a remembered sign-in is found again: the keychain is read at the start, and once more while it is not there. */
import type { SessionState } from '../contract/model.ts'
import type { Clock, Timer } from './ports.ts'
import type { StateHolder } from './session-state.ts'
import type { SignIn } from './sign-in.ts'
import type { Recorder } from './timeline.ts'
import type { Vault } from './vault.ts'

export interface RestoringPorts {
  readonly clock: Clock
  readonly record: Recorder
  readonly vault: Pick<Vault, 'open'>
  readonly session: Pick<StateHolder, 'dispatch' | 'retry'>
  readonly signIn: Pick<SignIn, 'restored' | 'sendRevocations'>
  /** Reads what was written and not sent; what is wrong with it has been told. */
  readonly loadOutbox: () => Promise<void>
  readonly sleepAnnounced: () => boolean
}

export interface Restoring {
  /** Reads the keychain. */
  begin(): Promise<void>
  /** Plans the next try, if this state needs one. */
  changed(state: SessionState): void
  stop(): void
}

/** A keychain that is not there may come; one that is locked would only ask the person again and again. */
const KEYCHAIN_RETRY_MS = 15_000

export function createRestoring(ports: RestoringPorts): Restoring {
  const { clock, record, vault, session, signIn, loadOutbox, sleepAnnounced } = ports
  let timer: Timer | null = null

  return {
    async begin() {
      const opening = await vault.open()
      switch (opening.kind) {
        case 'empty':
          session.dispatch({ type: 'vault-empty' })
          void signIn.sendRevocations()
          return
        case 'unavailable':
          record('keychain-unavailable', { problem: opening.problem })
          session.dispatch({ ...opening, type: 'vault-unavailable' })
          return
        case 'found': {
          const { account, serverUrl } = opening.credential
          signIn.restored(serverUrl)
          await loadOutbox()
          session.dispatch({ type: 'vault-found', account, at: clock.wallNow() })
          // Announced while the keychain was being read, when there was nothing to stop yet.
          if (sleepAnnounced()) session.dispatch({ type: 'suspend', at: clock.wallNow() })
        }
      }
    },

    changed(state) {
      timer?.cancel()
      const mayCome =
        state.kind === 'keychain-unavailable' && (state.problem === 'missing' || state.problem === 'broken')
      timer = mayCome ? clock.setTimer(KEYCHAIN_RETRY_MS, session.retry) : null
    },

    stop: () => timer?.cancel(),
  }
}
